/** One thing that `juqueue doctor` looked at. */
export interface DoctorFinding {
  /** `node`, `work-dir`, `definitions`, or `cluster <name>`. */
  readonly about: string;
  readonly severity: 'ok' | 'warning' | 'error';
  readonly code: string;
  /** What was found, with the values. */
  readonly message: string;
  /** What to do about it; null when nothing has to be done. */
  readonly hint: string | null;
}
