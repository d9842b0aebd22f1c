import { createHash, createHmac, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Fields = Record<string, unknown>;

export interface ServerJob {
  readonly id: string;
  readonly processor: string;
  readonly profile: string;
  readonly submit_user: string;
  readonly parameters: unknown;
  readonly inputs: unknown;
  readonly timeout_seconds: number | null;
  readonly created_at: string;
  status: string;
  worker_id: string | null;
  slurm_job_id: string | null;
  output_artifact_id: string | null;
  log_artifact_id: string | null;
  phase: string | null;
  message: string | null;
  progress: number | null;
  /** One for each step and each report of progress. */
  readonly transitions: { readonly from: string; readonly to: string; readonly detail: string | null }[];
}

export interface ServerFile {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Null: told, not sent. */
  readonly bytes: Buffer | null;
}

export interface ServerArtifact {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly residence: string;
  readonly contentUrl: string | null;
  readonly metadata: Fields;
  status: 'CREATED' | 'UPLOADING' | 'REGISTERED' | 'COMMITTED';
  readonly files: Map<string, ServerFile>;
}

class Problem extends Error {
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

const edges: Readonly<Record<string, readonly string[]>> = {
  PENDING: ['CLAIMED', 'CANCELLED'],
  CLAIMED: ['SUBMITTED', 'FAILED', 'CANCELLED'],
  SUBMITTED: ['STARTED', 'FAILED', 'CANCELLED'],
  STARTED: ['COMPLETED', 'FAILED', 'CANCELLED'],
  COMPLETED: [],
  FAILED: [],
  CANCELLED: [],
};
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** No page is longer, whatever is asked for: who reads one page only misses the rest. */
const longestPage = 100;

/**
 * What workers of an EMX2 server talk to, over HTTP, as its protocol says: signatures with nonces that count once, capability and
 * capacity, the edges of its states, artifacts with hashes. It keeps everything in memory, and a test sees and changes it there.
 */
export class Emx2Server implements AsyncDisposable {
  readonly jobs = new Map<string, ServerJob>();
  readonly artifacts = new Map<string, ServerArtifact>();
  readonly workers = new Map<string, readonly Fields[]>();
  readonly requests: string[] = [];
  readonly refusals: string[] = [];
  secret = 'contract-secret-0123456789abcdef0123456789';
  /** What happens to a request (`METHOD path`): refused with this status, never answered, or done and then never answered. */
  trouble: (line: string) => number | 'no-answer' | 'lost-answer' | null = () => null;
  readonly #nonces = new Set<string>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<Emx2Server> {
    const server = new Emx2Server();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  submit(
    processor: string,
    profile: string,
    more: Partial<Pick<ServerJob, 'parameters' | 'inputs' | 'timeout_seconds' | 'submit_user'>> = {},
  ): ServerJob {
    const job: ServerJob = {
      id: randomUUID(),
      processor,
      profile,
      submit_user: 'ada',
      parameters: {},
      inputs: null,
      timeout_seconds: null,
      created_at: new Date().toISOString(),
      status: 'PENDING',
      worker_id: null,
      slurm_job_id: null,
      output_artifact_id: null,
      log_artifact_id: null,
      phase: null,
      message: null,
      progress: null,
      transitions: [],
      ...more,
    };
    this.jobs.set(job.id, job);
    return job;
  }

  /** An artifact that is committed, as an input. */
  commit(residence: 'managed' | 'posix', contentUrl: string | null, files: Readonly<Record<string, string>>): ServerArtifact {
    const known = Object.entries(files).map(
      ([path, text]) =>
        [
          path,
          { sha256: hashOf(text), sizeBytes: Buffer.byteLength(text), bytes: residence === 'managed' ? Buffer.from(text) : null },
        ] as const,
    );
    const artifact: ServerArtifact = {
      id: randomUUID(),
      name: 'input',
      type: 'blob',
      residence,
      contentUrl,
      metadata: {},
      status: 'COMMITTED',
      files: new Map(known),
    };
    this.artifacts.set(artifact.id, artifact);
    return artifact;
  }

  cancel(job: ServerJob): void {
    this.#step(job, 'CANCELLED', null);
  }

  stepsOf(job: ServerJob): readonly string[] {
    return job.transitions.filter(({ from, to }) => from !== to).map(({ to }) => to);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const line = `${request.method} ${(request.url ?? '').split('?')[0]?.replace('/api/hpc', '')}`;
    this.requests.push(line);
    const trouble = this.trouble(line);
    if (trouble === 'no-answer') return;
    try {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      if (typeof trouble === 'number') throw new Problem(trouble, 'trouble that the test made');
      const body = Buffer.concat(parts);
      this.#authenticate(request, body);
      const { status = 200, body: answer, bytes } = this.#route(request, line, body);
      if (trouble === 'lost-answer') return;
      if (bytes !== undefined)
        response.writeHead(200, { 'content-type': 'application/octet-stream', 'x-content-sha256': hashOf(bytes) }).end(bytes);
      else response.writeHead(status, { 'content-type': 'application/json' }).end(answer === undefined ? '' : JSON.stringify(answer));
    } catch (error) {
      const status = error instanceof Problem ? error.status : 500;
      const detail = error instanceof Error ? error.message : String(error);
      this.refusals.push(`${line}: ${status} ${detail}`);
      response.writeHead(status, { 'content-type': 'application/problem+json' }).end(
        JSON.stringify({
          type: 'about:blank',
          title: 'refused',
          status,
          detail,
          instance: `urn:request:${request.headers['x-request-id']}`,
        }),
      );
    }
  }

  #authenticate({ method = '', url = '', headers }: IncomingMessage, body: Buffer): void {
    if (headers['x-emx2-api-version'] !== '2025-01') throw new Problem(400, 'X-EMX2-API-Version');
    if (!uuid.test(String(headers['x-request-id']))) throw new Problem(400, 'X-Request-Id');
    const timestamp = String(headers['x-timestamp']);
    if (!/^\d+$/.test(timestamp)) throw new Problem(400, 'X-Timestamp');
    const isJson = headers['content-type']?.startsWith('application/json') === true;
    const told = headers['content-sha256'];
    if (body.length > 0 && !isJson && told === undefined) throw new Problem(400, 'Content-SHA256 header is required for binary uploads');
    if (told !== undefined && told !== hashOf(body)) throw new Problem(400, 'Content-SHA256 is not that of the body');
    if (Math.abs(Date.now() / 1_000 - Number(timestamp)) > 300) throw new Problem(401, 'timestamp outside of 300 s');
    const nonce = String(headers['x-nonce']);
    if (headers['x-nonce'] === undefined || this.#nonces.has(nonce)) throw new Problem(401, 'the nonce is missing or was used');
    const canonical = [method, url, hashOf(body), timestamp, nonce].join('\n');
    const expected = createHmac('sha256', this.secret).update(canonical).digest('hex');
    if (headers['x-worker-id'] === undefined || headers.authorization !== `HMAC-SHA256 ${expected}`)
      throw new Problem(401, 'the signature is wrong');
    this.#nonces.add(nonce);
  }

  #route(
    { url = '', headers }: IncomingMessage,
    line: string,
    raw: Buffer,
  ): { readonly status?: number; readonly body?: unknown; readonly bytes?: Buffer } {
    const query = new URL(url, this.url).searchParams;
    const worker = String(headers['x-worker-id']);
    const [method = '', path = ''] = line.split(' ');
    const [kind = '', id = '', action = '', ...rest] = path.slice(1).split('/').map(decodeURIComponent);
    const isJson = headers['content-type']?.startsWith('application/json') === true;
    const fields = (isJson && raw.length > 0 ? JSON.parse(raw.toString()) : {}) as Fields;
    if (fields['worker_id'] !== undefined && fields['worker_id'] !== worker)
      throw new Problem(400, 'worker_id in request body must match X-Worker-Id header');
    switch (kind) {
      case 'workers':
        if (id === 'register') this.workers.set(worker, fields['capabilities'] as readonly Fields[]);
        else if (!this.workers.has(id)) throw new Problem(404, `Worker ${id} not found`);
        return { body: { worker_id: worker, status: 'ok' } };
      case 'jobs':
        return id === '' ? { body: this.#list(query) } : { body: viewOf(this.#jobRoute(method, this.#job(id), action, worker, fields)) };
      case 'artifacts':
        return this.#artifactRoute(method, id, action, rest.join('/'), query, fields, isJson ? null : raw);
      default:
        throw new Problem(404, `no route ${line}`);
    }
  }

  #list(query: URLSearchParams): Fields {
    const all = [...this.jobs.values()].filter(
      (job) =>
        job.status === (query.get('status') ?? 'PENDING') &&
        [null, job.processor].includes(query.get('processor')) &&
        [null, job.profile].includes(query.get('profile')),
    );
    return { ...pageOf(all.map(viewOf), query) };
  }

  #job(id: string): ServerJob {
    const job = this.jobs.get(id);
    if (job === undefined) throw new Problem(uuid.test(id) ? 404 : 400, `Job ${id} not found`);
    return job;
  }

  #jobRoute(method: string, job: ServerJob, action: string, worker: string, fields: Fields): ServerJob {
    if (method === 'GET') return job;
    if (action === 'claim') {
      if (job.status !== 'PENDING') throw new Problem(409, `Job ${job.id} is not in PENDING status (current: ${job.status})`);
      const capability = this.workers.get(worker)?.find(({ processor, profile }) => processor === job.processor && profile === job.profile);
      if (capability === undefined)
        throw new Problem(
          409,
          `Worker ${worker} does not have a registered capability for processor=${job.processor} profile=${job.profile}`,
        );
      const busy = [...this.jobs.values()].filter(
        ({ worker_id: of, profile, processor, status }) =>
          of === worker && profile === job.profile && processor === job.processor && edges[status]?.length !== 0,
      );
      if (busy.length >= Number(capability['max_concurrent_jobs']))
        throw new Problem(409, `Worker ${worker} has reached its max_concurrent_jobs limit`);
      job.worker_id = worker;
      this.#step(job, 'CLAIMED', null);
      return job;
    }
    const status = String(fields['status']);
    if (edges[status] === undefined || (action === 'complete' && edges[status].length > 0)) throw new Problem(400, `status ${status}`);
    const progress = fields['progress'];
    if (progress !== undefined && !(typeof progress === 'number' && progress >= 0 && progress <= 1))
      throw new Problem(400, 'progress must be between 0.0 and 1.0');
    if (String(fields['phase'] ?? '').length > 100 || String(fields['message'] ?? '').length > 500)
      throw new Problem(400, 'phase or message is too long');
    if (job.worker_id !== worker || (status !== job.status && edges[job.status]?.includes(status) !== true))
      throw new Problem(409, `Cannot transition job ${job.id} from ${job.status} to ${status}`);
    if (status === job.status && edges[status].length === 0) return job;
    for (const key of ['slurm_job_id', 'output_artifact_id', 'log_artifact_id', 'phase', 'message', 'progress'] as const)
      if (fields[key] !== undefined) Object.assign(job, { [key]: fields[key] });
    this.#step(job, status, typeof fields['detail'] === 'string' ? fields['detail'] : null);
    return job;
  }

  #step(job: ServerJob, to: string, detail: string | null): void {
    job.transitions.push({ from: job.status, to, detail });
    job.status = to;
  }

  #artifactRoute(
    method: string,
    id: string,
    action: string,
    path: string,
    query: URLSearchParams,
    fields: Fields,
    bytes: Buffer | null,
  ): { readonly status?: number; readonly body?: unknown; readonly bytes?: Buffer } {
    if (method === 'POST' && id === '') {
      const residence = String(fields['residence'] ?? 'managed');
      const artifact: ServerArtifact = {
        id: randomUUID(),
        name: String(fields['name']),
        type: String(fields['type']),
        residence,
        contentUrl: (fields['content_url'] as string | undefined) ?? null,
        metadata: fields['metadata'] as Fields,
        status: residence === 'managed' ? 'CREATED' : 'REGISTERED',
        files: new Map(),
      };
      this.artifacts.set(artifact.id, artifact);
      return { status: 201, body: { id: artifact.id, status: artifact.status } };
    }
    const artifact = this.artifacts.get(id);
    if (artifact === undefined) throw new Problem(404, `Artifact ${id} not found`);
    const file = artifact.files.get(path);
    if (method === 'PUT') {
      if (artifact.status === 'COMMITTED') throw new Problem(409, `Artifact ${id} is committed`);
      artifact.files.set(
        path,
        bytes === null
          ? { sha256: String(fields['sha256']), sizeBytes: Number(fields['size_bytes']), bytes: null }
          : { sha256: hashOf(bytes), sizeBytes: bytes.length, bytes },
      );
      if (artifact.residence === 'managed') artifact.status = 'UPLOADING';
      return { status: 201, body: { path } };
    }
    if (action === 'commit') {
      const sizeBytes = [...artifact.files.values()].reduce((sum, each) => sum + each.sizeBytes, 0);
      if (fields['sha256'] !== treeHash(artifact) || fields['size_bytes'] !== sizeBytes) throw new Problem(409, 'Hash Mismatch');
      artifact.status = 'COMMITTED';
    }
    if (action === 'files' && path === '') {
      return {
        body: pageOf(
          [...artifact.files]
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, { sha256, sizeBytes }]) => ({ path: name, sha256, size_bytes: sizeBytes })),
          query,
        ),
      };
    }
    if (action === 'files') {
      if (file?.bytes === undefined || file.bytes === null) throw new Problem(404, `File ${path} not found in artifact ${id}`);
      return { bytes: file.bytes };
    }
    return {
      body: {
        id,
        name: artifact.name,
        type: artifact.type,
        residence: artifact.residence,
        status: artifact.status,
        content_url: artifact.contentUrl,
      },
    };
  }
}

function pageOf(items: readonly object[], query: URLSearchParams): Fields {
  const [limit, offset] = [Math.min(longestPage, Number(query.get('limit') ?? 100)), Number(query.get('offset') ?? 0)];
  const page = items.slice(offset, offset + limit);
  return { items: page, count: page.length, total_count: items.length, limit, offset };
}

function viewOf({ transitions: _, ...job }: ServerJob): object {
  return job;
}

/** One file: its hash. Several: the hash over `path:hash` of each, by path. */
export function treeHash({ files }: ServerArtifact): string {
  const all = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  return all.length === 1 ? (all[0]?.[1].sha256 ?? '') : hashOf(all.map(([path, { sha256 }]) => `${path}:${sha256}`).join(''));
}

export function hashOf(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
