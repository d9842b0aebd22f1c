import { routes } from './hub-types.ts';
import type { OperationId, Operations } from './hub-types.ts';
import { collect, sendRequest } from './send-request.ts';
import type { Transport } from './send-request.ts';
import type { LogWindow } from './api-client.ts';

/** Speaks the interface of a hub in its own words: one method for all operations, typed by the committed description. */
export class HubApi {
  readonly #transport: Transport;
  readonly #key: string;

  constructor(transport: Transport, key: string) {
    this.#transport = transport;
    this.#key = key;
  }

  /** Asks and answers the JSON; null where the answer has none. Throws ApiError when the hub says no, NoAnswer when there is none. */
  async call<Id extends OperationId>(id: Id, input: Operations[Id]['input']): Promise<Operations[Id]['output']> {
    const { body } = await sendRequest(this.#transport, this.#key, routes[id], input, 'application/json');
    const text = new TextDecoder().decode(await collect(body));
    return (text === '' ? null : JSON.parse(text)) as Operations[Id]['output'];
  }

  /** A part of a job's log, from `offset` on. */
  async readLog(input: Operations['readJobLog']['input']): Promise<LogWindow> {
    const { headers, body } = await sendRequest(this.#transport, this.#key, routes.readJobLog, input, 'application/octet-stream');
    const next = Number(headers['next-offset']);
    const bytes = await collect(body);
    return { bytes, from: next - bytes.length, next, size: Number(headers['log-size']) };
  }
}
