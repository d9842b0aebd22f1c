import type { LogStream } from '../../logs/job-logs.ts';
import type { AdapterContext } from '../adapter.ts';
import { finishedReason, stateView } from './job-view.ts';
import type { JobResults } from './job-results.ts';
import { wholeLines } from './log-lines.ts';
import type { ComputeQueues, FoundJob } from './queues.ts';
import { workersOf } from './workers.ts';

export interface Message {
  readonly type: 'Workers' | 'JobStates' | 'JobStateUpdates' | 'JobStatusPayload' | 'Error';
  readonly payload: unknown;
}

type States = Readonly<Record<string, unknown>>;

/** Clients connect anew when they have read no whole state for twenty seconds. */
const wholeStateEveryMs = 10_000;
const sliceBytes = 65_536;

/** What one client of a queue has not been told yet: its jobs, their logs, who executes them. */
export class QueueFeed {
  readonly #context: AdapterContext;
  readonly #queues: ComputeQueues;
  readonly #results: JobResults;
  readonly #queue: string;
  readonly #base: string;
  readonly #told = new Map<string, string>();
  readonly #cursors = new Map<string, Record<LogStream, number>>();
  #workersTold = '';
  #wholeToldAtMs = -Infinity;

  constructor(context: AdapterContext, queues: ComputeQueues, results: JobResults, queue: string, base: string) {
    this.#context = context;
    this.#queues = queues;
    this.#results = results;
    this.#queue = queue;
    this.#base = base;
  }

  /** In the order in which they are to be sent. */
  async news(): Promise<readonly Message[]> {
    const live = await this.#queues.live(this.#queue);
    return [...this.#workers(), ...(await this.#logs(live)), ...(await this.#states(live))];
  }

  /** The next news hold the whole state. */
  askForAll(): void {
    this.#wholeToldAtMs = -Infinity;
  }

  /** One job, also one that has long ended; null when there is none. */
  async job(id: string): Promise<Message | null> {
    const found = await this.#queues.find(this.#queue, id);
    return found === null ? null : updates({ [id]: { hash: id, ...(await this.#results.view(found, this.#base)) } });
  }

  #workers(): readonly Message[] {
    const workers = workersOf(this.#context);
    const said = JSON.stringify(workers.map(({ time: _, ...worker }) => worker));
    if (said === this.#workersTold) return [];
    this.#workersTold = said;
    return [{ type: 'Workers', payload: { workers } }];
  }

  async #states(live: readonly FoundJob[]): Promise<readonly Message[]> {
    const present = new Map(
      live.map((found) => [found.id, { found, said: JSON.stringify([found.job.id, stateView(found.job, found.queued)]) }]),
    );
    const nowMs = this.#context.hub.clock.monotonicMs();
    const isWhole = nowMs - this.#wholeToldAtMs >= wholeStateEveryMs;
    const wanted = [...present].filter(([id, { said }]) => isWhole || this.#told.get(id) !== said);
    for (const id of [...this.#told.keys()]) if (!present.has(id)) this.#told.delete(id);
    for (const [id, { said }] of wanted) this.#told.set(id, said);
    if (isWhole) this.#wholeToldAtMs = nowMs;
    else if (wanted.length === 0) return [];
    const jobs: Record<string, unknown> = {};
    for (const [id, { found }] of wanted) jobs[id] = { hash: id, ...(await this.#results.view(found, this.#base)) };
    return [isWhole ? { type: 'JobStates', payload: { isSubset: false, state: { jobs } } } : updates(jobs)];
  }

  /** New whole lines of what is executed, and the rest of what has ended since. */
  async #logs(live: readonly FoundJob[]): Promise<readonly Message[]> {
    const messages: Message[] = [];
    for (const { id, job } of live) {
      const hasEnded = finishedReason(job) !== null;
      const name = `${job.id}.${job.attempts}`;
      if (job.attempts === 0 || (hasEnded && !this.#cursors.has(name))) continue;
      const cursor = this.#cursors.get(name) ?? { stdout: 0, stderr: 0 };
      this.#cursors.set(name, cursor);
      for (const stream of ['stdout', 'stderr'] as const) {
        const { bytes, size } = await this.#context.hub.logs.read(
          { job: job.id, attempt: job.attempts, stream },
          cursor[stream],
          sliceBytes,
        );
        const { lines, taken } = wholeLines(bytes, bytes.length === sliceBytes || (hasEnded && cursor[stream] + bytes.length >= size));
        cursor[stream] += taken;
        const atMs = this.#context.hub.clock.nowMs();
        if (lines.length > 0)
          messages.push({
            type: 'JobStatusPayload',
            payload: { jobId: id, step: 'Running', logs: lines.map((line) => (stream === 'stderr' ? [line, atMs, true] : [line, atMs])) },
          });
      }
    }
    const names = new Set(live.map(({ job }) => `${job.id}.${job.attempts}`));
    for (const name of [...this.#cursors.keys()]) if (!names.has(name)) this.#cursors.delete(name);
    return messages;
  }
}

function updates(jobs: States): Message {
  return { type: 'JobStateUpdates', payload: { isSubset: true, state: { jobs } } };
}
