import type { ArtifactFile } from '../../artifacts/model.ts';
import { isFinal } from '../../model/job.ts';
import type { JobState } from '../../model/job.ts';

/** A job of a queue, as this adapter remembers it. */
export interface QueuedJob {
  readonly queue: string;
  /** Of the hub. */
  readonly job: string;
  readonly definition: Readonly<Record<string, unknown>>;
  readonly control: Readonly<Record<string, unknown>>;
  /** Those that want it still. */
  readonly namespaces: readonly string[];
}

export type FinishedReason = 'Success' | 'Error' | 'TimedOut' | 'Cancelled' | 'JobReplacedByClient';

/** Why it has ended; null before. Another exit code than 0 is never a success. */
export function finishedReason({ status, reason, cancelRequested }: JobState): FinishedReason | null {
  if (cancelRequested !== null && !isFinal(status)) return cancelRequested.reason === 'superseded' ? 'JobReplacedByClient' : 'Cancelled';
  if (!isFinal(status)) return null;
  if (status === 'finished') return 'Success';
  if (status === 'cancelled') return reason === 'superseded' ? 'JobReplacedByClient' : 'Cancelled';
  return reason === 'time-limit' ? 'TimedOut' : 'Error';
}

export function stateView(job: JobState, { namespaces, control }: QueuedJob): Readonly<Record<string, unknown>> {
  const reason = finishedReason(job);
  return {
    state: reason !== null ? 'Finished' : job.status === 'claimed' || job.status === 'running' ? 'Running' : 'Queued',
    queuedTime: job.createdAtMs,
    worker: job.attempt?.agent ?? '',
    time: job.endedAtMs ?? job.attempt?.claimedAtMs ?? job.createdAtMs,
    namespaces,
    ...(reason === null ? {} : { finishedReason: reason }),
    ...(control['maxDuration'] === undefined ? {} : { maxDuration: control['maxDuration'] }),
  };
}

/** What a client finds as the value of a finished job; null before. */
export function resultView(
  job: JobState,
  queued: QueuedJob,
  outputs: readonly ArtifactFile[],
  address: string,
): Readonly<Record<string, unknown>> | null {
  const reason = finishedReason(job);
  if (reason === null) return null;
  const { result } = job;
  const lines = (text: string, isError: boolean): readonly unknown[] =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => [line, job.endedAtMs, ...(isError ? [true] : [])]);
  return {
    ...stateView(job, queued),
    finished: {
      type: 'Finished',
      reason,
      worker: job.attempt?.agent ?? '',
      time: job.endedAtMs,
      namespaces: queued.namespaces,
      result: {
        StatusCode: result?.exitCode ?? null,
        logs: [...lines(result?.stdoutTail ?? '', false), ...lines(result?.stderrTail ?? '', true)],
        duration: result?.startedAtMs === null || result === null ? null : result.endedAtMs - result.startedAtMs,
        isTimedOut: reason === 'TimedOut',
        ...(reason === 'Error' ? { error: job.detail ?? `exit code ${String(result?.exitCode ?? 'unknown')}` } : {}),
        outputs: Object.fromEntries(
          outputs.map(({ path, sha256 }) => [
            outputName(path),
            { type: 'url', value: `${address}/outputs/${outputName(path).split('/').map(encodeURIComponent).join('/')}`, hash: sha256 },
          ]),
        ),
      },
    },
  };
}

/** Outputs are what lies below `outputs/` in the job's folder. */
export function outputName(path: string): string {
  return path.replace(/^outputs\//, '');
}
