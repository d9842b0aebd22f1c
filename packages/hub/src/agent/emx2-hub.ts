import type {
  AgentMessage,
  Capability,
  ClaimAnswer,
  CompletionReport,
  InfrastructureReport,
  ProgressReport,
  PullRequest,
  Registration,
  RenewAnswer,
  RenewRequest,
  StartedReport,
} from '../agent-protocol/messages.ts';
import type { AgentArtifact, ArtifactFile, Held, HubPort, MissingParts, NewArtifact } from './hub-port.ts';
import { HubRefusal } from './hub-port.ts';
import type { HubRequests } from './hub-requests.ts';
import { emx2Job, filesOf } from './emx2-shapes.ts';
import type { Emx2Artifact, Emx2Files, Emx2Job } from './emx2-shapes.ts';

const base = '/api/hpc';
/** A claim at an EMX2 server does not expire: nobody else gets the job when this agent is cut off for long. */
const leaseMs = 7 * 86_400_000;
const pollMs = 5_000;
const heartbeatMs = 120_000;
const page = 1_000;
/** What is asked about at one time. */
const mostFollowed = 16;

/**
 * An EMX2 server as the hub of an agent. It offers nothing and knows no attempts: pending jobs are looked for, and the number of
 * an attempt is the second at which this agent saw the job waiting, counted from its creation.
 */
export class Emx2Hub implements HubPort {
  readonly #requests: HubRequests;
  readonly #worker: string;
  readonly #now: () => number;
  /** Of the last registration; null before the first. */
  #registration: Registration | null = null;
  #capabilities: readonly Capability[] = [];
  #heardAtMs = 0;
  /** Whether what an agent before this one has left behind was looked for. */
  #hasLookedBack: boolean;
  /** Waiting jobs that were offered, with the number of the attempt. */
  readonly #offered = new Map<string, number>();
  readonly #declinedUntilMs = new Map<string, number>();
  readonly #held = new Map<string, number>();

  /** With `forgets`, jobs that are this worker's at the server and not held here are left alone. */
  constructor(
    requests: HubRequests,
    worker: string,
    { forgets = false, now = Date.now }: { readonly forgets?: boolean; readonly now?: () => number } = {},
  ) {
    this.#requests = requests;
    this.#worker = worker;
    this.#now = now;
    this.#hasLookedBack = forgets;
  }

  async register(registration: Registration): Promise<void> {
    const { hostname, capabilities } = registration;
    this.#registration = registration;
    this.#capabilities = capabilities.filter(({ profile }) => profile.includes('/'));
    const offered = this.#capabilities.map(({ profile, maxConcurrent }) => {
      const at = profile.lastIndexOf('/');
      return { processor: profile.slice(0, at), profile: profile.slice(at + 1), max_concurrent_jobs: maxConcurrent };
    });
    await this.#requests.json('POST', `${base}/workers/register`, { worker_id: this.#worker, hostname, capabilities: offered });
    this.#heardAtMs = this.#now();
  }

  async pull({ max, waitMs, room }: PullRequest, signal: AbortSignal): Promise<readonly AgentMessage[]> {
    const untilMs = this.#now() + waitMs;
    for (;;) {
      await this.#heartbeat();
      const left = this.#hasLookedBack ? [] : await this.#leftBehind(max);
      const messages = [
        ...left,
        ...(await this.#cancels()),
        ...(room.isDraining ? [] : await this.#offers(Math.min(max, Math.max(0, room.openSlots)))),
      ];
      if (messages.length > 0 || this.#now() >= untilMs || signal.aborted) return messages;
      await pause(Math.min(pollMs, untilMs - this.#now()), signal);
    }
  }

  /** An offer is acknowledged when the job waits at the manager: that is SUBMITTED. What was not taken is still pending there. */
  async acknowledge(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const job = /^offer\.(.+)\.\d+$/.exec(id)?.[1];
      const view = job === undefined ? null : await this.#view(job);
      if (view?.status === 'CLAIMED' && view.worker_id === this.#worker)
        await this.#transition({ job: view.id, attempt: 0 }, { status: 'SUBMITTED' });
    }
  }

  async claim(held: Held): Promise<ClaimAnswer> {
    const view = await this.#claimed(held);
    this.#offered.delete(held.job);
    this.#held.set(held.job, held.attempt);
    return { job: emx2Job(view, held.attempt, this.#worker), attempt: held.attempt, leaseUntilMs: this.#now() + leaseMs, leaseMs };
  }

  async decline({ job }: Held): Promise<void> {
    this.#declinedUntilMs.set(job, this.#now() + 60_000);
  }

  async renew({ held }: RenewRequest): Promise<RenewAnswer> {
    for (const { job, attempt } of held) this.#held.set(job, attempt);
    await this.#heartbeat();
    const views = await this.#views(held.map(({ job }) => job));
    const isOurs = ({ job }: Held): boolean =>
      views.get(job)?.worker_id === this.#worker && !['PENDING', 'COMPLETED', 'FAILED'].includes(views.get(job)?.status ?? '');
    const isCancelled = ({ job }: Held): boolean => views.get(job)?.status === 'CANCELLED';
    for (const each of held) if (!isOurs(each)) this.#held.delete(each.job);
    return {
      leaseMs,
      renewed: held.filter(isOurs),
      lost: held.filter((each) => !isOurs(each) && !isCancelled(each)),
      cancelled: held.filter(isCancelled),
    };
  }

  async started(held: Held, { run }: StartedReport): Promise<void> {
    await this.#bring(held, 'STARTED', run);
  }

  async progress(held: Held, { phase, message, fraction }: ProgressReport): Promise<void> {
    const news = {
      ...(phase === null ? {} : { phase: phase.slice(0, 100) }),
      ...(message === null ? {} : { message: message.slice(0, 500) }),
      ...(fraction === null ? {} : { progress: Math.min(1, Math.max(0, fraction)) }),
    };
    await this.#transition(held, { status: 'STARTED', ...news });
  }

  /** An EMX2 server gets logs as an artifact at the end. */
  async appendLog(_held: Held, _stream: 'stdout' | 'stderr', offset: number, bytes: Uint8Array): Promise<number> {
    return offset + bytes.length;
  }

  /** Nobody reads there that outputs are missing: a job without those that it made has failed. */
  async complete(held: Held, report: CompletionReport, missing: MissingParts): Promise<void> {
    const status =
      report.outcome === 'finished' && missing.outputs !== null
        ? 'FAILED'
        : ({ finished: 'COMPLETED', failed: 'FAILED', cancelled: 'CANCELLED' } as const)[report.outcome];
    if (report.outcome === 'finished') await this.#bring(held, 'STARTED', report.place.run ?? held.job);
    const detail = missing.outputs ?? (report.outcome === 'failed' ? failureOf(report) : missing.logs);
    await this.#end(held, {
      status,
      ...(detail === null ? {} : { detail }),
      ...(report.outputArtifact === null ? {} : { output_artifact_id: report.outputArtifact }),
      ...(report.logArtifact === null ? {} : { log_artifact_id: report.logArtifact }),
    });
  }

  async reportInfrastructureError(held: Held, { message }: InfrastructureReport): Promise<void> {
    await this.#end(held, { status: 'FAILED', detail: message.slice(0, 1_000) });
  }

  async artifact(_held: Held, id: string): Promise<AgentArtifact> {
    const {
      residence,
      status,
      content_url: url,
    } = await this.#requests.json<Emx2Artifact>('GET', `${base}/artifacts/${encodeURIComponent(id)}`);
    const files: ArtifactFile[] = [];
    for (let offset = 0, total = 1; offset < total; offset = files.length) {
      const found = await this.#requests.json<Emx2Files>(
        'GET',
        `${base}/artifacts/${encodeURIComponent(id)}/files?limit=${page}&offset=${offset}`,
      );
      files.push(...filesOf(found));
      total = found.items.length === 0 ? 0 : found.total_count;
    }
    const place =
      residence === 'managed'
        ? ({ kind: 'hub' } as const)
        : residence === 'posix'
          ? ({ kind: 'path', cluster: null, path: (url ?? '').replace(/^file:\/\//, '') } as const)
          : ({ kind: 'url', url: url ?? '' } as const);
    return { id, residence: place, isCommitted: status === 'COMMITTED', files };
  }

  async download(_held: Held, artifact: string, path: string): Promise<AsyncIterable<Uint8Array>> {
    const { body } = await this.#requests.send({ method: 'GET', path: fileAddress(artifact, path) });
    return body as AsyncIterable<Uint8Array>;
  }

  async createArtifact({ job }: Held, { name, type, residence, metadata }: NewArtifact): Promise<string> {
    const place =
      residence.kind === 'hub'
        ? { residence: 'managed' }
        : residence.kind === 'path'
          ? { residence: 'posix', content_url: `file://${residence.path}` }
          : { residence: 'http', content_url: residence.url };
    const { id } = await this.#requests.json<{ readonly id: string }>('POST', `${base}/artifacts`, {
      name,
      type,
      ...place,
      metadata: { ...metadata, job_id: job, worker_id: this.#worker },
    });
    return id;
  }

  async noteFiles(_held: Held, artifact: string, files: readonly ArtifactFile[]): Promise<void> {
    for (const { path, sha256, sizeBytes } of files)
      await this.#requests.json('PUT', fileAddress(artifact, path), { sha256, size_bytes: sizeBytes });
  }

  async uploadFile(_held: Held, artifact: string, path: string, _sha256: string, bytes: Uint8Array): Promise<void> {
    await this.#requests.bytes('PUT', fileAddress(artifact, path), bytes);
  }

  /** It takes a file in one request, which is sent as it is read. */
  async uploadLargeFile(
    _held: Held,
    artifact: string,
    { path, sha256, sizeBytes }: ArtifactFile,
    read: (offset: number, sizeBytes: number) => Promise<Uint8Array>,
  ): Promise<void> {
    await this.#requests.stream('PUT', fileAddress(artifact, path), { sha256, sizeBytes, read });
  }

  async commitArtifact(_held: Held, artifact: string, treeSha256: string, sizeBytes: number): Promise<void> {
    await this.#requests.json('POST', `${base}/artifacts/${encodeURIComponent(artifact)}/commit`, {
      sha256: treeSha256,
      size_bytes: sizeBytes,
    });
  }

  /** A server that has forgotten this worker learns it again. */
  async #heartbeat(): Promise<void> {
    if (this.#now() - this.#heardAtMs < heartbeatMs) return;
    try {
      await this.#requests.json('POST', `${base}/workers/${encodeURIComponent(this.#worker)}/heartbeat`);
    } catch (error) {
      if (!isStatus(error, 404)) throw error;
      if (this.#registration === null) throw new HubRefusal(404, 'JQ_AGENT_UNKNOWN', error.message);
      await this.register(this.#registration);
    }
    this.#heardAtMs = this.#now();
  }

  /**
   * What a crash has left between a claim and its record here: a job that was only claimed is offered to this agent once more,
   * one that went on is of an agent whose record is gone, and has failed. Without this it would be claimed for ever.
   */
  async #leftBehind(most: number): Promise<readonly AgentMessage[]> {
    // All pages first: a job that is changed moves those behind it to another page.
    const left: Emx2Job[] = [];
    for (const status of ['CLAIMED', 'SUBMITTED', 'STARTED']) {
      for await (const job of this.#jobs({ status })) if (job.worker_id === this.#worker && !this.#held.has(job.id)) left.push(job);
    }
    const claimed = left.filter(({ status }) => status === 'CLAIMED');
    for (const { id, status } of left)
      if (status !== 'CLAIMED')
        await this.#end({ job: id, attempt: 0 }, { status: 'FAILED', detail: `worker ${this.#worker} has no record of this job any more` });
    this.#hasLookedBack = claimed.length === 0;
    return claimed
      .filter(({ id }) => this.#isWanted(id))
      .slice(0, most)
      .map((job) => this.#offer(job));
  }

  #isWanted(job: string): boolean {
    return (this.#declinedUntilMs.get(job) ?? 0) <= this.#now();
  }

  /** A claim that was answered and then forgotten is the same claim still. */
  async #claimed(held: Held): Promise<Emx2Job> {
    try {
      return await this.#requests.json<Emx2Job>('POST', `${jobAddress(held)}/claim`, { worker_id: this.#worker });
    } catch (error) {
      if (!isStatus(error, 409)) throw error;
      const view = await this.#view(held.job);
      if (view?.status !== 'CLAIMED' || view.worker_id !== this.#worker || this.#held.has(held.job)) throw error;
      return view;
    }
  }

  /** All jobs that are asked for, page by page. */
  async *#jobs(wanted: Readonly<Record<string, string>>): AsyncGenerator<Emx2Job> {
    for (let offset = 0; ;) {
      const query = new URLSearchParams({ ...wanted, limit: String(page), offset: String(offset) });
      const { items } = await this.#requests.json<{ readonly items: readonly Emx2Job[] }>('GET', `${base}/jobs?${query.toString()}`);
      if (items.length === 0) return;
      yield* items;
      offset += items.length;
    }
  }

  #offer({ id, created_at: createdAt }: Emx2Job): AgentMessage {
    const attempt = this.#offered.get(id) ?? Math.max(1, Math.floor((this.#now() - Date.parse(createdAt ?? '')) / 1_000) + 1 || 1);
    this.#offered.set(id, attempt);
    return { id: `offer.${id}.${attempt}`, kind: 'offer', job: id, attempt };
  }

  async #offers(most: number): Promise<readonly AgentMessage[]> {
    const offers: AgentMessage[] = [];
    for (const { profile } of this.#capabilities) {
      if (offers.length >= most) break;
      const at = profile.lastIndexOf('/');
      for await (const job of this.#jobs({ status: 'PENDING', processor: profile.slice(0, at), profile: profile.slice(at + 1) })) {
        if (this.#isWanted(job.id)) offers.push(this.#offer(job));
        if (offers.length >= most) break;
      }
    }
    return offers;
  }

  async #cancels(): Promise<readonly AgentMessage[]> {
    const views = await this.#views([...this.#held.keys()]);
    return [...this.#held].flatMap(([job, attempt]) =>
      views.get(job)?.status === 'CANCELLED' ? [{ id: `cancel.${job}.${attempt}`, kind: 'cancel' as const, job, attempt }] : [],
    );
  }

  async #views(jobs: readonly string[]): Promise<ReadonlyMap<string, Emx2Job>> {
    const views = new Map<string, Emx2Job>();
    for (let from = 0; from < jobs.length; from += mostFollowed) {
      await Promise.all(
        jobs.slice(from, from + mostFollowed).map(async (job) => {
          const view = await this.#view(job);
          if (view !== null) views.set(job, view);
        }),
      );
    }
    return views;
  }

  async #view(job: string): Promise<Emx2Job | null> {
    return this.#requests.json<Emx2Job>('GET', `${base}/jobs/${encodeURIComponent(job)}`).catch((error: unknown) => {
      if (isStatus(error, 404)) return null;
      throw error;
    });
  }

  /** From whatever it is by the steps that lie between; what lies behind is not gone back to. */
  async #bring(held: Held, target: 'STARTED', run: string): Promise<void> {
    const steps = ['CLAIMED', 'SUBMITTED', target] as const;
    const status = (await this.#view(held.job))?.status ?? '';
    const at = steps.findIndex((step) => step === status);
    for (const step of at === -1 ? [] : steps.slice(at + 1))
      await this.#transition(held, { status: step, slurm_job_id: run.slice(0, 100) });
  }

  async #transition(held: Held, fields: object): Promise<void> {
    await this.#requests.json('POST', `${jobAddress(held)}/transition`, { worker_id: this.#worker, ...fields }).catch(jobIsOver);
  }

  /** A job that has ended already stays as it has. */
  async #end(held: Held, fields: { readonly status: string } & Readonly<Record<string, unknown>>): Promise<void> {
    const status = (await this.#view(held.job))?.status ?? 'COMPLETED';
    if (!['COMPLETED', 'FAILED', 'CANCELLED'].includes(status))
      await this.#requests.json('POST', `${jobAddress(held)}/complete`, { worker_id: this.#worker, ...fields }).catch(jobIsOver);
    this.#held.delete(held.job);
  }
}

function isStatus(error: unknown, status: number): error is HubRefusal {
  return error instanceof HubRefusal && error.status === status;
}

/** A "no" about a job: it is not this worker's any more. */
function jobIsOver(error: unknown): never {
  if (isStatus(error, 404) || isStatus(error, 409)) throw new HubRefusal(error.status, 'JQ_ATTEMPT_OVER', error.message);
  throw error;
}

/** Why a job failed, as somebody who looks at it there reads it. */
function failureOf({ reason, exitCode, signal, stderrTail }: CompletionReport): string {
  const end =
    reason === 'time-limit' ? 'the time limit has passed' : signal === null ? `exit code ${exitCode ?? 'unknown'}` : `ended by ${signal}`;
  const said = stderrTail.trim();
  return said === '' ? end : `${end}\n${said.slice(-1_000)}`;
}

function jobAddress({ job }: Held): string {
  return `${base}/jobs/${encodeURIComponent(job)}`;
}

function fileAddress(artifact: string, path: string): string {
  return `${base}/artifacts/${encodeURIComponent(artifact)}/files/${path.split('/').map(encodeURIComponent).join('/')}`;
}

async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, Math.max(0, delayMs));
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
}
