import { assert, JuqueueError } from '@juqueue/core';
import type { FastifyRequest } from 'fastify';
import { decideClaim, holds } from '../../decide/agent-decide.ts';
import type { JobState, JobStatus } from '../../model/job.ts';
import type { AdapterContext } from '../adapter.ts';
import { objectOf, textOf } from '../requests.ts';
import type { Caller } from './caller.ts';
import { adapterName, emx2Status, iso, jobLinks, processorAndProfile } from './protocol.ts';
import type { Emx2Status, JobNote, WorkerNote } from './protocol.ts';

/** Final jobs that lists look at, newest first: enough for every page that somebody reads. */
const mostFinal = 10_000;

export function callerIn({ emx2Caller }: FastifyRequest): Caller {
  assert(emx2Caller !== null, 'the scope has found out who asks');
  return emx2Caller;
}

/** Jobs of the hub with what EMX2 knows besides. */
export interface KnownJob {
  readonly job: JobState;
  readonly note: JobNote | null;
  readonly status: Emx2Status;
}

export class Emx2Jobs {
  readonly #context: AdapterContext;

  constructor(context: AdapterContext) {
    this.#context = context;
  }

  worker(name: string): Promise<WorkerNote | null> {
    return this.#context.notes.get<WorkerNote>(adapterName, `worker ${name}`);
  }

  /** Throws `JQ_JOB_NOT_FOUND`, also for what the caller may not see. */
  async find(id: string, caller: Caller): Promise<KnownJob> {
    const job = await this.#context.hub.jobs.find(id);
    if (!job.needs.profile.includes('/') || !(await this.#sees(caller))(job))
      throw new JuqueueError('JQ_JOB_NOT_FOUND', `There is no job ${id}.`);
    return this.#known(job, await this.note(id));
  }

  /** In the order of their creation. */
  async list(
    caller: Caller,
    wanted: { readonly status: Emx2Status; readonly processor: string | null; readonly profile: string | null },
  ): Promise<readonly KnownJob[]> {
    const { hub } = this.#context;
    const statuses = hubStatuses[wanted.status];
    const open = [...hub.jobs.open].filter(({ status }) => statuses.includes(status));
    const isFinal = wanted.status === 'COMPLETED' || wanted.status === 'FAILED' || wanted.status === 'CANCELLED';
    const final = isFinal
      ? await hub.store.read.call('listJobs', {
          owner: caller.kind === 'user' && caller.user.role !== 'manager' ? caller.user.name : null,
          queue: null,
          statuses,
          before: null,
          limit: mostFinal,
        })
      : [];
    const all = [...new Map([...final, ...open].map((job) => [job.id, job])).values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    const sees = await this.#sees(caller);
    const nowMs = hub.clock.nowMs();
    const matching = all.filter((job) => {
      if (!job.needs.profile.includes('/') || !sees(job)) return false;
      if (caller.kind === 'worker' && wanted.status === 'PENDING' && (job.status === 'created' || job.notBeforeMs > nowMs)) return false;
      const { processor, profile } = processorAndProfile(job.needs.profile);
      return (wanted.processor === null || processor === wanted.processor) && (wanted.profile === null || profile === wanted.profile);
    });
    const notes = await this.#context.notes.getAll<JobNote>(
      adapterName,
      matching.map(({ id }) => `job ${id}`),
    );
    return matching.map((job, index) => this.#known(job, notes[index] ?? null)).filter(({ status }) => status === wanted.status);
  }

  note(id: string): Promise<JobNote | null> {
    return this.#context.notes.get<JobNote>(adapterName, `job ${id}`);
  }

  putNote(id: string, note: JobNote): Promise<void> {
    return this.#context.notes.put(adapterName, `job ${id}`, note);
  }

  /** Throws the conflict that a claim meets. The same worker may ask again. */
  async claim(id: string, worker: string, caller: Caller): Promise<KnownJob> {
    const { hub } = this.#context;
    const { job, status } = await this.find(id, caller);
    if (job.attempt?.agent === worker && (status === 'CLAIMED' || status === 'SUBMITTED')) return this.find(id, caller);
    if (status !== 'PENDING' || job.status === 'created' || job.notBeforeMs > hub.clock.nowMs())
      throw conflict(`Job ${id} is not in PENDING status (current: ${status})`);
    const { processor, profile } = processorAndProfile(job.needs.profile);
    const registered = await this.worker(worker);
    const capability = registered?.capabilities.find((each) => each.processor === processor && each.profile === profile);
    if (capability === undefined)
      throw conflict(`Worker ${worker} does not have a registered capability for processor=${processor} profile=${profile}`);
    const held = hub.agents.heldBy(worker).filter(({ needs }) => needs.profile === job.needs.profile).length;
    if (held >= capability.maxConcurrentJobs) throw conflict(`Worker ${worker} has reached its max_concurrent_jobs limit`);
    const attempt = job.attempts + 1;
    const claimed = await hub.jobs
      .change(id, `agent:${worker}`, (present) => {
        // What an agent of the hub has been offered is still anybody's who claims first.
        return decideClaim(present, attempt, worker, hub.clock.nowMs(), hub.times);
      })
      .catch((error: unknown) => {
        if (error instanceof JuqueueError && error.problem.code === 'JQ_ATTEMPT_OVER') return null;
        throw error;
      });
    if (claimed === null || !holds(claimed, attempt, worker)) throw conflict(`Job ${id} is not in PENDING status (current: CLAIMED)`);
    await this.putNote(id, { attempt, submittedAtMs: null, slurmJobId: null, detail: null });
    return this.find(id, caller);
  }

  async view({ job, note, status }: KnownJob): Promise<Readonly<Record<string, unknown>>> {
    const { hub, notes } = this.#context;
    const definition = await hub.jobs.definitionOf(job.id);
    const worker = job.attempt?.agent ?? null;
    const isKnownWorker = worker === null || (await notes.get(adapterName, `worker ${worker}`)) !== null;
    const { outputArtifact = null, logArtifact = null } = job.result ?? {};
    return {
      id: job.id,
      ...processorAndProfile(job.needs.profile),
      status,
      worker_id: isKnownWorker ? worker : null,
      slurm_job_id: note?.slurmJobId ?? null,
      submit_user: job.owner,
      parameters: definition.input,
      inputs: await this.#inputs(JSON.parse(job.order.labels['emx2.inputs'] ?? 'null')),
      output_artifact: await this.#artifact(outputArtifact),
      output_artifact_id: outputArtifact,
      log_artifact: await this.#artifact(logArtifact),
      log_artifact_id: logArtifact,
      timeout_seconds: definition.timeLimitMs === null ? null : Math.round(definition.timeLimitMs / 1_000),
      created_at: iso(job.createdAtMs),
      claimed_at: iso(job.attempt?.claimedAtMs ?? null),
      submitted_at: iso(note?.submittedAtMs ?? null),
      started_at: iso(job.attempt?.startedAtMs ?? job.result?.startedAtMs ?? null),
      completed_at: iso(job.endedAtMs),
      phase: job.progress?.phase ?? null,
      message: job.progress?.message ?? note?.detail ?? null,
      progress: job.progress?.fraction ?? null,
      _links: jobLinks(job.id, status),
    };
  }

  /** As they were submitted; those of a list with what they are. */
  async #inputs(inputs: unknown): Promise<unknown> {
    if (!Array.isArray(inputs)) return inputs;
    return Promise.all(
      inputs.map(async (input: unknown) => {
        const id = typeof input === 'string' ? input : textOf(objectOf(input)?.['artifact_id']);
        return typeof input === 'string' ? this.#artifact(id) : { ...(await this.#artifact(id)), ...objectOf(input) };
      }),
    );
  }

  async #artifact(id: string | null): Promise<object | null> {
    if (id === null) return null;
    const artifact = await this.#context.artifacts.get(id, { owner: '', seesAll: true, job: null }).catch(() => null);
    return artifact === null
      ? { id }
      : { id, name: artifact.name, type: artifact.type, status: artifact.status === 'committed' ? 'COMMITTED' : 'CREATED' };
  }

  #known(job: JobState, note: JobNote | null): KnownJob {
    const present = note !== null && note.attempt === job.attempt?.attempt ? note : null;
    return { job, note: present, status: emx2Status(job, present) };
  }

  /** Workers see what they could claim and what they have had, people what is theirs. */
  async #sees(caller: Caller): Promise<(job: JobState) => boolean> {
    if (caller.kind === 'user') return (job) => caller.user.role === 'manager' || job.owner === caller.user.name;
    const worker = await this.worker(caller.name);
    const profiles = new Set(worker?.capabilities.map(({ processor, profile }) => `${processor}/${profile}`));
    return (job) => profiles.has(job.needs.profile) || job.attempt?.agent === caller.name;
  }
}

export function conflict(message: string): JuqueueError {
  return new JuqueueError('JQ_JOB_STATE', message);
}

const hubStatuses: Readonly<Record<Emx2Status, readonly JobStatus[]>> = {
  PENDING: ['created', 'queued'],
  CLAIMED: ['claimed'],
  SUBMITTED: ['claimed'],
  STARTED: ['running'],
  COMPLETED: ['finished'],
  FAILED: ['failed', 'dead'],
  CANCELLED: ['cancelled', 'claimed', 'running'],
};
