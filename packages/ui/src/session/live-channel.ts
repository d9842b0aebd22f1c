import type { LiveFrame } from './live-frame.ts';

export interface LiveListener {
  /** The topics are followed. `isCurrent`: nothing has happened since the number that was seen last. */
  followed(isCurrent: boolean): void;
  frame(frame: LiveFrame): void;
  /** Anything was heard, a pulse too. */
  heard(): void;
  closed(): void;
}

/** Where the live updates of one kind of server are, and with which subprotocols one connects. */
export interface LivePlace {
  readonly url: URL;
  readonly protocols: readonly string[];
}

/** The first attempt to reconnect follows soon, later ones are spread out: many tabs must not come back in one moment. */
const firstDelayMs = 500;
const longestDelayMs = 10_000;

/** One WebSocket to the server, opened again whenever it closes, that follows the topics somebody wants, until `end`. */
export class LiveChannel {
  readonly #place: LivePlace;
  readonly #listener: LiveListener;
  /** How many want each topic. */
  readonly #wanted = new Map<string, number>();
  #socket: WebSocket | null = null;
  /** The server has said hello, and takes messages. */
  #isGreeted = false;
  #isFollowed = false;
  /** The number of the newest event that was seen, by which the server tells what was missed; null: nothing was seen. */
  #seenSeq: number | null = null;
  #epoch: number | null = null;
  #delayMs = firstDelayMs;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #hasEnded = false;

  constructor(place: LivePlace, listener: LiveListener) {
    this.#place = place;
    this.#listener = listener;
    this.#connect();
  }

  /** Tells the topic's news from now on. Answers the way to stop. */
  follow(topic: string): () => void {
    const count = this.#wanted.get(topic) ?? 0;
    this.#wanted.set(topic, count + 1);
    if (count === 0 && this.#isGreeted) this.#send({ kind: 'subscribe', topics: [topic], since: this.#seenSeq });
    return () => {
      const left = (this.#wanted.get(topic) ?? 1) - 1;
      if (left > 0) this.#wanted.set(topic, left);
      else this.#wanted.delete(topic);
      if (left === 0 && this.#isGreeted) this.#send({ kind: 'unsubscribe', topics: [topic] });
    };
  }

  /** An answer of the server that shows everything up to this event. */
  noteSeq(seq: number): void {
    this.#seenSeq = Math.max(this.#seenSeq ?? 0, seq);
  }

  /** Tries at once, when the network or the tab has just come back. */
  hurry(): void {
    if (this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#delayMs = firstDelayMs;
    this.#connect();
  }

  end(): void {
    this.#hasEnded = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#socket?.close();
  }

  #connect(): void {
    this.#timer = null;
    const socket = new WebSocket(this.#place.url, [...this.#place.protocols]);
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#hear(String(data)));
    socket.addEventListener('close', () => {
      if (this.#hasEnded || this.#socket !== socket) return;
      this.#isGreeted = false;
      this.#isFollowed = false;
      this.#listener.closed();
      this.#timer = setTimeout(() => this.#connect(), this.#delayMs * (0.5 + Math.random()));
      this.#delayMs = Math.min(longestDelayMs, this.#delayMs * 2);
    });
  }

  #hear(text: string): void {
    const message = JSON.parse(text) as LiveMessage;
    this.#listener.heard();
    switch (message.kind) {
      case 'hello':
        return this.#greeted(message.epoch);
      case 'subscribed':
        // The answer to a topic that came later says nothing about those before it.
        if (this.#isFollowed) return;
        this.#isFollowed = true;
        this.noteSeq(message.seq);
        return this.#listener.followed(message.isCurrent);
      case 'frame':
        this.noteSeq(message.seq);
        return this.#listener.frame(message);
      case 'pulse':
      case 'events':
      case 'refused':
        return;
    }
  }

  #greeted(epoch: number): void {
    this.#delayMs = firstDelayMs;
    this.#isGreeted = true;
    if (this.#epoch !== null && this.#epoch !== epoch) this.#seenSeq = null;
    this.#epoch = epoch;
    const topics = [...this.#wanted.keys()];
    if (topics.length > 0) this.#send({ kind: 'subscribe', topics, since: this.#seenSeq });
  }

  #send(message: object): void {
    this.#socket?.send(JSON.stringify(message));
  }
}

type LiveMessage =
  | { readonly kind: 'hello'; readonly epoch: number; readonly seq: number }
  | { readonly kind: 'subscribed'; readonly seq: number; readonly isCurrent: boolean }
  | ({ readonly kind: 'frame' } & LiveFrame)
  | { readonly kind: 'pulse' | 'events' | 'refused' };
