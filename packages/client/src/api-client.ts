import { routes } from './api-types.ts';
import type { OperationId, Operations } from './api-types.ts';
import { collect, sendRequest } from './send-request.ts';
import type { ApiAnswer, RequestInput, Transport } from './send-request.ts';

/** A part of a log: what bytes `from` to `next` show, of `size` there were at that moment. */
export interface LogWindow {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly next: number;
  readonly size: number;
}

/** Operations whose answer is a file and not JSON. */
export type FileOperation = 'exportRuns' | 'downloadScript';

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
    return {
      bytes: await collect(body),
      from: Number(headers['juqueue-log-from']),
      next: Number(headers['juqueue-log-next']),
      size: Number(headers['juqueue-log-size']),
    };
  }

  /** Events as they are answered, one by one; with `follow` for as long as the server lives. */
  async *events(
    query: NonNullable<Operations['listEvents']['input']['query']>,
  ): AsyncGenerator<Operations['listEvents']['output']['events'][number]> {
    const { body } = await this.#send('listEvents', { query }, 'application/x-ndjson');
    const decoder = new TextDecoder();
    let rest = '';
    for await (const bytes of body) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line) as Operations['listEvents']['output']['events'][number];
    }
  }

  #send(id: OperationId, input: RequestInput, accept: string): Promise<ApiAnswer> {
    return sendRequest(this.#transport, this.#token, routes[id], input, accept);
  }
}
