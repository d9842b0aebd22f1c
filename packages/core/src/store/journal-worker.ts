import { mkdirSync } from 'node:fs';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { JournalNotice, JournalOpening, JournalReply, JournalRequest, JournalWorkerData, PieceToAppend } from './journal-protocol.ts';
import type { ReadableSegment } from './journal-worker-read.ts';
import type { StateFile } from './journal-worker-state.ts';
import type { JournalChain } from './journal-worker-chain.ts';
import { assert, assertNever } from '../model/assert.ts';
import { segmentHeaderLength } from './journal-format.ts';
import { readChain } from './journal-worker-chain.ts';
import { readPieces } from './journal-worker-read.ts';
import { readState } from './journal-worker-state.ts';
import { setAsideDamage } from './journal-worker-repair.ts';
import { SegmentWriter } from './journal-worker-writer.ts';

/**
 * The journal's own thread, the only one that touches its files. Appends that wait are written together with one sync;
 * while the disk refuses they stay, in order, and are tried again.
 */
class JournalWorker {
  readonly #data: JournalWorkerData;
  readonly #post: (reply: JournalReply) => void;
  readonly #generation: number;
  #state: StateFile | null;
  #earlierState: StateFile | null = null;
  #earlier: readonly ReadableSegment[];
  readonly #writer: SegmentWriter;
  #own: ReadableSegment[] = [];
  readonly #waiting: PieceToAppend[] = [];
  #eventBytes = 0;
  #retry: NodeJS.Timeout | null = null;
  #retryMs = shortestRetryMs;

  constructor(data: JournalWorkerData, chain: Extract<JournalChain, { kind: 'chain' }>, post: (reply: JournalReply) => void) {
    this.#data = data;
    this.#post = post;
    this.#earlier = chain.segments.map(({ name, header, start, end, lastSeq }) => ({
      name,
      start,
      end,
      lastSeq,
      schemaVersion: header.schemaVersion,
    }));
    const last = chain.segments.at(-1);
    const { directory, schemaVersion, segmentBytes } = data;
    this.#generation = chain.highestGeneration + 1;
    this.#state = chain.state;
    this.#writer = new SegmentWriter(
      { directory, schemaVersion, segmentBytes, generation: this.#generation },
      last === undefined ? (chain.state?.place ?? null) : { segment: last.name, length: last.end, lastSeq: last.lastSeq },
    );
  }

  take(request: JournalRequest): void {
    switch (request.kind) {
      case 'append':
        this.#waiting.push(...request.pieces);
        return;
      case 'read':
        return this.#read(request);
      case 'read-state':
        return this.#readState(request);
      case 'extent':
        this.#post({
          kind: 'extent',
          id: request.id,
          extent: {
            generation: this.#generation,
            state: this.#state,
            earlierState: this.#earlierState,
            segments: [...this.#earlier, ...this.#own],
          },
        });
        return;
      case 'state-saved':
        [this.#state, this.#earlierState] = [request.state, this.#state];
        return;
      case 'removed':
        this.#earlier = this.#earlier.filter(({ name }) => !request.names.includes(name));
        this.#own = this.#own.filter(({ name }) => !request.names.includes(name));
        return;
      case 'close':
        return this.#close();
      default:
        return assertNever(request);
    }
  }

  /** Writes every complete batch that waits, as one group. */
  flush(): void {
    if (this.#retry !== null) return;
    const complete = this.#waiting.findLastIndex((piece) => piece.isLast) + 1;
    if (complete > 0) this.#write(this.#waiting.slice(0, complete));
  }

  #write(group: readonly PieceToAppend[]): boolean {
    const last = group.at(-1);
    assert(last !== undefined, 'a group holds something');
    try {
      this.#writer.write(group);
    } catch (error) {
      this.#post({
        kind: 'trouble',
        sentence: `The journal in ${this.#data.directory} cannot be written: ${messageOf(error)}. Nothing new is accepted until it can.`,
      });
      this.#retry = setTimeout(() => {
        this.#retry = null;
        this.flush();
      }, this.#retryMs);
      this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs);
      return false;
    }
    this.#waiting.splice(0, group.length);
    this.#noteOwnSegment(last.lastSeq);
    if (this.#retryMs !== shortestRetryMs) this.#post({ kind: 'trouble', sentence: null });
    this.#retryMs = shortestRetryMs;
    this.#eventBytes += group.reduce((sum, { text }) => sum + text.length, 0);
    this.#post({ kind: 'durable', lastSeq: last.lastSeq, eventBytes: this.#eventBytes });
    return true;
  }

  #noteOwnSegment(lastSeq: number): void {
    const { place } = this.#writer;
    assert(place !== null, 'what was written stands in a segment');
    if (this.#own.at(-1)?.name === place.segment) this.#own.pop();
    this.#own.push({
      name: place.segment,
      start: segmentHeaderLength,
      end: place.length,
      lastSeq,
      schemaVersion: this.#data.schemaVersion,
    });
  }

  #read(request: Extract<JournalRequest, { kind: 'read' }>): void {
    const { id } = request;
    try {
      const result = readPieces(this.#data.directory, [...this.#earlier, ...this.#own], request.fromSeq, request.place);
      if (result.kind === 'pieces') this.#post({ kind: 'pieces', id, pieces: result.pieces, next: result.next });
      else
        this.#post({
          kind: 'unreadable',
          id,
          isDamaged: true,
          message: `The journal is damaged in ${result.place.segment} at byte ${result.place.offset}.`,
        });
    } catch (error) {
      this.#post({
        kind: 'unreadable',
        id,
        isDamaged: false,
        message: `The journal in ${this.#data.directory} cannot be read: ${messageOf(error)}.`,
      });
    }
  }

  #readState({ id, name, offset }: Extract<JournalRequest, { kind: 'read-state' }>): void {
    try {
      this.#post({ kind: 'state', id, ...readState(this.#data.directory, name, offset) });
    } catch (error) {
      this.#post({
        kind: 'unreadable',
        id,
        isDamaged: true,
        message: `The saved state of the journal in ${this.#data.directory} cannot be read: ${messageOf(error)}.`,
      });
    }
  }

  /** A last try at what waits; what cannot be written now was never acknowledged. */
  #close(): void {
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
    this.flush();
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#writer.close();
    this.#post({ kind: 'closed' });
    parentPort?.close();
  }
}

/** A full disk may get room at any time; asking more often than this would load a sick one. */
const shortestRetryMs = 100;
const longestRetryMs = 5_000;

function open(data: JournalWorkerData, post: (reply: JournalReply) => void): { opening: JournalOpening; worker: JournalWorker | null } {
  try {
    mkdirSync(data.directory, { recursive: true, mode: 0o700 });
    const notices: JournalNotice[] = [];
    let chain = readChain(data.directory, data.schemaVersion);
    if (chain.kind === 'chain' && chain.damage !== null && data.repair) {
      const { damage } = chain;
      notices.push({ kind: 'repaired', damage, setAside: setAsideDamage(data.directory, chain.segments, damage) });
      chain = readChain(data.directory, data.schemaVersion);
    }
    if (chain.kind === 'newer') return { opening: chain, worker: null };
    if (chain.damage !== null) return { opening: { kind: 'damaged', damage: chain.damage }, worker: null };
    const last = chain.segments.at(-1);
    if (last !== undefined && chain.tornBytes > 0)
      notices.push({ kind: 'torn-tail', segment: last.name, bytes: chain.tornBytes, lastSeq: last.lastSeq });
    const { state } = chain;
    if (chain.damagedStates.length > 0) notices.push({ kind: 'states-passed-over', states: chain.damagedStates });
    const opening: JournalOpening = {
      kind: 'open',
      lastSeq: last?.lastSeq ?? state?.place.lastSeq ?? 0,
      notices,
      state: state === null ? null : { name: state.name, seq: state.place.lastSeq, length: state.length },
      eventBytes: chain.segments.reduce((sum, { start, end }) => sum + end - start, 0),
    };
    return { opening, worker: new JournalWorker(data, chain, post) };
  } catch (error) {
    return { opening: { kind: 'unusable', message: messageOf(error) }, worker: null };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const port = parentPort;
assert(port !== null, 'this file is started as a worker');
const { opening, worker } = open(workerData as JournalWorkerData, (reply) => port.postMessage(reply));
port.postMessage(opening);
if (worker === null) port.close();
else {
  port.on('message', (request: JournalRequest) => {
    worker.take(request);
    for (let more = receiveMessageOnPort(port); more !== undefined; more = receiveMessageOnPort(port))
      worker.take(more.message as JournalRequest);
    worker.flush();
  });
}
