import { WorkerCalls, workerFile } from '@juqueue/core';
import type { Estimate, EstimateQuestion } from '@juqueue/core';
import type { EstimateFunctions } from './estimate-worker.ts';

const workerIdleMs = 10_000;

/** Answers what work would cost and take, one question after the other, in a thread that ends when nobody asks. */
export class Estimator implements AsyncDisposable {
  readonly #worker = new WorkerCalls<EstimateFunctions>(workerFile('estimate-worker', import.meta.url), undefined, {
    idleMs: workerIdleMs,
  });

  estimate(question: EstimateQuestion): Promise<Estimate> {
    return this.#worker.call('estimate', question);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker[Symbol.asyncDispose]();
  }
}
