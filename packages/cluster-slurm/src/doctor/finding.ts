/** One thing that was looked at on the live Slurm. */
export interface Finding {
  readonly severity: 'ok' | 'warning' | 'error';
  readonly code: FindingCode;
  /** What was found, with the values. */
  readonly message: string;
  /** What to do about it; null when nothing has to be done. */
  readonly hint: string | null;
}

export type FindingCode =
  'programs' | 'controller' | 'accounting' | 'partition' | 'walltime' | 'account' | 'cores' | 'directives' | 'test-submission';

export const fine = (code: FindingCode, message: string): Finding => ({ severity: 'ok', code, message, hint: null });
export const warning = (code: FindingCode, message: string, hint: string): Finding => ({ severity: 'warning', code, message, hint });
export const wrong = (code: FindingCode, message: string, hint: string): Finding => ({ severity: 'error', code, message, hint });
