import { routes } from './api-types.ts';
import type { OperationId, Operations, Problem } from './api-types.ts';

/** One request as a transport sends it. `path` holds the query. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** Names of headers are in lower case. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** How requests travel: over TCP or a unix socket, in Node or a browser. Rejects with NoAnswer when nobody is there. */
export type Transport = (request: ApiRequest) => Promise<ApiAnswer>;

/** Nothing answers at the place where the server should be. */
export class NoAnswer extends Error {
  constructor(place: string, cause: unknown) {
    super(`no answer from ${place}`, { cause });
    this.name = 'NoAnswer';
  }
}

/** The server said no. `code` is stable; `hint` says what to do. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string | null;

  constructor(status: number, code: string, message: string, hint: string | null) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

/** A part of a log: what bytes `from` to `next` show, of `size` there were at that moment. */
export interface LogWindow {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly next: number;
  readonly size: number;
}

interface Input {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, QueryValue>> | undefined;
  readonly body?: unknown;
}

/** Operations whose answer is a file and not JSON. */
export type FileOperation = 'exportRuns' | 'downloadScript';

type QueryValue = string | number | boolean | readonly string[] | undefined;

/** Speaks /api/v1 in its own words: one method for all operations, typed by the committed description. */
export class ApiClient {
  readonly #transport: Transport;
  readonly #token: string;

  constructor(transport: Transport, token: string) {
    this.#transport = transport;
    this.#token = token;
  }

  /** Asks and answers the JSON. Throws ApiError when the server says no, NoAnswer when there is none. */
  async call<Id extends OperationId>(id: Id, input: Operations[Id]['input']): Promise<Operations[Id]['output']> {
    const answer = await this.#send(id, input, 'application/json');
    return JSON.parse(new TextDecoder().decode(await collect(answer.body))) as Operations[Id]['output'];
  }

  /** The answer of an operation that answers a file. */
  async download<Id extends FileOperation>(id: Id, input: Operations[Id]['input']): Promise<Uint8Array> {
    return collect((await this.#send(id, input, '*/*')).body);
  }

  async readLog(input: Operations['readLog']['input']): Promise<LogWindow> {
    const { headers, body } = await this.#send('readLog', input, 'text/plain');
    return { bytes: await collect(body), from: Number(headers['juqueue-log-from']), next: Number(headers['juqueue-log-next']), size: Number(headers['juqueue-log-size']) };
  }

  /** Events as they are answered, one by one; with `follow` for as long as the server lives. */
  async *events(query: NonNullable<Operations['listEvents']['input']['query']>): AsyncGenerator<Operations['listEvents']['output']['events'][number]> {
    const { body } = await this.#send('listEvents', { query }, 'application/x-ndjson');
    const decoder = new TextDecoder();
    let rest = '';
    for await (const bytes of body) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line) as Operations['listEvents']['output']['events'][number];
    }
  }

  async #send(id: OperationId, input: Input, accept: string): Promise<ApiAnswer> {
    const { method, path } = routes[id];
    const body = input.body === undefined ? null : JSON.stringify(input.body);
    const answer = await this.#transport({
      method,
      path: fillPath(path, input.path ?? {}) + queryText(input.query ?? {}),
      headers: { authorization: `Bearer ${this.#token}`, accept, ...(body === null ? {} : { 'content-type': 'application/json' }) },
      body,
    });
    if (answer.status < 300) return answer;
    throw refusal(answer.status, new TextDecoder().decode(await collect(answer.body)));
  }
}

function fillPath(path: string, values: Readonly<Record<string, string>>): string {
  return path.replace(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(values[name] ?? ''));
}

function queryText(query: Readonly<Record<string, QueryValue>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const each of Array.isArray(value) ? value : [value]) parameters.append(name, String(each));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

function refusal(status: number, text: string): ApiError {
  try {
    const problem = JSON.parse(text) as Partial<Problem>;
    if (problem.code !== undefined) return new ApiError(status, problem.code, problem.detail ?? problem.title ?? text, problem.hint ?? null);
  } catch {
    // Not ours: a proxy between us and the server answers in its own words.
  }
  return new ApiError(status, 'JQ_NO_SERVER', `The answer has status ${status} and is not one of JuQueue.`, 'Another program may listen at this address.');
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body) {
    parts.push(part);
    size += part.length;
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
