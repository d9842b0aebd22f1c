import type { Clock, JuqueueEvent, Timer } from '@juqueue/core';
import { summariseEvent } from './event-summary.ts';
import type { EventSubject } from './event-summary.ts';

/** One client that is told. `send` never waits; `bufferedBytes` says how much the client has not taken yet. */
export interface Subscriber {
  readonly bufferedBytes: number;
  send(text: string): void;
  drop(): void;
}

export interface BroadcastTimes {
  /** The least time between two frames. 250 ms is as often as a person can use. */
  readonly frameIntervalMs: number;
  /** Summaries in one frame; what is more is counted in `omitted`. 100 of them four times a second stay below 50 kB/s. */
  readonly maxEventsPerFrame: number;
  /** After this long without a frame a writer that pulses says that it is there; pages call themselves stale without it. */
  readonly pulseIntervalMs: number;
  /** A client that has left more than this untaken is dropped and has to ask anew. */
  readonly maxBufferedBytes: number;
}

export const defaultBroadcastTimes: BroadcastTimes = {
  frameIntervalMs: 250,
  maxEventsPerFrame: 100,
  pulseIntervalMs: 2_000,
  maxBufferedBytes: 1_048_576,
};

/** How one kind of client wants to hear of what happened. */
export interface FrameWriter {
  frame(events: readonly TimelessEvent[], omitted: number, seq: number): string;
  /** What a quiet time sounds like; clients of writers without it hear nothing then. */
  pulse?(seq: number): string;
}

export type TimelessEvent = { readonly kind: string } & EventSubject;

/**
 * Tells all subscribers of one kind what happened: at once after a quiet time, then at most one frame per interval. A
 * frame is made once for all of them, and nothing at all is done while nobody listens or nothing happens.
 */
export class EventBroadcast {
  readonly #subscribers = new Set<Subscriber>();
  readonly #clock: Clock;
  readonly #writer: FrameWriter;
  readonly #newestSeq: () => number;
  readonly #times: BroadcastTimes;
  #events: TimelessEvent[] = [];
  #omitted = 0;
  #timer: Timer | null = null;
  #pulseTimer: Timer | null = null;
  #framedAtMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, writer: FrameWriter, newestSeq: () => number, times: BroadcastTimes = defaultBroadcastTimes) {
    this.#clock = clock;
    this.#writer = writer;
    this.#newestSeq = newestSeq;
    this.#times = times;
  }

  get subscriberCount(): number {
    return this.#subscribers.size;
  }

  /** Answers the way to leave. */
  subscribe(subscriber: Subscriber): () => void {
    this.#subscribers.add(subscriber);
    if (this.#pulseTimer === null) this.#pulseLater();
    return () => this.#subscribers.delete(subscriber);
  }

  tell(events: readonly JuqueueEvent[]): void {
    if (this.#subscribers.size === 0) return;
    for (const event of events) {
      if (this.#events.length < this.#times.maxEventsPerFrame) this.#events.push({ kind: event.kind, ...summariseEvent(event) });
      else this.#omitted += 1;
    }
    if (this.#timer !== null || events.length === 0) return;
    const waitMs = Math.max(0, this.#framedAtMs + this.#times.frameIntervalMs - this.#clock.monotonicMs());
    this.#timer = this.#clock.after(waitMs, () => this.#sendFrame());
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#pulseTimer?.cancel();
    this.#pulseTimer = null;
    this.#subscribers.clear();
  }

  /** Ends by itself when the last subscriber has left. */
  #pulseLater(): void {
    const { pulseIntervalMs } = this.#times;
    if (this.#writer.pulse === undefined) return;
    this.#pulseTimer = this.#clock.after(pulseIntervalMs, () => {
      this.#pulseTimer = null;
      if (this.#subscribers.size === 0) return;
      const isQuiet = this.#clock.monotonicMs() - this.#framedAtMs >= pulseIntervalMs;
      if (isQuiet && this.#writer.pulse !== undefined) this.#send(this.#writer.pulse(this.#newestSeq()));
      this.#pulseLater();
    });
  }

  #sendFrame(): void {
    this.#timer = null;
    this.#framedAtMs = this.#clock.monotonicMs();
    const text = this.#writer.frame(this.#events, this.#omitted, this.#newestSeq());
    this.#events = [];
    this.#omitted = 0;
    this.#send(text);
  }

  #send(text: string): void {
    for (const subscriber of this.#subscribers) {
      if (subscriber.bufferedBytes > this.#times.maxBufferedBytes) {
        this.#subscribers.delete(subscriber);
        subscriber.drop();
      } else {
        subscriber.send(text);
      }
    }
  }
}
