/** What waiting here does not mend: the job's inputs are not what they should be. */
export class StagingFailed extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StagingFailed';
  }
}
