import { randomUUIDv7 } from 'node:crypto';
import { JuqueueError } from '@juqueue/core';
import type { Clock } from '@juqueue/core';
import type { Decision } from '../decide/decision.ts';
import { decideCancel, supersededBy } from '../decide/people-decide.ts';
import { webhooksDue } from '../decide/webhooks-due.ts';
import { evolveJob } from '../evolve/evolve-job.ts';
import type { JobEvent, JobRecord } from '../model/job-event.ts';
import { isFinal } from '../model/job.ts';
import type { JobDefinition, JobOrder, JobState, JobStatus } from '../model/job.ts';
import type { HubStore } from '../store/hub-store.ts';
import type { IdempotencyRow, WebhookRow } from '../store/store-shapes.ts';
import { contentHash } from './content-hash.ts';
import { needsOf } from './needs.ts';
import { OneAtATime } from './one-at-a-time.ts';

/** What has become durable: the job after these events, and the number of the last one. */
export interface RecordedChange {
  readonly seq: number;
  readonly records: readonly JobRecord[];
  readonly state: JobState;
  readonly webhooks: readonly WebhookRow[];
}

export interface Submission {
  readonly owner: string;
  readonly actor: string;
  readonly definition: JobDefinition;
  readonly order: JobOrder;
  /** Answer the job of the same content instead of a new one. */
  readonly isDeduplicated: boolean;
  readonly isLaunched: boolean;
  /** The client's name for this request and the hash of its body. */
  readonly idempotency: { readonly key: string; readonly bodyHash: string } | null;
  /** The id of the new job, a UUID of version 7, when somebody has told it already. */
  readonly id?: string;
}

export interface Submitted {
  readonly job: JobState;
  readonly isNew: boolean;
}

/**
 * The jobs: those that may still change in memory as the fold of their events, the others in the store. Every change is a
 * decision over the present state, and resolves when its events are durable.
 */
export class Jobs {
  readonly #store: HubStore;
  readonly #clock: Clock;
  readonly #open = new Map<string, JobState>();
  readonly #groups = new Map<string, Set<string>>();
  readonly #listeners = new Set<(change: RecordedChange) => void>();
  readonly #submitting = new OneAtATime();
  readonly #ended = new OneAtATime();

  constructor(store: HubStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  async load(): Promise<void> {
    for (const job of await this.#store.read.call('openJobs', undefined)) this.#keep(job);
  }

  /** Jobs that may still change. */
  get open(): Iterable<JobState> {
    return this.#open.values();
  }

  opened(id: string): JobState | null {
    return this.#open.get(id) ?? null;
  }

  /** Told of every change when it is durable, in the order of the record. */
  onRecorded(listener: (change: RecordedChange) => void): void {
    this.#listeners.add(listener);
  }

  /** Throws JQ_JOB_NOT_FOUND. */
  async find(id: string): Promise<JobState> {
    const job = this.#open.get(id) ?? (await this.#store.read.call('job', id));
    if (job === null)
      throw new JuqueueError('JQ_JOB_NOT_FOUND', `There is no job ${id}.`, 'List jobs with `juqueue jobs` or GET /api/v1/jobs.');
    return job;
  }

  async definitionOf(id: string): Promise<JobDefinition> {
    const definition = await this.#store.read.call('definition', id);
    if (definition === null) throw new JuqueueError('JQ_JOB_NOT_FOUND', `There is no job ${id}.`);
    return definition;
  }

  /** A new job, or the one that the same request or the same content made before. Throws JQ_KEY_REUSED, JQ_STORE_UNAVAILABLE. */
  submit(submission: Submission): Promise<Submitted> {
    return this.#store.orTrouble(this.#submit(submission));
  }

  /** What `decide` makes of the present state, recorded. Answers the job after it; throws the refusal, or JQ_STORE_UNAVAILABLE. */
  change(id: string, actor: string, decide: (job: JobState) => Decision): Promise<JobState> {
    return this.#store.orTrouble(this.#change(id, actor, decide));
  }

  /** Its names are taken until it is durable: a repetition finds what the first one made. */
  async #submit(submission: Submission): Promise<Submitted> {
    const { owner, idempotency, isDeduplicated } = submission;
    const hash = contentHash(submission.definition);
    const names = [
      ...(idempotency === null ? [] : [`key ${owner} ${idempotency.key}`]),
      ...(isDeduplicated ? [`content ${owner} ${hash}`] : []),
    ];
    return this.#submitting.run(names, async () => {
      const before = (await this.#sameRequest(submission)) ?? (isDeduplicated ? await this.#sameContent(owner, hash) : null);
      return before === null ? { job: await this.#create(submission, hash), isNew: true } : { job: before, isNew: false };
    });
  }

  async #change(id: string, actor: string, decide: (job: JobState) => Decision): Promise<JobState> {
    const open = this.#open.get(id);
    if (open !== undefined) return this.#decide(open, actor, decide);
    return this.#ended.run([id], async () => this.#decide(await this.find(id), actor, decide));
  }

  async #decide(job: JobState, actor: string, decide: (job: JobState) => Decision): Promise<JobState> {
    const decision = decide(job);
    if (decision.kind === 'refused') throw new JuqueueError(decision.problem.code, decision.problem.message, decision.problem.hint);
    if (decision.events.length === 0) {
      await this.#store.settled();
      return job;
    }
    const supersedes = decision.events.some((event) => event.kind === 'launched');
    const recorded = this.#record(job, job.id, actor, decision.events, null, null);
    if (supersedes) await this.#supersede(this.#open.get(job.id) ?? job, actor);
    return recorded;
  }

  async #create(
    { owner, actor, definition, order, isLaunched, idempotency, id = randomUUIDv7() }: Submission,
    hash: string,
  ): Promise<JobState> {
    const created: JobEvent = { kind: 'created', owner, contentHash: hash, order, needs: needsOf(definition, order) };
    const key = idempotency === null ? null : { owner, ...idempotency, job: id, atMs: this.#clock.nowMs() };
    const recorded = this.#record(null, id, actor, isLaunched ? [created, { kind: 'launched' }] : [created], definition, key);
    const job = this.#open.get(id);
    if (isLaunched && job !== undefined) await this.#supersede(job, actor);
    return recorded;
  }

  /** Within a queue the newest job of a group replaces the others of its owner: who launched it ends them. */
  async #supersede(job: JobState, actor: string): Promise<void> {
    const group = this.#groups.get(groupOf(job) ?? '') ?? [];
    const others = [...group].flatMap((id) => this.#open.get(id) ?? []);
    await Promise.all(
      supersededBy(job, others).map((other) => this.#change(other.id, actor, (each) => decideCancel(each, job.owner, 'superseded'))),
    );
  }

  async #record(
    before: JobState | null,
    id: string,
    actor: string,
    events: readonly JobEvent[],
    definition: JobDefinition | null,
    idempotency: IdempotencyRow | null,
  ): Promise<JobState> {
    const atMs = this.#clock.nowMs();
    const records = events.map((event): JobRecord => ({ job: id, atMs, actor, event }));
    let state = before;
    const statuses: JobStatus[] = [];
    const webhooks = records.flatMap((record) => {
      state = evolveJob(state, record);
      statuses.push(state.status);
      return webhooksDue(state, record);
    });
    const after = state;
    if (after === null) throw new Error(`job ${id} is recorded without an event`);
    this.#keep(after);
    const isDeleted = events.some((event) => event.kind === 'deleted');
    const seq = await this.#store.commit({
      job: id,
      records,
      state: isDeleted ? null : after,
      statuses,
      owner: after.owner,
      queue: after.order.queue,
      definition,
      idempotency,
      webhooks,
    });
    if (isDeleted || (isOver(after.status) && this.#open.get(id) === after)) this.#forget(after);
    for (const listener of this.#listeners) listener({ seq, records, state: after, webhooks });
    return after;
  }

  #keep(job: JobState): void {
    this.#open.set(job.id, job);
    const group = groupOf(job);
    if (group === null) return;
    const members = this.#groups.get(group) ?? new Set();
    this.#groups.set(group, members.add(job.id));
  }

  #forget(job: JobState): void {
    this.#open.delete(job.id);
    const group = groupOf(job);
    if (group === null) return;
    const members = this.#groups.get(group);
    members?.delete(job.id);
    if (members?.size === 0) this.#groups.delete(group);
  }

  async #sameRequest({ owner, idempotency }: Submission): Promise<JobState | null> {
    if (idempotency === null) return null;
    const known = await this.#store.read.call('idempotencyKey', { owner, key: idempotency.key });
    if (known === null) return null;
    if (known.bodyHash !== idempotency.bodyHash)
      throw new JuqueueError(
        'JQ_KEY_REUSED',
        `The Idempotency-Key '${idempotency.key}' came with another body before.`,
        'Use a new key for a new request.',
      );
    return this.find(known.job);
  }

  async #sameContent(owner: string, hash: string): Promise<JobState | null> {
    const stored = await this.#store.read.call('jobWithContent', { owner, contentHash: hash });
    if (stored === null) return null;
    const present = this.#open.get(stored.id) ?? stored;
    return present.cancelRequested !== null || (isFinal(present.status) && present.status !== 'finished') ? null : present;
  }
}

/** Nothing can follow; the store has all of it. */
function isOver(status: JobStatus): boolean {
  return isFinal(status) && status !== 'dead';
}

function groupOf({ owner, order }: JobState): string | null {
  return order.supersedes === null ? null : JSON.stringify([owner, order.queue, order.supersedes]);
}
