import { connect } from 'node:tls';
import type { Clock, Log, ManagerMessage, NodeId, NodeMessage, Timer } from '@juqueue/core';
import { decodeManagerFrame, defaultFencingTimes, encodeFrame, maxFrameBytes, maxUnreadBytes } from '@juqueue/core';
import { WebSocket } from 'ws';
import type { LinkEnd } from '../core/node-ports.ts';
import type { ManagerAddress } from './addresses.ts';
import { parseAddresses } from './addresses.ts';
import { Batch } from './batch.ts';
import { linkTls } from './psk.ts';

/**
 * Between two rounds over all addresses: short at first, because a manager restarts in seconds; then long, because a thousand
 * nodes must not storm it, but no longer than a link may be quiet.
 */
const firstPauseMs = 250;
const longestPauseMs = defaultFencingTimes.linkQuietMs;

/** An address that does not answer in this time is passed over: its host may be gone without a word. */
const connectMs = 5_000;

export interface LinkClientOptions {
  readonly allocation: NodeId;
  readonly key: Buffer;
  readonly clock: Clock;
  readonly log: Log;
  /** Reads `.juqueue/addresses.json` anew, off the main thread; it may stay pending while a file system hangs. */
  readonly readAddresses: () => Promise<string | null>;
  /** From 0 to 1, for the jitter. */
  readonly random: () => number;
}

export interface LinkHandlers {
  onUp(): void;
  onDown(): void;
  onMessage(message: ManagerMessage): void;
}

/** The node's end of the link: connects outwards to the manager, again and again, until it is closed. */
export class LinkClient implements LinkEnd {
  readonly #options: LinkClientOptions;
  readonly #handlers: LinkHandlers;
  #socket: WebSocket | null = null;
  #isUp = false;
  #isClosed = false;
  #pauseMs = firstPauseMs;
  #longestPauseMs = longestPauseMs;
  #retry: Timer | null = null;
  #announced: string | null = null;
  #known: readonly ManagerAddress[] = [];
  /** The address whose turn it is in this round. */
  #next = 0;
  readonly #batch = new Batch<NodeMessage>((messages) => this.#deliver(messages));

  constructor(options: LinkClientOptions, handlers: LinkHandlers) {
    this.#options = options;
    this.#handlers = handlers;
  }

  open(): void {
    this.#look();
    this.#connectSoon(0);
  }

  send(message: NodeMessage): void {
    if (this.#isUp) this.#batch.add(message);
  }

  reconnect(): void {
    this.#pauseMs = firstPauseMs;
    if (this.#socket === null) this.#connectSoon(0);
    else this.#socket.terminate();
  }

  close(): void {
    this.#isClosed = true;
    this.#retry?.cancel();
    this.#batch.flush();
    this.#socket?.close();
  }

  #deliver(messages: readonly NodeMessage[]): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.send(encodeFrame(messages));
    if (this.#socket.bufferedAmount > maxUnreadBytes) this.#socket.terminate();
  }

  /** The file is read beside the attempts to connect: while it hangs, the addresses known before still serve. */
  #look(): void {
    void this.#options.readAddresses().then((json) => {
      const found = parseAddresses(json);
      if (found === null || json === this.#announced) return;
      this.#announced = json;
      this.#known = found.addresses;
      this.#next = 0;
      if (!this.#isUp) this.reconnect();
    });
  }

  #connectSoon(delayMs: number): void {
    if (this.#isClosed) return;
    this.#retry?.cancel();
    this.#retry = this.#options.clock.after(delayMs, () => this.#connect());
  }

  #connect(): void {
    const address = this.#known[this.#next];
    this.#next += 1;
    if (address === undefined) {
      this.#failed();
      return;
    }
    const { allocation, key } = this.#options;
    const socket = new WebSocket(`ws://${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}/`, {
      createConnection: () =>
        connect({ ...linkTls, ...address, pskCallback: () => ({ psk: key, identity: allocation }), checkServerIdentity: () => undefined }),
      handshakeTimeout: connectMs,
      maxPayload: maxFrameBytes,
      perMessageDeflate: false,
    });
    this.#socket = socket;
    socket.on('open', () => this.#up());
    socket.on('message', (data, isBinary) => this.#received(socket, isBinary ? '' : data.toString()));
    // Always followed by close.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#down(socket));
  }

  #up(): void {
    this.#isUp = true;
    this.#next -= 1;
    this.#handlers.onUp();
  }

  #received(socket: WebSocket, frame: string): void {
    const decoded = decodeManagerFrame(frame);
    if (decoded.kind === 'bad') {
      this.#options.log.warn(`the manager sent a frame of another form (${decoded.problem}); the link is built anew`);
      socket.terminate();
      return;
    }
    for (const message of decoded.messages) {
      if (socket !== this.#socket) return;
      // A manager that turns us away is not met again at once.
      if (message.kind === 'welcome') {
        this.#pauseMs = firstPauseMs;
        this.#longestPauseMs = Math.min(longestPauseMs, message.times.linkQuietMs);
      }
      this.#handlers.onMessage(message);
    }
  }

  #down(socket: WebSocket): void {
    if (socket !== this.#socket) return;
    this.#socket = null;
    this.#batch.clear();
    if (!this.#isUp) {
      this.#failed();
      return;
    }
    this.#isUp = false;
    this.#pause();
    this.#handlers.onDown();
  }

  #failed(): void {
    if (this.#next < this.#known.length) {
      this.#connectSoon(0);
      return;
    }
    this.#next = 0;
    this.#pause();
  }

  #pause(): void {
    if (this.#isClosed) return;
    this.#look();
    this.#connectSoon(this.#pauseMs * (0.5 + 0.5 * this.#options.random()));
    this.#pauseMs = Math.min(this.#longestPauseMs, this.#pauseMs * 2);
  }
}
