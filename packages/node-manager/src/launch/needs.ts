/** Something that has to be there before a run can start; without it the run fails with `detail`. */
export interface Need {
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'any';
  readonly detail: string;
}
