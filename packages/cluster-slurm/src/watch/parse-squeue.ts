import { parseInstant } from '../slurm-time.ts';

/** One job as squeue shows it. Instants are epoch milliseconds, null where Slurm has none (yet). */
export interface QueuedJob {
  readonly jobId: string;
  /** One word; hides what lies below COMPLETING and the like. */
  readonly state: string;
  readonly reason: string;
  /** A requeue sets it anew. */
  readonly submittedAtMs: number | null;
  /** While it waits an estimate. */
  readonly startedAtMs: number | null;
  /** While it runs the end of its walltime. */
  readonly endedAtMs: number | null;
  readonly nodes: string;
  readonly batchHost: string;
  readonly name: string;
}

/** Without widths, so that nothing is cut; the name last, because it may hold anything. */
export const squeueFormat = '%A|%T|%r|%V|%S|%e|%N|%B|%j';

const fieldCount = squeueFormat.split('|').length;

export type SqueueReading =
  { readonly kind: 'read'; readonly jobs: readonly QueuedJob[] } | { readonly kind: 'unreadable'; readonly message: string };

/**
 * The jobs in squeue's answer. Lines without any separator are noise of the site. A line that was cut off makes the whole
 * answer unreadable: a job that it hides would look as if it were gone.
 */
export function parseSqueue(stdout: string): SqueueReading {
  if (stdout !== '' && !stdout.endsWith('\n')) return { kind: 'unreadable', message: 'the answer of squeue breaks off' };
  const jobs: QueuedJob[] = [];
  for (const line of stdout.split('\n')) {
    if (!line.includes('|')) continue;
    const fields = line.split('|');
    const [jobId = '', state = '', reason = '', submitted = '', started = '', ended = '', nodes = '', batchHost = ''] = fields;
    if (fields.length < fieldCount || !/^\d+$/.test(jobId) || !/^[A-Z_]+$/.test(state))
      return { kind: 'unreadable', message: `squeue answered a line that is none of its own: ${line.slice(0, 200)}` };
    jobs.push({
      jobId,
      state,
      reason,
      submittedAtMs: parseInstant(submitted),
      startedAtMs: parseInstant(started),
      endedAtMs: parseInstant(ended),
      nodes: none(nodes),
      batchHost: none(batchHost),
      name: fields.slice(fieldCount - 1).join('|'),
    });
  }
  return { kind: 'read', jobs };
}

/** `n/a` is how squeue writes no node. */
const none = (text: string): string => (text === 'n/a' || text === '(null)' ? '' : text);
