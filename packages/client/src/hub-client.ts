import { ApiError, NoAnswer } from './send-request.ts';
import { routes } from './hub-types.ts';
import type { Event, Job, JobSummary, OperationId, Operations, Problem, SubmitJob } from './hub-types.ts';

export interface HubPlace {
  /** Address of the hub. */
  readonly url: string;
  /** API key. */
  readonly key: string;
  /** Tests and proxies give their own. */
  readonly fetch?: typeof fetch;
}

export interface HubArtifact {
  readonly id: string;
  readonly status: string;
  readonly treeSha256: string | null;
}

export interface HubFile {
  readonly path: string;
  readonly sha256: string | null;
  readonly sizeBytes: number;
}

/** Statuses from which a job does not leave by itself. */
const finalStatuses: ReadonlySet<string> = new Set(['finished', 'failed', 'cancelled', 'dead']);
/** Tries of a request that a hub could not take just now. */
const mostTries = 8;
const firstPauseMs = 250;
const longestPauseMs = 15_000;
/** How long one question for news waits. */
const newsWaitMs = 25_000;
const logPauseMs = 1_000;
const logPartBytes = 1_048_576;

/** Whether a job has ended. */
export function hasEnded({ status }: Pick<JobSummary, 'status'>): boolean {
  return finalStatuses.has(status);
}

/** A hub as a program uses it: submit, wait, events, logs, artifacts. What it refuses is an ApiError, with its code. */
export class HubClient {
  readonly #place: HubPlace;

  constructor(place: HubPlace) {
    this.#place = { ...place, url: place.url.replace(/\/+$/, '') };
  }

  /** Any operation of the interface, by its name in the OpenAPI document. */
  async call<Id extends OperationId>(
    id: Id,
    input: Operations[Id]['input'],
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Operations[Id]['output']> {
    const { method, path } = routes[id];
    const {
      path: values = {},
      query = {},
      body,
    } = input as {
      readonly path?: Readonly<Record<string, string>>;
      readonly query?: Readonly<Record<string, unknown>>;
      readonly body?: unknown;
    };
    const filled = path.replace(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(String(values[name] ?? '')));
    const answer = await this.#send(
      method,
      `${filled}${queryText(query)}`,
      body === undefined ? null : JSON.stringify(body),
      body === undefined ? headers : { 'content-type': 'application/json', ...headers },
    );
    const text = await answer.text();
    return (text === '' ? null : JSON.parse(text)) as Operations[Id]['output'];
  }

  /** A new job. Sent again it stays one: it carries an idempotency key. */
  async submit(job: SubmitJob, options: { readonly idempotencyKey?: string; readonly launch?: boolean } = {}): Promise<Job> {
    return this.call(
      'submitJob',
      { query: options.launch === undefined ? {} : { launch: options.launch }, body: job },
      { 'idempotency-key': options.idempotencyKey ?? crypto.randomUUID() },
    );
  }

  async job(id: string): Promise<Job> {
    return this.call('getJob', { path: { id } });
  }

  async cancel(id: string): Promise<void> {
    await this.call('cancelJob', { path: { id } });
  }

  /** Resolves when the job has ended, however. Rejects with the signal's reason. */
  async wait(id: string, signal?: AbortSignal): Promise<Job> {
    let after: number | null = null;
    for (;;) {
      signal?.throwIfAborted();
      const job = await this.job(id);
      if (hasEnded(job)) return job;
      // News come before the next look; those of the past are no news.
      after ??= await this.#newest(id);
      after = (await this.call('listEvents', { query: { after, waitMs: newsWaitMs, queue: job.order.queue } })).nextAfter;
    }
  }

  /** Events of your jobs, oldest first; goes on for ever with `follow`. */
  async *events(options: { readonly after?: number; readonly queue?: string; readonly follow?: boolean } = {}): AsyncGenerator<Event> {
    for (let after = options.after ?? 0; ;) {
      const page = await this.call('listEvents', {
        query: {
          after,
          ...(options.queue === undefined ? {} : { queue: options.queue }),
          waitMs: options.follow === true ? newsWaitMs : 0,
        },
      });
      yield* page.events;
      if (page.events.length === 0 && options.follow !== true) return;
      after = page.nextAfter;
    }
  }

  /** Bytes of a log from `offset`; with `follow` until the job has ended. */
  async *log(
    id: string,
    options: { readonly stream?: 'stdout' | 'stderr'; readonly offset?: number; readonly follow?: boolean } = {},
  ): AsyncGenerator<Uint8Array> {
    let offset = options.offset ?? 0;
    for (;;) {
      // Asked before reading: what it wrote last is there when it is known to have ended.
      const isOver = options.follow !== true || hasEnded(await this.job(id));
      for (;;) {
        const answer = await this.#send(
          'GET',
          `/api/v1/jobs/${encodeURIComponent(id)}/logs${queryText({ stream: options.stream ?? 'stdout', offset, limit: logPartBytes })}`,
        );
        const bytes = new Uint8Array(await answer.arrayBuffer());
        if (bytes.length === 0) break;
        offset += bytes.length;
        yield bytes;
      }
      if (isOver) return;
      await sleep(logPauseMs);
    }
  }

  /** A new artifact with these files, committed. */
  async createArtifact(
    files: Iterable<readonly [path: string, bytes: Uint8Array<ArrayBuffer>]>,
    about: { readonly name?: string; readonly metadata?: Readonly<Record<string, unknown>> } = {},
  ): Promise<HubArtifact> {
    const created = (await (
      await this.#send('POST', '/api/v1/artifacts', JSON.stringify(about), { 'content-type': 'application/json' })
    ).json()) as HubArtifact;
    for (const [path, bytes] of files) {
      const sha256 = [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))]
        .map((byte) => byte.toString(16).padStart(2, '0'))
        .join('');
      await this.#send('PUT', `/api/v1/artifacts/${created.id}/files/${path.split('/').map(encodeURIComponent).join('/')}`, bytes, {
        'content-type': 'application/octet-stream',
        'content-sha256': sha256,
      });
    }
    return (await (
      await this.#send('POST', `/api/v1/artifacts/${created.id}/commit`, '{}', { 'content-type': 'application/json' })
    ).json()) as HubArtifact;
  }

  /** Every file of an artifact. */
  async *files(artifact: string): AsyncGenerator<HubFile> {
    for (let after: string | null = ''; after !== null;) {
      const page = (await (
        await this.#send('GET', `/api/v1/artifacts/${encodeURIComponent(artifact)}/files${queryText({ after })}`)
      ).json()) as { readonly files: readonly HubFile[]; readonly nextAfter: string | null };
      yield* page.files;
      after = page.nextAfter;
    }
  }

  /** The bytes of a file of an artifact, as they come. */
  async download(artifact: string, path: string): Promise<ReadableStream<Uint8Array>> {
    const answer = await this.#send(
      'GET',
      `/api/v1/artifacts/${encodeURIComponent(artifact)}/files/${path.split('/').map(encodeURIComponent).join('/')}`,
    );
    return answer.body ?? new Blob([]).stream();
  }

  async #newest(id: string): Promise<number> {
    return (await this.call('getJobHistory', { path: { id } })).nextAfter;
  }

  /** A 2xx. What a hub cannot take just now is sent again, when it says or with growing pauses. */
  async #send(
    method: string,
    path: string,
    body: string | Uint8Array<ArrayBuffer> | null = null,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const { url, key } = this.#place;
    for (let tries = 1, pauseMs = firstPauseMs; ; tries += 1, pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
      const answer = await (this.#place.fetch ?? fetch)(`${url}${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, ...headers },
        body,
        redirect: 'error',
      }).catch((error: unknown) => {
        if (tries >= mostTries) throw new NoAnswer(url, error);
        return null;
      });
      if (answer?.ok === true) return answer;
      const mayBeRepeated = method !== 'POST' || headers['idempotency-key'] !== undefined;
      const isBusy = answer === null || answer.status === 429 || answer.status === 502 || answer.status === 503 || answer.status === 504;
      if (answer !== null && (!isBusy || !mayBeRepeated || tries >= mostTries)) throw await refusal(answer);
      if (!mayBeRepeated) throw new NoAnswer(url, null);
      const wishSeconds = Number(answer?.headers.get('retry-after') ?? Number.NaN);
      await answer?.body?.cancel();
      await sleep(Number.isFinite(wishSeconds) ? wishSeconds * 1_000 : pauseMs * (0.5 + Math.random()));
    }
  }
}

async function refusal(answer: Response): Promise<ApiError> {
  const text = await answer.text();
  try {
    const { code, detail, title, hint } = JSON.parse(text) as Partial<Problem>;
    if (code !== undefined) return new ApiError(answer.status, code, detail ?? title ?? text, hint ?? null);
  } catch {
    // Not the hub's words: a proxy between us answers in its own.
  }
  return new ApiError(
    answer.status,
    'JQ_NO_SERVER',
    `The answer has status ${answer.status} and is not one of a hub.`,
    'Check the address: juqueue login URL',
  );
}

function queryText(query: Readonly<Record<string, unknown>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const each of Array.isArray(value) ? value : [value]) parameters.append(name, String(each));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

function sleep(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
