import type { Event } from '@juqueue/client';

/** What a frame of `/api/v1/ws` tells; `omitted` events were more than a frame holds. */
export interface EventFrame {
  readonly seq: number;
  readonly omitted: number;
  readonly events: readonly Omit<Event, 'seq' | 'atMs'>[];
}

export interface LiveListener {
  /** The channel is open; the server's newest event has this number. */
  opened(seq: number): void;
  frame(frame: EventFrame): void;
  /** Anything was heard, a pulse too. */
  heard(): void;
  closed(): void;
}

/** The first attempt to reconnect follows soon, later ones are spread out: many tabs must not come back in one moment. */
const firstDelayMs = 500;
const longestDelayMs = 10_000;

/** One WebSocket to the server that is opened again whenever it closes, until `end`. */
export class LiveChannel {
  readonly #url: URL;
  readonly #protocols: readonly string[];
  readonly #listener: LiveListener;
  #socket: WebSocket | null = null;
  #delayMs = firstDelayMs;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #hasEnded = false;

  constructor(base: string, token: string, listener: LiveListener) {
    this.#url = new URL('api/v1/ws', base);
    this.#url.protocol = this.#url.protocol === 'https:' ? 'wss:' : 'ws:';
    this.#protocols = ['juqueue.v1', `juqueue.bearer.${token}`];
    this.#listener = listener;
    this.#connect();
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
    const socket = new WebSocket(this.#url, [...this.#protocols]);
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#hear(String(data)));
    socket.addEventListener('close', () => {
      if (this.#hasEnded || this.#socket !== socket) return;
      this.#listener.closed();
      this.#timer = setTimeout(() => this.#connect(), this.#delayMs * (0.5 + Math.random()));
      this.#delayMs = Math.min(longestDelayMs, this.#delayMs * 2);
    });
  }

  #hear(text: string): void {
    const message = JSON.parse(text) as { readonly kind: string; readonly seq: number };
    this.#listener.heard();
    if (message.kind === 'hello') {
      this.#delayMs = firstDelayMs;
      this.#listener.opened(message.seq);
    } else if (message.kind === 'events') {
      this.#listener.frame(message as typeof message & EventFrame);
    }
  }
}
