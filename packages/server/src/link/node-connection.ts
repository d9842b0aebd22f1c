import type { Log, ManagerMessage, NodeId, NodeMessage, Nonce } from '@juqueue/core';
import { decodeNodeFrame, encodeFrame, maxUnreadBytes } from '@juqueue/core';
import { Batch } from '@juqueue/node-manager';
import type { RawData, WebSocket } from 'ws';

type Hello = Extract<NodeMessage, { kind: 'hello' }>;

export interface NodeConnectionHandlers {
  readonly log: Log;
  onHello(hello: Hello): void;
  /** Messages after the hello. */
  onMessage(message: NodeMessage): void;
  onClosed(): void;
}

/** One connection of one NodeManager: frames in order, the hello first, nothing under a name that the key exchange did not give. */
export class NodeConnection {
  readonly node: NodeId;
  readonly #socket: WebSocket;
  readonly #handlers: NodeConnectionHandlers;
  #nonce: Nonce | null = null;
  #isClosing = false;
  #heardAtMs = performance.now();
  readonly #batch = new Batch<ManagerMessage>((messages) => this.#deliver(messages));

  constructor(socket: WebSocket, node: NodeId, handlers: NodeConnectionHandlers) {
    this.node = node;
    this.#socket = socket;
    this.#handlers = handlers;
    socket.on('message', (data, isBinary) => this.#received(data, isBinary));
    // Always followed by close.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#isClosing = true;
      handlers.onClosed();
    });
  }

  /** The empty name before the hello. */
  get nonce(): Nonce {
    return this.#nonce ?? '';
  }

  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Monotonic milliseconds of the last frame. */
  get heardAtMs(): number {
    return this.#heardAtMs;
  }

  /** Travels together with what is said about the same time. False when the link is going down. */
  send(message: ManagerMessage): boolean {
    if (this.#isClosing) return false;
    this.#batch.add(message);
    return true;
  }

  /** After everything that was sent. */
  close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#batch.flush();
    this.#socket.close();
  }

  terminate(): void {
    this.#isClosing = true;
    this.#socket.terminate();
  }

  #deliver(messages: readonly ManagerMessage[]): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(encodeFrame(messages));
    if (this.#socket.bufferedAmount > maxUnreadBytes) {
      this.#handlers.log.warn(`${this.node} does not read what it is sent; its link is cut`);
      this.terminate();
    }
  }

  #received(data: RawData, isBinary: boolean): void {
    this.#heardAtMs = performance.now();
    const frame = decodeNodeFrame(isBinary ? '' : data.toString());
    if (frame.kind === 'bad') {
      this.#handlers.log.warn(`${this.node} sent a frame of another form (${frame.problem}); its link is cut`);
      this.terminate();
      return;
    }
    for (const message of frame.messages) if (!this.#isClosing) this.#receive(message);
  }

  #receive(message: NodeMessage): void {
    if (message.kind !== 'hello') {
      if (this.#nonce !== null) this.#handlers.onMessage(message);
      return;
    }
    if (message.allocation !== this.node || (this.#nonce !== null && this.#nonce !== message.nonce)) {
      this.#handlers.log.warn(`a hello for ${message.allocation} came on the link of ${this.node}; the link is cut`);
      this.terminate();
      return;
    }
    this.#nonce = message.nonce;
    this.#handlers.onHello(message);
  }
}
