import { Worker } from 'node:worker_threads';
import type { Allocation, AllocationRequest, ClusterDefinition, ClusterPort, PollOutcome, SubmitOutcome } from '@juqueue/core';
import type { CancelOutcome, LocalCalls, LocalReply, LocalWorkerData } from './worker-messages.ts';

/** A look at a few process numbers costs nothing, and short runs end by the second. */
const pollIntervalMs = 1_000;

/** A file system that hangs answers for a while not at all; then what was asked is unknown, which is no failure. */
const answerMs = 30_000;

export interface LocalClusterOptions {
  readonly definition: ClusterDefinition;
  readonly workDir: string;
  /** The path of the NodeManager's program: `node-manager.mjs`, or `main.ts` of its sources. */
  readonly program: string;
  /** The worker's file where it is not beside this one, as in a bundle. */
  readonly workerFile?: URL;
}

/** Nodes as processes of this machine, started at once; walltime and billing are honoured as on any cluster. */
export class LocalCluster implements ClusterPort {
  readonly definition: ClusterDefinition;
  readonly pollIntervalMs = pollIntervalMs;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, (reply: LocalReply) => void>();
  #calls = 0;

  constructor({ definition, workDir, program, workerFile }: LocalClusterOptions) {
    this.definition = definition;
    const { environment, graceMs } = definition;
    this.#worker = new Worker(workerFile ?? new URL('local-cluster-worker.ts', import.meta.url), { workerData: { workDir, program, environment, graceMs } satisfies LocalWorkerData });
    this.#worker.unref();
    this.#worker.on('message', (reply: LocalReply) => {
      this.#waiting.get(reply.id)?.(reply);
      this.#waiting.delete(reply.id);
    });
  }

  async submit(request: AllocationRequest): Promise<SubmitOutcome> {
    const answer = await this.#call('submit', request);
    return answer.kind === 'answered' ? answer.output : { kind: 'unknown', message: answer.message };
  }

  async poll(allocations: readonly Allocation[]): Promise<PollOutcome> {
    const answer = await this.#call('poll', allocations.map((allocation) => allocation.token));
    return answer.kind === 'answered' ? answer.output : { kind: 'failed', message: answer.message };
  }

  async cancel(allocations: readonly Allocation[]): Promise<CancelOutcome> {
    const answer = await this.#call('cancel', allocations.map((allocation) => allocation.id));
    return answer.kind === 'answered' ? answer.output : { kind: 'failed', message: answer.message };
  }

  /** Nodes live on. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }

  #call<Name extends keyof LocalCalls>(
    name: Name,
    input: Parameters<LocalCalls[Name]>[0],
  ): Promise<{ readonly kind: 'answered'; readonly output: ReturnType<LocalCalls[Name]> } | { readonly kind: 'threw'; readonly message: string }> {
    this.#calls += 1;
    const id = this.#calls;
    return new Promise((resolve) => {
      const giveUp = setTimeout(() => {
        this.#waiting.delete(id);
        resolve({ kind: 'threw', message: `the work-dir did not answer within ${answerMs / 1000} s` });
      }, answerMs);
      this.#waiting.set(id, (reply) => {
        clearTimeout(giveUp);
        resolve(reply.kind === 'answered' ? { kind: 'answered', output: reply.output as ReturnType<LocalCalls[Name]> } : reply);
      });
      this.#worker.postMessage({ id, name, input });
    });
  }
}
