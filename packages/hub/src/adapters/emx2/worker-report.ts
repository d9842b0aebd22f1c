import type { CompletionReport } from '../../agent-protocol/messages.ts';
import type { JobState } from '../../model/job.ts';

/** The end of a job as a worker tells it: it knows no exit code, but whether it went well. */
export function endedByWorker(
  job: JobState,
  status: 'COMPLETED' | 'FAILED' | 'CANCELLED',
  detail: string | null,
  outputArtifact: string | null,
  logArtifact: string | null,
  nowMs: number,
): CompletionReport {
  const outcome = ({ COMPLETED: 'finished', FAILED: 'failed', CANCELLED: 'cancelled' } as const)[status];
  return {
    reason: status === 'CANCELLED' ? 'user-cancelled' : 'exit',
    outcome,
    exitCode: status === 'COMPLETED' ? 0 : null,
    signal: null,
    output: null,
    stdoutTail: '',
    stderrTail: detail ?? '',
    outputArtifact,
    logArtifact,
    startedAtMs: job.attempt?.startedAtMs ?? null,
    endedAtMs: nowMs,
    place: job.attempt?.place ?? { cluster: null, node: null, run: null },
  };
}
