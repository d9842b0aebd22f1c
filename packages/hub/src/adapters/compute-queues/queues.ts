import { JuqueueError } from '@juqueue/core';
import { decideCancel } from '../../decide/people-decide.ts';
import { KeyedLocks } from '../../artifacts/keyed-locks.ts';
import type { Reach } from '../../artifacts/model.ts';
import { isFinal } from '../../model/job.ts';
import type { JobFile, JobState } from '../../model/job.ts';
import type { AdapterContext } from '../adapter.ts';
import { objectOf, submitFor, textOf } from '../requests.ts';
import type { UserPrincipal } from '../requests.ts';
import { jobIdOf } from './definition.ts';
import { finishedReason } from './job-view.ts';
import type { QueuedJob } from './job-view.ts';
import { idLabel, inlineBytesOf, isInline, referencesOf, submissionOf } from './submission.ts';

export const adapterName = 'compute-queues';
export const fileType = 'compute-queues.file';
export const defaultNamespace = '_';
/** Ended jobs stay in the list of their queue for this long. */
const justEndedMs = 60_000;
const mostJustEnded = 500;
const queueForm = /^[A-Za-z0-9._~-]{1,200}$/;
/** Who knows the name of an open queue may use it: it is to be hard to guess. */
const shortestOpenName = 16;

interface QueueNote {
  readonly owner: string;
}

export interface FoundJob {
  readonly id: string;
  readonly queued: QueuedJob;
  readonly job: JobState;
}

/** Queues by name, and jobs in them by the hash of their definition. */
export class ComputeQueues {
  readonly #context: AdapterContext;
  readonly #locks = new KeyedLocks();

  constructor(context: AdapterContext) {
    this.#context = context;
  }

  /** Lets everybody who knows its name use the queue, in the name of this user. */
  async open(queue: string, user: UserPrincipal): Promise<void> {
    if (!queueForm.test(queue) || queue.length < shortestOpenName)
      throw new JuqueueError(
        'JQ_BAD_REQUEST',
        `A queue that others use by its name needs one of ${shortestOpenName} to 200 letters, digits and . _ ~ -, which nobody guesses.`,
      );
    const { notes, access } = this.#context;
    const known = await notes.get<QueueNote>(adapterName, `queue ${queue}`);
    if (known !== null && known.owner !== user.name) throw new JuqueueError('JQ_EXISTS', `The queue ${queue} is of somebody else.`);
    await notes.put(adapterName, `queue ${queue}`, { owner: user.name } satisfies QueueNote);
    await access.audit(`user:${user.name}`, 'queue-opened', queue, {});
  }

  async close(queue: string, user: UserPrincipal): Promise<void> {
    const { notes, access } = this.#context;
    const known = await notes.get<QueueNote>(adapterName, `queue ${queue}`);
    if (known === null || (known.owner !== user.name && user.role !== 'manager'))
      throw new JuqueueError('JQ_NOT_FOUND', `There is no queue ${queue}.`);
    await notes.remove(adapterName, `queue ${queue}`);
    await access.audit(`user:${user.name}`, 'queue-closed', queue, {});
  }

  /** In whose name requests for the queue are made. Throws `JQ_NOT_FOUND` unless it is open. */
  async ownerOf(queue: string): Promise<UserPrincipal> {
    const known = queueForm.test(queue) ? await this.#context.notes.get<QueueNote>(adapterName, `queue ${queue}`) : null;
    const user = known === null ? null : this.#context.access.accounts.user(known.owner);
    if (user === null || user.isDisabled || user.role === 'viewer')
      throw new JuqueueError(
        'JQ_NOT_FOUND',
        `There is no queue ${queue.slice(0, 200)}.`,
        'Its owner opens it: PUT /q/NAME with a key of the hub.',
      );
    return { kind: 'user', name: user.name, role: 'editor', key: '' };
  }

  /** Who has all queues that are open; null when there are none, or of several people. */
  async onlyOwner(): Promise<UserPrincipal | null> {
    const open = await this.#context.notes.list<QueueNote>(adapterName, 'queue ');
    const owners = new Set(open.map(({ value }) => value.owner));
    const [first] = open;
    return first === undefined || owners.size !== 1 ? null : this.ownerOf(first.key.slice('queue '.length));
  }

  /** The job of this definition: the one that is there, unless it was cancelled, else a new one. */
  async submit(queue: string, user: UserPrincipal, body: Readonly<Record<string, unknown>>, base: string): Promise<string> {
    const definition = objectOf(body['definition']);
    if (definition === null) throw new JuqueueError('JQ_BAD_REQUEST', 'definition is missing.');
    const control = objectOf(body['control']) ?? {};
    const namespace = textOf(control['namespace']) ?? defaultNamespace;
    const id = jobIdOf(definition);
    const told = textOf(body['id']);
    if (told !== null && told !== id) throw new JuqueueError('JQ_BAD_REQUEST', `id is ${told}, the definition has ${id}.`);
    return this.#locks.run(queue, async () => {
      const before = await this.find(queue, id);
      const reason = before === null ? null : finishedReason(before.job);
      const isThere = before !== null && before.job.status !== 'dead' && reason !== 'Cancelled' && reason !== 'JobReplacedByClient';
      const queued: QueuedJob = isThere
        ? { ...before.queued, namespaces: [...new Set([...before.queued.namespaces, namespace])] }
        : {
            queue,
            job: (
              await submitFor(
                this.#context,
                user,
                submissionOf(id, queue, definition, control, await this.#files(definition, user, base), base),
              )
            ).job.id,
            definition,
            control,
            namespaces: [namespace],
          };
      await this.#put(id, queued);
      if (namespace !== defaultNamespace) await this.#supersede(queue, namespace, id);
      return id;
    });
  }

  async find(queue: string, id: string): Promise<FoundJob | null> {
    return this.#found(id, await this.#context.notes.get<QueuedJob>(adapterName, `job ${queue} ${id}`));
  }

  /** In whichever queue it was submitted last. */
  async findAnywhere(id: string): Promise<FoundJob | null> {
    const queue = await this.#context.notes.get<string>(adapterName, `content ${id}`);
    return queue === null ? null : this.find(queue, id);
  }

  /** Jobs of the queue that have not ended, and those that ended within the last minute. */
  async live(queue: string): Promise<readonly FoundJob[]> {
    const { hub, notes } = this.#context;
    const newest = await hub.store.read.call('listJobs', {
      owner: null,
      queue,
      statuses: ['finished', 'failed', 'cancelled', 'dead'],
      before: null,
      limit: mostJustEnded,
    });
    const candidates = [...hub.jobs.open]
      .filter((job) => job.order.queue === queue && !isFinal(job.status))
      .concat(newest.filter((job) => this.#isLive(job)));
    const named = candidates.flatMap((job) => {
      const id = job.order.labels[idLabel];
      return id === undefined ? [] : [{ id, job }];
    });
    const notesOf = await notes.getAll<QueuedJob>(
      adapterName,
      named.map(({ id }) => `job ${queue} ${id}`),
    );
    // An id may have been submitted anew since: the note names the job that counts.
    return named.flatMap(({ id, job }, index) => {
      const queued = notesOf[index] ?? null;
      return queued?.job === job.id ? [{ id, queued, job }] : [];
    });
  }

  /** Takes the job out of a namespace, or of all (`*`); without one it ends. Answers what the job was before. */
  async cancel(
    queue: string,
    id: string,
    namespace: string,
  ): Promise<'Job not found' | 'Job already Finished' | 'Job already Removed' | 'cancelled'> {
    return this.#locks.run(queue, async () => {
      const found = await this.find(queue, id);
      if (found === null) return 'Job not found';
      if (finishedReason(found.job) !== null) return this.#isLive(found.job) ? 'Job already Finished' : 'Job already Removed';
      await this.#leave(found, namespace, 'user-cancelled');
      return 'cancelled';
    });
  }

  /**
   * What clients say to end a job: `Cancelled` and `JobReplacedByClient` take it out of a namespace, `Deleted` also forgets its result, so that it is
   * executed anew when somebody asks for it again. Throws `JQ_BAD_REQUEST`: how a job ended otherwise is not for clients to say.
   */
  async end(queue: string, id: string, namespace: string, reason: unknown): Promise<void> {
    if (reason !== 'Cancelled' && reason !== 'JobReplacedByClient' && reason !== 'Deleted')
      throw new JuqueueError(
        'JQ_BAD_REQUEST',
        `A client ends a job as Cancelled, JobReplacedByClient or Deleted, not as ${String(reason)}.`,
      );
    await this.#locks.run(queue, async () => {
      const found = await this.find(queue, id);
      if (found === null) return;
      if (finishedReason(found.job) === null)
        await this.#leave(
          found,
          reason === 'Deleted' ? '*' : namespace,
          reason === 'JobReplacedByClient' ? 'superseded' : 'user-cancelled',
        );
      if (reason === 'Deleted') await this.#context.notes.remove(adapterName, `job ${queue} ${id}`);
    });
  }

  /** Whether its queue lists it. */
  #isLive({ endedAtMs }: JobState): boolean {
    return endedAtMs === null || endedAtMs > this.#context.hub.clock.nowMs() - justEndedMs;
  }

  /** In a namespace the newest job takes the place of the others. */
  async #supersede(queue: string, namespace: string, newest: string): Promise<void> {
    for (const other of await this.live(queue)) {
      if (other.id !== newest && finishedReason(other.job) === null && other.queued.namespaces.includes(namespace))
        await this.#leave(other, namespace, 'superseded');
    }
  }

  /** A job that several namespaces want ends when the last has left. */
  async #leave({ id, queued, job }: FoundJob, namespace: string, reason: 'user-cancelled' | 'superseded'): Promise<void> {
    const namespaces = namespace === '*' ? [] : queued.namespaces.filter((each) => each !== namespace);
    await this.#put(id, { ...queued, namespaces });
    if (namespaces.length === 0)
      await this.#context.hub.jobs.change(job.id, `user:${job.owner}`, (present) => decideCancel(present, job.owner, reason));
  }

  async #put(id: string, queued: QueuedJob): Promise<void> {
    await this.#context.notes.put(adapterName, `job ${queued.queue} ${id}`, queued);
    await this.#context.notes.put(adapterName, `content ${id}`, queued.queue);
  }

  async #found(id: string, queued: QueuedJob | null): Promise<FoundJob | null> {
    if (queued === null) return null;
    const job = await this.#context.hub.jobs.find(queued.job).catch(() => null);
    return job === null ? null : { id, queued, job };
  }

  /** Small inputs travel in the definition, others as artifacts of the user. */
  async #files(definition: Readonly<Record<string, unknown>>, user: UserPrincipal, base: string): Promise<readonly JobFile[]> {
    const { artifacts } = this.#context;
    const reach: Reach = { owner: user.name, seesAll: false, job: null };
    const wanted = [
      ...referencesOf(definition, 'inputs').map((reference) => ({ reference, path: `inputs/${reference.name}` })),
      ...referencesOf(definition, 'configFiles').map((reference) => ({ reference, path: reference.name })),
    ];
    const files: JobFile[] = [];
    for (const { reference, path } of wanted) {
      const bytes = inlineBytesOf(reference);
      if (bytes !== null && isInline(bytes)) {
        files.push({ kind: 'inline', path, contentBase64: bytes.toString('base64'), mode: 0o644 });
        continue;
      }
      if (bytes !== null)
        throw new JuqueueError(
          'JQ_TOO_LARGE',
          `${path} has ${bytes.length} bytes, at most 65536 come with the definition.`,
          'Send it to /f/KEY and refer to it by key.',
        );
      if (reference.type === 'url') {
        files.push(await this.#fileAt(path, String(reference.value), base, reach));
        continue;
      }
      const [artifact] = await artifacts.list(
        { name: String(reference.value), type: fileType, job: null, beforeId: null, limit: 1 },
        reach,
      );
      if (artifact === undefined)
        throw new JuqueueError(
          'JQ_ARTIFACT_NOT_FOUND',
          `${path} refers to the key ${String(reference.value)}, under which ${user.name} has sent nothing.`,
        );
      files.push({ kind: 'artifact', path, artifact: artifact.id, file: 'file' });
    }
    return files;
  }

  /** What a job of this hub left is given on by the hub itself; everything else is fetched by the agent, where its owner allows it. */
  async #fileAt(path: string, url: string, base: string, reach: Reach): Promise<JobFile> {
    const { artifacts } = this.#context;
    const [, id, name] = url.startsWith(`${base}/`)
      ? (/^(?:\/q\/[^/]+)?\/j\/([0-9a-f]{64})\/outputs\/([^?#]+)/.exec(url.slice(base.length)) ?? [])
      : [];
    const before = id === undefined ? null : await this.findAnywhere(id);
    const left = before?.job.result?.outputArtifact ?? null;
    if (left !== null && name !== undefined && before?.job.owner === reach.owner)
      return { kind: 'artifact', path, artifact: left, file: `outputs/${decodeURIComponent(name)}` };
    const artifact = await artifacts.create(
      { name: null, type: 'compute-queues.url', residence: { kind: 'url', url }, metadata: {} },
      reach,
    );
    await artifacts.commit(artifact.id, { sha256: null, sizeBytes: null }, reach);
    return { kind: 'artifact', path, artifact: artifact.id, file: null };
  }
}
