import type { Allocation, AllocationRequest, ClusterDefinition, ClusterPort, PollOutcome, SubmitOutcome } from '@juqueue/core';
import { WorkerCalls, workerFile } from '@juqueue/core';
import type { LocalClusterFunctions } from './local-cluster-worker.ts';
import type { LocalWorkerData } from './local-worker-data.ts';

/** A look at a few process numbers costs nothing, and short runs end by the second. */
const pollIntervalMs = 1_000;

/** A file system that hangs does not answer for a while; then what was asked is unknown, which is no failure. */
const answerMs = 30_000;

/** With nodes it is asked every second; without any its thread would only hold 10 MB. */
const workerIdleMs = 30_000;

export interface LocalClusterOptions {
  readonly definition: ClusterDefinition;
  readonly workDir: string;
  /** The path of the NodeManager's program: `node-manager.mjs`, or `main.ts` of its sources. */
  readonly program: string;
  readonly linkKeyFile: string;
}

type Answer<T> = { readonly kind: 'answered'; readonly output: T } | { readonly kind: 'failed'; readonly message: string };

/** Nodes as processes of this machine, started at once; walltime and billing are honoured as on any cluster. */
export class LocalCluster implements ClusterPort {
  readonly definition: ClusterDefinition;
  readonly pollIntervalMs = pollIntervalMs;
  readonly #worker: WorkerCalls<LocalClusterFunctions>;

  constructor({ definition, workDir, program, linkKeyFile }: LocalClusterOptions) {
    this.definition = definition;
    const { environment, graceMs } = definition;
    const data: LocalWorkerData = { workDir, program, linkKeyFile, environment, graceMs };
    this.#worker = new WorkerCalls(workerFile('local-cluster-worker', import.meta.url), data, { idleMs: workerIdleMs });
  }

  async submit(request: AllocationRequest): Promise<SubmitOutcome> {
    const answer = await inTime(this.#worker.call('submit', request));
    return answer.kind === 'answered' ? answer.output : { kind: 'unknown', message: answer.message };
  }

  async poll(allocations: readonly Allocation[]): Promise<PollOutcome> {
    const answer = await inTime(
      this.#worker.call(
        'poll',
        allocations.map((allocation) => allocation.token),
      ),
    );
    return answer.kind === 'answered' ? answer.output : answer;
  }

  async cancel(
    allocations: readonly Allocation[],
  ): Promise<{ readonly kind: 'taken' } | { readonly kind: 'failed'; readonly message: string }> {
    const answer = await inTime(
      this.#worker.call(
        'cancel',
        allocations.map((allocation) => allocation.id),
      ),
    );
    return answer.kind === 'answered' ? { kind: 'taken' } : answer;
  }

  /** Nodes live on. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker[Symbol.asyncDispose]();
  }
}

async function inTime<T>(call: Promise<T>): Promise<Answer<T>> {
  let giveUp: NodeJS.Timeout | undefined;
  const late = new Promise<Answer<T>>((resolve) => {
    giveUp = setTimeout(() => resolve({ kind: 'failed', message: `the work-dir did not answer within ${answerMs / 1000} s` }), answerMs);
  });
  const answered = call.then(
    (output): Answer<T> => ({ kind: 'answered', output }),
    (error: unknown): Answer<T> => ({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }),
  );
  try {
    return await Promise.race([answered, late]);
  } finally {
    clearTimeout(giveUp);
  }
}
