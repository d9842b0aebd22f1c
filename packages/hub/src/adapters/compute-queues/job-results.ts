import type { FastifyRequest } from 'fastify';
import type { ArtifactFile, Reach } from '../../artifacts/model.ts';
import type { AdapterContext } from '../adapter.ts';
import { finishedReason, resultView, stateView } from './job-view.ts';
import type { FoundJob } from './queues.ts';

/** What jobs left, as clients of the queues read it. */
export class JobResults {
  readonly #context: AdapterContext;

  constructor(context: AdapterContext) {
    this.#context = context;
  }

  /** The value of a job that has ended; null before. `base` is the address of the hub as the client sees it. */
  async of({ id, job, queued }: FoundJob, base: string): Promise<Readonly<Record<string, unknown>> | null> {
    if (finishedReason(job) === null) return null;
    return resultView(
      job,
      queued,
      await this.outputs(job.result?.outputArtifact ?? null, reachOf(job.owner)),
      `${base}/q/${queued.queue}/j/${id}`,
    );
  }

  /** The job as it is now, with its result when it has one. */
  async view(found: FoundJob, base: string): Promise<Readonly<Record<string, unknown>>> {
    return (await this.of(found, base)) ?? stateView(found.job, found.queued);
  }

  async outputs(artifact: string | null, reach: Reach): Promise<readonly ArtifactFile[]> {
    if (artifact === null) return [];
    return (await this.#context.artifacts.files(artifact, { prefix: '', after: '', offset: 0, limit: 1_000 }, reach)).files;
  }
}

export function reachOf(owner: string): Reach {
  return { owner, seesAll: false, job: null };
}

/** The hub as who asks sees it. */
export function baseOf({ protocol, host }: FastifyRequest): string {
  return `${protocol}://${host}`;
}
