import type { CompletionReport } from '../agent-protocol/messages.ts';
import type { JobEnd } from './agent-state.ts';
import { nothingMissing } from './hub-port.ts';
import type { RunDetails } from './runs-port.ts';

/** What is known beside the run itself. */
export interface EndContext {
  /** The hub asked for its end. */
  readonly isCancelled: boolean;
  /** The instant in the lease file when the run was last looked at. */
  readonly leaseUntilMs: number;
  readonly nowMs: number;
}

/** The parts of a report that follow from the run; what it wrote comes later. */
export type RunVerdict =
  | { readonly kind: 'going-on' }
  /** Nobody asked for its pause. */
  | { readonly kind: 'to-be-resumed' }
  | {
      readonly kind: 'ended';
      readonly end: Pick<CompletionReport, 'outcome' | 'reason' | 'exitCode' | 'signal'> & {
        readonly startedAtMs: number | null;
        readonly endedAtMs: number;
      };
    }
  | { readonly kind: 'infrastructure'; readonly message: string };

/**
 * What a run of a job means for the job. An exit code is the job's own and final, 0 or not; what kept the job from executing to
 * its end (an image, a node, the lease) is not, and is tried again elsewhere.
 */
export function judgeRun({ run, end }: RunDetails, { isCancelled, leaseUntilMs, nowMs }: EndContext): RunVerdict {
  const times = { startedAtMs: run.startedAtMs, endedAtMs: run.endedAtMs ?? nowMs };
  const ended = (
    part: Pick<CompletionReport, 'outcome' | 'reason'>,
    exitCode: number | null = null,
    signal: string | null = null,
  ): RunVerdict => ({ kind: 'ended', end: { ...part, exitCode, signal, ...times } });
  switch (run.status) {
    case 'finished':
      return ended({ outcome: 'finished', reason: 'exit' }, end?.exitCode ?? 0);
    case 'inactive':
      if (isCancelled || run.reason === 'user-cancelled') return ended({ outcome: 'cancelled', reason: 'user-cancelled' });
      return { kind: 'to-be-resumed' };
    case 'failed': {
      if (isCancelled) return ended({ outcome: 'cancelled', reason: 'user-cancelled' });
      if (run.reason === 'time-limit')
        return ended({ outcome: 'failed', reason: 'time-limit' }, end?.exitCode ?? null, end?.signal ?? null);
      if (end?.kind === 'never-started')
        return { kind: 'infrastructure', message: `the job could not start: ${end.detail || run.detail || 'for no known reason'}` };
      if (end?.signal === 'SIGKILL' && times.endedAtMs >= leaseUntilMs)
        return { kind: 'infrastructure', message: 'the lease of the job passed, and its node ended it' };
      if (run.reason === 'exit' && end !== null) return ended({ outcome: 'failed', reason: 'exit' }, end.exitCode, end.signal);
      if ((run.reason === 'signal' || run.reason === 'out-of-memory') && end !== null)
        return ended({ outcome: 'failed', reason: 'signal' }, end.exitCode, end.signal ?? 'SIGKILL');
      return { kind: 'infrastructure', message: run.detail ?? `the run failed: ${run.reason}` };
    }
    case 'ready':
    case 'running':
      return { kind: 'going-on' };
  }
}

/** The whole report of a run that ended. */
export function completionOf(
  verdict: Extract<RunVerdict, { readonly kind: 'ended' }>,
  written: { readonly output: unknown; readonly stdoutTail: string; readonly stderrTail: string },
  place: CompletionReport['place'],
): JobEnd {
  return {
    kind: 'complete',
    report: { ...verdict.end, ...written, outputArtifact: null, logArtifact: null, place },
    missing: nothingMissing,
  };
}
