import type { AllocationId, Nonce, RunId } from '../model/ids.ts';
import type { AttemptOutcome } from '../model/run.ts';
import type { EndedAttempt } from '../protocol/messages.ts';

/** The newest attempt that a run's own folder tells of, in `juqueue-run.json`. */
export interface RunHistory {
  readonly run: RunId;
  /** The highest number; 0 when the file names none. */
  readonly attempt: number;
  /** How that attempt ended, when the file says so. */
  readonly outcome: AttemptOutcome | null;
  /** Of the definition that was executed; null where the file does not say. */
  readonly definitionHash: string | null;
}

/** One allocation as it was submitted, from the file that its node was given. */
export interface FoundAllocation {
  readonly allocation: AllocationId;
  readonly token: string;
  readonly slots: number;
  readonly walltimeMs: number | null;
}

export interface FoundFolder {
  readonly allocation: AllocationId;
  readonly nonce: Nonce;
  readonly ended: readonly EndedAttempt[];
  /** It is proven to execute nothing any more. */
  readonly isClosed: boolean;
}

/** What the work-dir knows beside the journal, read when the journal has lost its newest events. */
export interface WorkDirFindings {
  readonly histories: readonly RunHistory[];
  readonly allocations: readonly FoundAllocation[];
  readonly folders: readonly FoundFolder[];
}
