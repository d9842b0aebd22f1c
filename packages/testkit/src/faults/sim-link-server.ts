import type { ManagerMessage, NodeId, NodeLink, NodeMessage, Nonce } from '@juqueue/core';
import { decodeNodeFrame, encodeFrame } from '@juqueue/core';
import type { Network } from './network.ts';
import { Connection } from './network.ts';
import type { SimProcess } from './sim-process.ts';
import type { SimLinkClient } from './sim-link-client.ts';

/** As the real server: a peer that says nothing for three heartbeats is not there. */
const quietMs = 16_000;
const quietLookMs = 4_000;

export interface LinkWatcher {
  /** This manager says this to that node, now. */
  said(node: NodeId, message: ManagerMessage): void;
}

/** A manager's end of the links, with the rules of the real link server. */
export class SimLinkServer implements NodeLink {
  readonly process: SimProcess;
  readonly address: string;
  readonly #watcher: LinkWatcher;
  readonly #linked = new Map<NodeId, ServerConnection>();
  readonly #connections = new Set<ServerConnection>();
  #onMessage: (node: NodeId, nonce: Nonce, message: NodeMessage) => void = () => undefined;
  #onClosed: (node: NodeId, nonce: Nonce) => void = () => undefined;
  #lookedAtMs: number;

  constructor(process: SimProcess, address: string, watcher: LinkWatcher) {
    this.process = process;
    this.address = address;
    this.#watcher = watcher;
    this.#lookedAtMs = process.monotonicMs();
    this.#lookSoon();
  }

  get connections(): ReadonlySet<ServerConnection> {
    return this.#connections;
  }

  onMessage(handler: (node: NodeId, nonce: Nonce, message: NodeMessage) => void): void {
    this.#onMessage = handler;
  }

  onClosed(handler: (node: NodeId, nonce: Nonce) => void): void {
    this.#onClosed = handler;
  }

  send(node: NodeId, message: ManagerMessage): boolean {
    const connection = this.#linked.get(node);
    if (connection === undefined || connection.isClosing) return false;
    this.process.act(`send ${message.kind}`, () => {
      this.#watcher.said(node, message);
      connection.send(message);
    });
    return true;
  }

  close(node: NodeId): void {
    this.#linked.get(node)?.close();
  }

  /** A client has connected under the name of an allocation. */
  accept(network: Network, client: SimLinkClient): Connection {
    const server: ServerConnection = new ServerConnection(
      client.allocation,
      this.process,
      (message) => this.#receive(server, message),
      () => this.#closed(server),
    );
    this.#connections.add(server);
    server.connection = new Connection(
      network,
      client.process.host.name,
      client.end(() => server.connection),
      server.end,
    );
    return server.connection;
  }

  #receive(connection: ServerConnection, message: NodeMessage): void {
    if (message.kind === 'hello') this.#greet(connection, message);
    else if (connection.nonce !== null && this.#linked.get(connection.node) === connection)
      this.#onMessage(connection.node, connection.nonce, message);
  }

  #greet(connection: ServerConnection, hello: Extract<NodeMessage, { kind: 'hello' }>): void {
    const { node } = connection;
    connection.nonce = hello.nonce;
    const before = this.#linked.get(node);
    this.#linked.set(node, connection);
    this.#onMessage(node, hello.nonce, hello);
    if (before === undefined || before === connection) return;
    if (connection.isClosing) this.#linked.set(node, before);
    else {
      before.terminate();
      this.#connections.delete(before);
      if (before.nonce !== null && before.nonce !== connection.nonce) this.#onClosed(node, before.nonce);
    }
  }

  #closed(connection: ServerConnection): void {
    this.#connections.delete(connection);
    if (this.#linked.get(connection.node) !== connection) return;
    this.#linked.delete(connection.node);
    this.#onClosed(connection.node, connection.nonce ?? '');
  }

  #lookSoon(): void {
    this.process.after(quietLookMs, () => {
      const nowMs = this.process.monotonicMs();
      const wasAway = nowMs - this.#lookedAtMs > 2 * quietLookMs;
      this.#lookedAtMs = nowMs;
      if (!wasAway) {
        for (const connection of [...this.#connections]) {
          if (nowMs - connection.heardAtMs <= quietMs) continue;
          connection.terminate();
          this.#closed(connection);
        }
      }
      this.#lookSoon();
    });
  }
}

/** One accepted connection. */
class ServerConnection {
  readonly node: NodeId;
  nonce: Nonce | null = null;
  isClosing = false;
  heardAtMs: number;
  connection: Connection | null = null;
  readonly end: { readonly process: SimProcess; received(text: string): void; closed(): void };

  constructor(node: NodeId, process: SimProcess, onMessage: (message: NodeMessage) => void, onClosed: () => void) {
    this.node = node;
    this.heardAtMs = process.monotonicMs();
    this.end = {
      process,
      received: (text) => {
        this.heardAtMs = process.monotonicMs();
        const frame = decodeNodeFrame(text);
        if (frame.kind === 'bad') throw new Error(`a node sent what the manager does not understand: ${frame.problem}`);
        for (const message of frame.messages) if (!this.isClosing) onMessage(message);
      },
      closed: () => {
        this.isClosing = true;
        onClosed();
      },
    };
  }

  send(message: ManagerMessage): void {
    this.connection?.send('manager', encodeFrame([message]));
  }

  close(): void {
    this.isClosing = true;
    this.connection?.close('manager');
  }

  terminate(): void {
    this.isClosing = true;
    this.connection?.terminate('manager');
  }
}
