import { createHash, randomBytes, randomUUIDv7 } from 'node:crypto';
import { Readable } from 'node:stream';
import { JuqueueError } from '@juqueue/core';
import type { Reach } from '../../artifacts/model.ts';
import type { AdapterContext } from '../adapter.ts';
import type { Place } from './folders.ts';

const adapterName = 'firecrest';
/** What has not come after this long is given up, as uploads of the hub are. */
const keptMs = 7 * 86_400_000;
/** The largest part: a client sends one in one request. */
export const partBytes = 33_554_432;

/** What clients follow as the job of a transfer. The hub does at once what there is a job of the scheduler. */
export interface Transfer {
  readonly id: string;
  readonly owner: string;
  readonly system: string;
  readonly state: 'RUNNING' | 'COMPLETED';
  readonly startedAtMs: number;
}

/** A file on its way, by the secret in the addresses that were handed out for it. */
export interface Ticket {
  readonly kind: 'upload' | 'download';
  readonly reach: Reach;
  readonly place: Place;
  readonly upload: string | null;
  readonly sizeBytes: number;
  readonly transfer: string;
  readonly untilMs: number;
}

/** The words by which clients know from its log that a transfer went well. */
export const transferLog = 'Files were successfully transferred.\n';

export class Transfers {
  readonly #context: AdapterContext;

  constructor(context: AdapterContext) {
    this.#context = context;
  }

  async begin(owner: string, system: string, state: Transfer['state']): Promise<Transfer> {
    const transfer: Transfer = { id: randomUUIDv7(), owner, system, state, startedAtMs: this.#context.hub.clock.nowMs() };
    await this.#context.notes.put(adapterName, `transfer ${transfer.id}`, transfer);
    return transfer;
  }

  /** Null without one of this owner. */
  async find(id: string, owner: string): Promise<Transfer | null> {
    const transfer = await this.#context.notes.get<Transfer>(adapterName, `transfer ${id}`);
    return transfer?.owner === owner ? transfer : null;
  }

  /** A ticket; answers the secret, of which only the hash is kept. */
  async issue(ticket: Omit<Ticket, 'untilMs'>): Promise<string> {
    const secret = randomBytes(32).toString('hex');
    await this.#context.notes.put(adapterName, keyOf(secret), { ...ticket, untilMs: this.#context.hub.clock.nowMs() + keptMs });
    return secret;
  }

  /** Null when there is none, or it has expired. */
  async ticket(secret: string, kind: Ticket['kind']): Promise<Ticket | null> {
    const ticket = await this.#context.notes.get<Ticket>(adapterName, keyOf(secret));
    return ticket?.kind === kind && ticket.untilMs > this.#context.hub.clock.nowMs() ? ticket : null;
  }

  /** Takes a part, in the order of their numbers from 1 on. What has come already is not taken twice. */
  async receive({ upload, reach, sizeBytes }: Ticket, part: number, bytes: Readable): Promise<void> {
    const { artifacts } = this.#context;
    const begin = (part - 1) * partBytes;
    const end = Math.min(sizeBytes, begin + partBytes);
    if (upload === null || begin >= sizeBytes) throw new JuqueueError('JQ_BAD_REQUEST', `There is no part ${part} of this file.`);
    const { offsetBytes } = await artifacts.upload(upload, reach);
    if (offsetBytes < begin)
      throw new JuqueueError(
        'JQ_UPLOAD_OFFSET',
        `The upload stands at ${offsetBytes} bytes, and part ${part} begins at ${begin}: parts are sent in their order.`,
      );
    const atBytes = await artifacts.append(upload, offsetBytes, Readable.from(between(bytes, offsetBytes - begin, end - begin)), reach);
    if (atBytes < end)
      throw new JuqueueError('JQ_BAD_REQUEST', `Only ${atBytes - begin} of ${end - begin} bytes of part ${part} came.`, 'Send it again.');
  }

  /** The file is whole: it takes its place, and its transfer has ended. */
  async finish(secret: string, { upload, reach, transfer }: Ticket, put: (upload: string) => Promise<unknown>): Promise<void> {
    const { notes } = this.#context;
    if (upload === null) return;
    await put(upload);
    const present = await this.find(transfer, reach.owner);
    if (present !== null) await notes.put(adapterName, `transfer ${transfer}`, { ...present, state: 'COMPLETED' });
    await notes.remove(adapterName, keyOf(secret));
  }
}

function keyOf(secret: string): string {
  return `ticket ${createHash('sha256').update(secret).digest('hex')}`;
}

/** Bytes `from` to `to` of a stream, which is read to its end. */
async function* between(bytes: AsyncIterable<Buffer>, from: number, to: number): AsyncGenerator<Buffer> {
  let at = 0;
  for await (const part of bytes) {
    const piece = part.subarray(Math.max(0, from - at), Math.max(0, to - at));
    at += part.length;
    if (piece.length > 0) yield piece;
  }
}
