import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { StoredEvent } from '../model/events.ts';
import type { Store } from '../ports/store.ts';
import type { SavedState, StateRecord } from '../ports/saved-state.ts';
import type {
  JournalDamage,
  JournalNotice,
  JournalOpening,
  JournalReply,
  JournalRequest,
  JournalWorkerData,
  OpenedState,
  PieceToAppend,
} from './journal-protocol.ts';
import type { JournalSchema } from './journal-schema.ts';
import type { BatchPiece } from './journal-text.ts';
import { assert, assertNever } from '../model/assert.ts';
import { JuqueueError } from '../model/errors.ts';
import { JournalCompaction } from './journal-compaction.ts';
import { segmentHeaderLength } from './journal-format.ts';
import { stateRecords } from './journal-state-text.ts';
import { journalSchema, migrateEvent } from './journal-schema.ts';
import { BatchReader, writeBatch } from './journal-text.ts';
import { workerUrl } from './worker-url.ts';

export interface JournalOptions {
  readonly directory: string;
  /** Sets a damaged remainder aside and goes on without it, instead of answering `damaged`. */
  readonly repair?: boolean;
  /** A new segment begins when one has reached this length. */
  readonly segmentBytes?: number;
  readonly schema?: JournalSchema;
  /** A compaction pays when at least this much was appended since the last one. */
  readonly compactionBytes?: number;
}

export type OpenedJournal =
  | { readonly kind: 'open'; readonly store: JournalStore; readonly lastSeq: number; readonly notices: readonly JournalNotice[] }
  | { readonly kind: 'damaged'; readonly damage: JournalDamage };

/** Segments are read whole when a journal is opened and one at a time when it is repaired or copied. */
const defaultSegmentBytes = 16 << 20;
/** About 100 000 events, which a start replays within a second. */
const defaultCompactionBytes = 32 << 20;

/**
 * Opens the journal in this folder, which is created if need be, and checks all of it. Damage is an answer; a folder that
 * cannot be used and a journal of a newer version throw JQ_WORK_DIR_NOT_WRITABLE and JQ_WORK_DIR_NEWER.
 */
export async function openJournalStore(options: JournalOptions): Promise<OpenedJournal> {
  const {
    directory,
    repair = false,
    segmentBytes = defaultSegmentBytes,
    schema = journalSchema,
    compactionBytes = defaultCompactionBytes,
  } = options;
  const data: JournalWorkerData = { directory, repair, segmentBytes, schemaVersion: schema.version };
  const worker = new Worker(workerUrl('journal-worker', import.meta.url), { workerData: data });
  const opening = (await once(worker, 'message'))[0] as JournalOpening;
  switch (opening.kind) {
    case 'open':
      return {
        kind: 'open',
        store: new JournalStore(worker, schema, { directory, compactionBytes, state: opening.state, eventBytes: opening.eventBytes }),
        lastSeq: opening.lastSeq,
        notices: opening.notices,
      };
    case 'damaged':
      return opening;
    case 'newer':
      throw new JuqueueError(
        'JQ_WORK_DIR_NEWER',
        `The journal ${directory} was written by a newer version: ${opening.segment} has schema ${opening.schemaVersion}, this program knows up to ${opening.knownVersion}.`,
        'Start the version that wrote it, or a newer one.',
      );
    case 'unusable':
      throw new JuqueueError(
        'JQ_WORK_DIR_NOT_WRITABLE',
        `The journal ${directory} cannot be opened: ${opening.message}.`,
        'The folder must be ours, readable and writable.',
      );
    default:
      return assertNever(opening);
  }
}

interface WaitingAppend {
  readonly lastSeq: number;
  readonly sinceMs: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

interface WaitingRead {
  readonly resolve: (reply: ReadReply) => void;
  readonly reject: (error: Error) => void;
}

type ReadReply = Extract<JournalReply, { kind: 'pieces' | 'state' | 'extent' }>;
type ReadRequest = Extract<JournalRequest, { kind: 'read' | 'read-state' | 'extent' }>;

/** What the journal was opened with, as far as its compaction needs it. */
export interface JournalBegin {
  readonly directory: string;
  readonly compactionBytes: number;
  readonly state: OpenedState | null;
  /** In segments, behind the saved state. */
  readonly eventBytes: number;
}

/** How long one turn may encode before others get theirs. */
const encodeTurnMs = 5;
/** A healthy parallel file system syncs within a second; a hung one is to be told from it soon. */
const silenceMs = 5_000;

/**
 * The journal as the main thread sees it: encodes, posts, waits. Text is posted because it can be made piece by piece:
 * events of a run cost 1.0 µs each so, 0.7 µs as objects, but an experiment of 100 000 runs stops the thread for 650 ms
 * as one object and for at most 5 ms at a time as pieces.
 */
export class JournalStore implements Store {
  readonly savedState: SavedState | null;
  readonly compaction: JournalCompaction;
  readonly #worker: Worker;
  readonly #schema: JournalSchema;
  readonly #appends: WaitingAppend[] = [];
  readonly #reads = new Map<number, WaitingRead>();
  readonly #encodings: Generator<PieceToAppend, void, undefined>[] = [];
  #isPumping = false;
  #nextReadId = 1;
  #trouble: string | null = null;
  #failure: Error | null = null;
  #closed: PromiseWithResolvers<void> | null = null;

  constructor(worker: Worker, schema: JournalSchema, begin: JournalBegin) {
    this.#worker = worker;
    this.#schema = schema;
    const { state } = begin;
    this.savedState = state === null ? null : { seq: state.seq, records: () => this.#readState(state.name) };
    this.compaction = new JournalCompaction(begin, {
      extent: async () => (await this.#read('extent', { kind: 'extent' })).extent,
      post: (request) => this.#post(request),
    });
    worker.on('message', (reply: JournalReply) => this.#take(reply));
    worker.on('error', (error: Error) => this.#fail(error));
  }

  get trouble(): string | null {
    const oldest = this.#appends[0];
    if (this.#trouble !== null || oldest === undefined) return this.#trouble;
    const waitedMs = performance.now() - oldest.sinceMs;
    return waitedMs < silenceMs ? null : `The journal has not answered for ${Math.round(waitedMs / 1000)} s: its file system hangs.`;
  }

  append(events: readonly StoredEvent[]): Promise<void> {
    const first = events[0];
    const last = events.at(-1);
    assert(this.#closed === null, 'nothing is appended to a closed journal');
    if (first === undefined || last === undefined) return Promise.resolve();
    if (this.#failure !== null) return Promise.reject(this.#failure);
    this.#encodings.push(piecesToAppend(events, first.seq, last.seq, last.atMs));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#appends.push({ lastSeq: last.seq, sinceMs: performance.now(), resolve, reject });
    this.#pumpSoon();
    return promise;
  }

  async *replay(fromSeq: number): AsyncGenerator<readonly StoredEvent[], void, undefined> {
    let next = this.#read('pieces', { kind: 'read', fromSeq, place: null });
    let reader = new BatchReader();
    for (;;) {
      const answer = await next;
      const place = answer.next;
      if (place !== null) {
        next = this.#read('pieces', { kind: 'read', fromSeq, place });
        // The consumer may stop before it asks for this; its failure is told only to those who wait for it.
        next.catch(() => undefined);
      }
      for (const piece of answer.pieces) {
        reader.add(piece.text);
        if (!piece.isLast) continue;
        const events = reader.events().map((written) => migrateEvent(this.#schema, piece.schemaVersion, written));
        reader = new BatchReader();
        yield events[0] !== undefined && events[0].seq < fromSeq ? events.filter((stored) => stored.seq >= fromSeq) : events;
      }
      if (place === null) return;
    }
  }

  /** Resolves when what was appended is durable, or rejected its promise because it could not be written. */
  close(): Promise<void> {
    const isFirst = this.#closed === null;
    const closed = (this.#closed ??= Promise.withResolvers<void>());
    if (isFirst && this.#failure !== null) closed.resolve();
    else if (isFirst && !this.#isPumping) this.#post({ kind: 'close' });
    return this.compaction.close().then(() => closed.promise);
  }

  /** Appends of one turn are posted together. */
  #pumpSoon(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    queueMicrotask(() => this.#pump());
  }

  #pump(): void {
    const untilMs = performance.now() + encodeTurnMs;
    const pieces: PieceToAppend[] = [];
    for (let encoding = this.#encodings[0]; encoding !== undefined && performance.now() < untilMs; encoding = this.#encodings[0]) {
      const { value, done } = encoding.next();
      if (done === true) this.#encodings.shift();
      else pieces.push(value);
    }
    if (pieces.length > 0) this.#post({ kind: 'append', pieces });
    if (this.#encodings.length > 0) {
      setImmediate(() => this.#pump());
      return;
    }
    this.#isPumping = false;
    if (this.#closed !== null) this.#post({ kind: 'close' });
  }

  async *#readState(name: string): AsyncGenerator<StateRecord, void, undefined> {
    for (let offset: number | null = segmentHeaderLength; offset !== null;) {
      const piece: Extract<JournalReply, { kind: 'state' }> = await this.#read('state', { kind: 'read-state', name, offset });
      yield* stateRecords(piece.text);
      offset = piece.next;
    }
  }

  async #read<Kind extends ReadReply['kind']>(
    kind: Kind,
    request: DistributiveOmit<ReadRequest, 'id'>,
  ): Promise<Extract<JournalReply, { kind: Kind }>> {
    if (this.#failure !== null) throw this.#failure;
    const reply = await new Promise<ReadReply>((resolve, reject) => {
      const id = this.#nextReadId++;
      this.#reads.set(id, { resolve, reject });
      this.#post({ ...request, id });
    });
    assert(reply.kind === kind, `the journal answers with ${kind}, not ${reply.kind}`);
    return reply as Extract<JournalReply, { kind: Kind }>;
  }

  #take(reply: JournalReply): void {
    switch (reply.kind) {
      case 'durable': {
        this.compaction.noteWritten(reply.eventBytes);
        const count = this.#appends.findLastIndex((append) => append.lastSeq <= reply.lastSeq) + 1;
        for (const append of this.#appends.splice(0, count)) append.resolve();
        return;
      }
      case 'trouble':
        this.#trouble = reply.sentence;
        return;
      case 'pieces':
      case 'state':
      case 'extent':
        this.#settleRead(reply.id)?.resolve(reply);
        return;
      case 'unreadable': {
        const code = reply.isDamaged ? 'JQ_JOURNAL_DAMAGED' : 'JQ_STORE_UNAVAILABLE';
        this.#settleRead(reply.id)?.reject(
          new JuqueueError(code, reply.message, reply.isDamaged ? 'Restart to see what can be saved.' : null),
        );
        return;
      }
      case 'closed':
        this.#fail(
          new JuqueueError('JQ_STORE_UNAVAILABLE', `The journal was closed before this could be written. ${this.#trouble ?? ''}`.trimEnd()),
        );
        return;
      default:
        return assertNever(reply);
    }
  }

  #settleRead(id: number): WaitingRead | undefined {
    const waiting = this.#reads.get(id);
    this.#reads.delete(id);
    return waiting;
  }

  #fail(error: Error): void {
    this.#failure = error;
    for (const append of this.#appends.splice(0)) append.reject(error);
    for (const read of this.#reads.values()) read.reject(error);
    this.#reads.clear();
    this.#closed?.resolve();
  }

  #post(request: JournalRequest): void {
    this.#worker.postMessage(request);
  }
}

function* piecesToAppend(
  events: readonly StoredEvent[],
  firstSeq: number,
  lastSeq: number,
  atMs: number,
): Generator<PieceToAppend, void, undefined> {
  for (const piece of writeBatch(events) satisfies Iterable<BatchPiece>) yield { ...piece, firstSeq, lastSeq, atMs };
}
