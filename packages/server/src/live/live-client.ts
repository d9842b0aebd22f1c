import { assertNever, JuqueueError } from '@juqueue/core';
import type { AllocationId, Clock, JuqueueEvent, RunId, Selectable, Timer, Touched } from '@juqueue/core';
import { problemDocument } from '@juqueue/http';
import type { TimelessEvent } from './event-broadcast.ts';
import { summariseEvent } from './event-summary.ts';
import { parseLiveMessage } from './live-message.ts';
import type { LiveMessage } from './live-message.ts';
import { parseTopic } from './live-topic.ts';
import type { LiveTopic } from './live-topic.ts';

/** What frames are made of: the answers of the REST routes of the same names. */
export interface LiveViews {
  overview(): object;
  node(id: AllocationId): object | null;
  openNodes(): Iterable<AllocationId>;
  run(id: RunId): object | null;
  /** The row of lists. */
  row(id: RunId): (Selectable & object) | null;
  newestSeq(): number;
  /** Up to `limit` events after `seq`. */
  eventsAfter(seq: number, limit: number): Promise<readonly (TimelessEvent & { readonly seq: number })[]>;
}

export interface LiveSocket {
  readonly bufferedBytes: number;
  send(text: string): void;
  drop(): void;
}

/** Bounds of what one client gets; a frame is a message with news. */
export const liveLimits = {
  /** Four frames a second are as many as a person can use. */
  frameIntervalMs: 250,
  bytesPerSecond: 50_000,
  /** What a client has not taken; more, and it is dropped and has to come back. */
  maxBufferedBytes: 1_048_576,
  /** Of each list in a frame; the rest comes with the next one. */
  rowsPerFrame: 40,
  eventsPerFrame: 100,
  /** Of one `runs:` topic between two frames; more, and the client is told to ask for its page again. */
  mostChangedRuns: 500,
} as const;

/** The runs of a `runs:` topic that changed since the last frame; null: more than are told one by one. */
type ChangedRuns = Set<RunId> | null;

/**
 * One client of /api/v1/ws and what it has not been told yet. Only the newest state is ever sent, so that whatever happens
 * between two frames costs one frame, and a client that reads slowly misses pictures and no facts.
 */
export class LiveClient {
  readonly #clock: Clock;
  readonly #views: LiveViews;
  readonly #socket: LiveSocket;
  readonly #topics = new Map<string, LiveTopic>();
  readonly #runs = new Map<string, ChangedRuns>();
  readonly #nodes = new Set<AllocationId>();
  readonly #details = new Set<RunId>();
  #hasOverviewChanged = false;
  #events: TimelessEvent[] = [];
  #omitted = 0;
  #timer: Timer | null = null;
  #nextFrameAtMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, views: LiveViews, socket: LiveSocket) {
    this.#clock = clock;
    this.#views = views;
    this.#socket = socket;
  }

  get hasTopics(): boolean {
    return this.#topics.size > 0;
  }

  /** Takes a message of the client; one that cannot be read is answered with its problem. */
  async receive(text: string): Promise<void> {
    try {
      await this.#obey(parseLiveMessage(text));
    } catch (error) {
      if (!(error instanceof JuqueueError)) throw error;
      this.#socket.send(JSON.stringify({ kind: 'refused', problem: problemDocument(error.problem) }));
    }
  }

  tell(events: readonly JuqueueEvent[], touched: Touched): void {
    for (const [text, topic] of this.#topics) this.#note(text, topic, events, touched);
    if (this.#topics.size > 0) this.#scheduleFrame();
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#topics.clear();
  }

  async #obey({ kind, topics, since }: LiveMessage): Promise<void> {
    const parsed = topics.map((text) => [text, parseTopic(text)] as const);
    if (kind === 'unsubscribe') {
      for (const text of topics) this.#forget(text);
      return;
    }
    const seq = this.#views.newestSeq();
    const isCurrent = since === seq;
    for (const [text, topic] of parsed) {
      this.#topics.set(text, topic);
      if (!isCurrent) this.#catchUp(text, topic, since !== null);
    }
    this.#socket.send(JSON.stringify({ kind: 'subscribed', topics: [...this.#topics.keys()], seq, isCurrent }));
    if (since !== null && since < seq && parsed.some(([, topic]) => topic.kind === 'events')) await this.#repeatEvents(since, seq);
    this.#scheduleFrame();
  }

  #forget(text: string): void {
    this.#topics.delete(text);
    this.#runs.delete(text);
  }

  /** The whole state of the topic is news. Lists of runs are pages that the client reads itself; missed changes are told as such. */
  #catchUp(text: string, topic: LiveTopic, hasMissed: boolean): void {
    switch (topic.kind) {
      case 'overview':
        this.#hasOverviewChanged = true;
        return;
      case 'nodes':
        for (const id of this.#views.openNodes()) this.#nodes.add(id);
        return;
      case 'run':
        this.#details.add(topic.id);
        return;
      case 'runs':
        if (hasMissed) this.#runs.set(text, null);
        return;
      case 'events':
        return;
      default:
        return assertNever(topic);
    }
  }

  async #repeatEvents(since: number, upTo: number): Promise<void> {
    const missed = (await this.#views.eventsAfter(since, liveLimits.eventsPerFrame)).filter(({ seq }) => seq <= upTo);
    this.#events = [...missed, ...this.#events];
    this.#omitted += upTo - since - missed.length;
  }

  #note(text: string, topic: LiveTopic, events: readonly JuqueueEvent[], touched: Touched): void {
    switch (topic.kind) {
      case 'overview':
        this.#hasOverviewChanged = true;
        return;
      case 'nodes':
        for (const id of touched.allocations) this.#nodes.add(id);
        return;
      case 'run':
        if (
          touched.runs.has(topic.id) ||
          touched.removedRuns.has(topic.id) ||
          events.some((event) => event.kind === 'run-observed' && event.run === topic.id)
        )
          this.#details.add(topic.id);
        return;
      case 'runs':
        return this.#noteRuns(text, touched);
      case 'events':
        for (const event of events) {
          if (this.#events.length < liveLimits.eventsPerFrame) this.#events.push({ kind: event.kind, ...summariseEvent(event) });
          else this.#omitted += 1;
        }
        return;
      default:
        return assertNever(topic);
    }
  }

  #noteRuns(text: string, touched: Touched): void {
    const changed = this.#runs.get(text);
    if (changed === null || touched.runs.size + touched.removedRuns.size === 0) return;
    const runs = changed ?? new Set<RunId>();
    if (runs.size + touched.runs.size + touched.removedRuns.size > liveLimits.mostChangedRuns) {
      this.#runs.set(text, null);
      return;
    }
    for (const id of touched.runs) runs.add(id);
    for (const id of touched.removedRuns) runs.add(id);
    this.#runs.set(text, runs);
  }

  get #hasNews(): boolean {
    return this.#hasOverviewChanged || this.#nodes.size + this.#details.size + this.#runs.size + this.#events.length + this.#omitted > 0;
  }

  #scheduleFrame(): void {
    if (this.#timer !== null || !this.#hasNews || this.#topics.size === 0) return;
    this.#timer = this.#clock.after(Math.max(0, this.#nextFrameAtMs - this.#clock.monotonicMs()), () => {
      this.#timer = null;
      this.#sendFrame();
    });
  }

  /** After a frame so much time passes that the client gets neither more frames nor more bytes a second than it may. */
  #sendFrame(): void {
    if (this.#socket.bufferedBytes > liveLimits.maxBufferedBytes) {
      this.close();
      return this.#socket.drop();
    }
    const text = JSON.stringify(this.#frame());
    const pauseMs = Math.max(liveLimits.frameIntervalMs, (Buffer.byteLength(text) / liveLimits.bytesPerSecond) * 1_000);
    this.#nextFrameAtMs = this.#clock.monotonicMs() + pauseMs;
    this.#socket.send(text);
    this.#scheduleFrame();
  }

  #frame(): object {
    const frame: Record<string, unknown> = { kind: 'frame', seq: this.#views.newestSeq() };
    if (this.#hasOverviewChanged) frame['overview'] = this.#views.overview();
    this.#hasOverviewChanged = false;
    if (this.#nodes.size > 0) frame['nodes'] = take(this.#nodes, liveLimits.rowsPerFrame).flatMap((id) => this.#views.node(id) ?? []);
    if (this.#details.size > 0)
      frame['run'] = Object.fromEntries(take(this.#details, liveLimits.rowsPerFrame).map((id) => [id, this.#views.run(id)]));
    if (this.#runs.size > 0)
      frame['runs'] = Object.fromEntries([...this.#runs].map(([text, changed]) => [text, this.#runsPart(text, changed)]));
    if (this.#events.length + this.#omitted > 0) frame['events'] = { events: this.#events, omitted: this.#omitted };
    this.#events = [];
    this.#omitted = 0;
    return frame;
  }

  /** Rows that match, and ids of changed runs that do not (any more). */
  #runsPart(text: string, changed: ChangedRuns): object {
    const topic = this.#topics.get(text);
    if (changed === null || topic?.kind !== 'runs') {
      this.#runs.delete(text);
      return { isStale: true, rows: [], gone: [] };
    }
    const rows: object[] = [];
    const gone: RunId[] = [];
    for (const id of take(changed, liveLimits.rowsPerFrame)) {
      const row = this.#views.row(id);
      if (row !== null && topic.isMeant(row)) rows.push(row);
      else gone.push(id);
    }
    if (changed.size === 0) this.#runs.delete(text);
    return { isStale: false, rows, gone };
  }
}

/** Takes the first ones out. */
function take<Item>(items: Set<Item>, count: number): readonly Item[] {
  const taken: Item[] = [];
  for (const item of items) {
    if (taken.length === count) break;
    taken.push(item);
    items.delete(item);
  }
  return taken;
}
