import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Agent, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { getCACertificates } from 'node:tls';
import { signedHeaders } from '../access/signature.ts';
import { emx2Headers } from './emx2-headers.ts';
import { HubRefusal, HubUnreachable } from './hub-port.ts';

const { Agent: HttpAgent, request: httpRequest } = process.getBuiltinModule('node:http');

/** How an agent reaches its hub. */
export interface HubAccess {
  readonly url: string;
  readonly agent: string;
  readonly secret: string;
  readonly caFile: string | null;
  /** Null: what HTTPS_PROXY, HTTP_PROXY and NO_PROXY of `env` say. */
  readonly proxy: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How requests are signed, and what refusals look like. */
  readonly protocol?: 'hub' | 'emx2' | undefined;
}

/** A body that is read while it is sent. */
export interface StreamedBody {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly read: (offset: number, sizeBytes: number) => Promise<Uint8Array>;
}

export interface HubRequest {
  readonly method: string;
  /** Below the hub's address, with the query. */
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Uint8Array | StreamedBody;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface HubAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: IncomingMessage;
}

/** A request that nobody answers for so long is made again. */
const defaultTimeoutMs = 60_000;
const largestProblemBytes = 64 * 1024;

/** Signed requests to one hub, outwards only: through a proxy by CONNECT where there is one, with the owner's certificates. */
export class HubRequests implements Disposable {
  readonly #access: HubAccess;
  readonly #base: URL;
  readonly #agent: Agent;
  readonly #now: () => number;

  private constructor(access: HubAccess, agent: Agent, now: () => number) {
    this.#access = access;
    this.#base = new URL(access.url);
    this.#agent = agent;
    this.#now = now;
  }

  static async open(access: HubAccess, now: () => number = Date.now): Promise<HubRequests> {
    const proxyEnv = access.proxy === null ? access.env : { HTTPS_PROXY: access.proxy, HTTP_PROXY: access.proxy };
    const common = { keepAlive: true, proxyEnv: { ...proxyEnv } };
    if (!access.url.startsWith('https:')) return new HubRequests(access, new HttpAgent(common), now);
    const ca = access.caFile === null ? [] : [await readFile(access.caFile, 'utf8')];
    return new HubRequests(access, new HttpsAgent({ ...common, ca: [...getCACertificates('default'), ...ca] }), now);
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  /** The answer of a 2xx. Rejects with HubRefusal for any other, with HubUnreachable when none comes. */
  async send({ method, path, headers = {}, body, timeoutMs = defaultTimeoutMs, signal }: HubRequest): Promise<HubAnswer> {
    const target = new URL(`${this.#base.pathname.replace(/\/$/, '')}${path}`, this.#base);
    const signed = this.#signed(method, `${target.pathname}${target.search}`, headers, body);
    const answer = await new Promise<HubAnswer>((resolve, reject) => {
      const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
      const request = send(
        target,
        {
          method,
          agent: this.#agent,
          headers: {
            ...headers,
            ...signed,
            ...(body === undefined ? {} : { 'content-length': body instanceof Uint8Array ? body.length : body.sizeBytes }),
          },
          ...(signal === undefined ? {} : { signal }),
        },
        (response) => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: response });
        },
      );
      request.setTimeout(timeoutMs, () => request.destroy(new Error(`no answer within ${timeoutMs / 1_000} s`)));
      request.on('error', (error) => reject(new HubUnreachable(`no answer from ${this.#access.url}: ${error.message}`, error)));
      if (body === undefined || body instanceof Uint8Array) request.end(body);
      else
        pipeline(Readable.from(partsOf(body)), request).catch((error: unknown) =>
          request.destroy(error instanceof Error ? error : new Error(String(error))),
        );
    });
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw await refusalOf(answer, this.#access.protocol);
  }

  async json<T>(method: string, path: string, body?: unknown, more: Pick<HubRequest, 'timeoutMs' | 'signal'> = {}): Promise<T> {
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    return this.#parsed<T>({
      method,
      path,
      ...(bytes === undefined ? {} : { body: bytes, headers: { 'content-type': 'application/json' } }),
      ...more,
    });
  }

  /** Sends bytes; answers JSON. */
  async bytes<T>(method: string, path: string, body: Uint8Array, headers: OutgoingHttpHeaders = {}): Promise<T> {
    return this.#parsed<T>({ method, path, body, headers: { 'content-type': 'application/octet-stream', ...headers } });
  }

  /** Sends a file of any size as it is read; answers JSON. */
  async stream<T>(method: string, path: string, body: StreamedBody): Promise<T> {
    return this.#parsed<T>({ method, path, body, headers: { 'content-type': 'application/octet-stream' } });
  }

  #signed(method: string, path: string, headers: OutgoingHttpHeaders, body: HubRequest['body']): Readonly<Record<string, string>> {
    const { agent, secret, protocol } = this.#access;
    const bodySha256 =
      body === undefined || body instanceof Uint8Array
        ? createHash('sha256')
            .update(body ?? '')
            .digest('hex')
        : body.sha256;
    if (protocol !== 'emx2') return signedHeaders(agent, secret, { method, path, bodySha256 }, this.#now());
    return emx2Headers(
      agent,
      secret,
      { method, path, bodySha256, isBinary: headers['content-type'] === 'application/octet-stream' },
      this.#now(),
    );
  }

  async #parsed<T>(request: HubRequest): Promise<T> {
    const text = await textOf((await this.send(request)).body);
    return (text === '' ? null : JSON.parse(text)) as T;
  }
}

const partBytes = 1024 * 1024;

async function* partsOf({ sizeBytes, read }: StreamedBody): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < sizeBytes; offset += partBytes) yield await read(offset, Math.min(partBytes, sizeBytes - offset));
}

/** 5xx, 408 and 429 are the hub's present state and no answer to the question. */
async function refusalOf({ status, body }: HubAnswer, protocol: HubAccess['protocol']): Promise<Error> {
  const text = (await textOf(body)).slice(0, largestProblemBytes);
  let problem: { readonly code?: string; readonly detail?: string; readonly title?: string } = {};
  try {
    problem = JSON.parse(text) as typeof problem;
  } catch {
    // Not the hub's words: a proxy on the way answers in its own.
  }
  const message = problem.detail ?? problem.title ?? `status ${status}`;
  if (protocol === 'emx2' && problem.detail !== undefined && status < 500 && status !== 408 && status !== 429)
    return new HubRefusal(status, emx2Codes[status] ?? 'JQ_BAD_REQUEST', message);
  if (status >= 500 || status === 408 || status === 429 || (problem.code === undefined && status !== 404))
    return new HubUnreachable(`the hub answers ${status}: ${message}`);
  return new HubRefusal(status, problem.code ?? 'JQ_NOT_FOUND', message);
}

/** What an EMX2 server says by its status alone. */
const emx2Codes: Readonly<Record<number, string>> = {
  401: 'JQ_UNAUTHORIZED',
  403: 'JQ_FORBIDDEN',
  404: 'JQ_NOT_FOUND',
  409: 'JQ_JOB_STATE',
  413: 'JQ_TOO_LARGE',
};

async function textOf(body: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  try {
    for await (const part of body) parts.push(part as Buffer);
  } catch (error) {
    throw new HubUnreachable(`the answer broke off: ${error instanceof Error ? error.message : String(error)}`, error);
  }
  return Buffer.concat(parts).toString();
}
