import type { ManagerMessage, NodeId, NodeMessage, Timer } from '@juqueue/core';
import { decodeManagerFrame, encodeFrame } from '@juqueue/core';
import type { LinkEnd } from '@juqueue/node-manager';
import type { Connection, ConnectionEnd, Network } from './network.ts';
import type { SimLinkServer } from './sim-link-server.ts';
import type { SimProcess } from './sim-process.ts';

/** As the real client. */
const firstPauseMs = 250;
const longestPauseMs = 15_000;
const connectMs = 5_000;

export interface LinkSurroundings {
  readonly network: Network;
  /** The manager that listens or listened at this address. */
  managerAt(address: string): SimLinkServer | null;
  /** Reads the addresses in the work-dir, which may take for ever. */
  readAddress(answered: (address: string | null) => void): void;
}

export interface LinkHandlers {
  onUp(): void;
  onDown(): void;
  onMessage(message: ManagerMessage): void;
}

/** A node's end of the link, with the rules of the real link client. */
export class SimLinkClient implements LinkEnd {
  readonly process: SimProcess;
  readonly allocation: NodeId;
  readonly #surroundings: LinkSurroundings;
  readonly #handlers: LinkHandlers;
  #socket: Connection | null = null;
  #isConnecting = false;
  #isUp = false;
  #isClosed = false;
  #pauseMs = firstPauseMs;
  #retry: Timer | null = null;
  #address: string | null = null;

  constructor(process: SimProcess, allocation: NodeId, surroundings: LinkSurroundings, handlers: LinkHandlers) {
    this.process = process;
    this.allocation = allocation;
    this.#surroundings = surroundings;
    this.#handlers = handlers;
  }

  open(): void {
    this.#look();
    this.#connectSoon(0);
  }

  send(message: NodeMessage): void {
    if (!this.#isUp) return;
    const socket = this.#socket;
    this.process.act(`send ${message.kind}`, () => socket?.send('node', encodeFrame([message])));
  }

  reconnect(): void {
    this.#pauseMs = firstPauseMs;
    const socket = this.#socket;
    if (socket !== null) {
      socket.terminate('node');
      this.process.after(0, () => this.#down(socket));
    } else if (!this.#isConnecting) this.#connectSoon(0);
  }

  close(): void {
    this.#isClosed = true;
    this.#retry?.cancel();
    this.#socket?.close('node');
  }

  /** This end of a connection that is being made; `connection` answers it once it is. */
  end(connection: () => Connection | null): ConnectionEnd<string> {
    return {
      process: this.process,
      received: (text) => {
        if (connection() !== this.#socket) return;
        const frame = decodeManagerFrame(text);
        if (frame.kind === 'bad') throw new Error(`a manager sent what the node does not understand: ${frame.problem}`);
        for (const message of frame.messages) {
          if (connection() !== this.#socket) return;
          if (message.kind === 'welcome') this.#pauseMs = firstPauseMs;
          this.#handlers.onMessage(message);
        }
      },
      closed: () => {
        const socket = connection();
        if (socket !== null && socket === this.#socket) this.#down(socket);
      },
    };
  }

  #look(): void {
    this.#surroundings.readAddress((address) => {
      if (address === null || address === this.#address) return;
      this.#address = address;
      if (!this.#isUp) this.reconnect();
    });
  }

  #connectSoon(delayMs: number): void {
    if (this.#isClosed) return;
    this.#retry?.cancel();
    this.#retry = this.process.after(delayMs, () => this.#connect());
  }

  #connect(): void {
    const { network } = this.#surroundings;
    const server = this.#address === null ? null : this.#surroundings.managerAt(this.#address);
    if (server === null) {
      this.#failed();
      return;
    }
    this.#isConnecting = true;
    const isThere = (): boolean =>
      network.isWhole(this.process.host.name) &&
      network.isWhole(server.process.host.name) &&
      !server.process.host.isDead &&
      !server.process.isStill;
    if (!isThere()) {
      this.process.after(connectMs, () => this.#gaveUp());
      return;
    }
    this.process.after(network.dice.between(5, 60), () => {
      if (!server.process.isAlive || !isThere()) {
        this.#gaveUp();
        return;
      }
      this.#isConnecting = false;
      if (this.#isClosed) return;
      this.#socket = server.accept(network, this);
      this.#isUp = true;
      this.#handlers.onUp();
    });
  }

  #gaveUp(): void {
    this.#isConnecting = false;
    this.#failed();
  }

  #down(socket: Connection): void {
    if (socket !== this.#socket) return;
    this.#socket = null;
    this.#isUp = false;
    this.#failed();
    this.#handlers.onDown();
  }

  #failed(): void {
    if (this.#isClosed) return;
    this.#look();
    this.#connectSoon(this.#pauseMs * (0.5 + 0.5 * this.#surroundings.network.dice.next()));
    this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2);
  }
}
