import type { Problem } from './api-types.ts';

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

/** What an operation takes, whichever it is. */
export interface RequestInput {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, QueryValue>> | undefined;
  readonly body?: unknown;
}

type QueryValue = string | number | boolean | readonly string[] | undefined;

/** Sends one request and answers what came when it is a yes. Throws ApiError when it is a no. */
export async function sendRequest(
  transport: Transport,
  token: string,
  { method, path }: { readonly method: string; readonly path: string },
  input: RequestInput,
  accept: string,
): Promise<ApiAnswer> {
  const body = input.body === undefined ? null : JSON.stringify(input.body);
  const answer = await transport({
    method,
    path: fillPath(path, input.path ?? {}) + queryText(input.query ?? {}),
    headers: { authorization: `Bearer ${token}`, accept, ...(body === null ? {} : { 'content-type': 'application/json' }) },
    body,
  });
  if (answer.status < 300) return answer;
  throw refusal(answer.status, new TextDecoder().decode(await collect(answer.body)));
}

/** The rest of a path, `{*}`, keeps its slashes. */
function fillPath(path: string, values: Readonly<Record<string, string>>): string {
  return path.replace(/\{(\w+|\*)\}/g, (_all, name: string) => {
    const value = encodeURIComponent(values[name] ?? '');
    return name === '*' ? value.replaceAll('%2F', '/') : value;
  });
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
    if (problem.code !== undefined)
      return new ApiError(status, problem.code, problem.detail ?? problem.title ?? text, problem.hint ?? null);
  } catch {
    // Not ours: a proxy between us and the server answers in its own words.
  }
  return new ApiError(
    status,
    'JQ_NO_SERVER',
    `The answer has status ${status} and is not one of JuQueue.`,
    'Another program may listen at this address.',
  );
}

export async function collect(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
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
