import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Server as TlsServer, TLSSocket } from 'node:tls';
import type { Log, ManagerMessage, NodeId, NodeLink, NodeMessage, Nonce } from '@juqueue/core';
import { maxFrameBytes } from '@juqueue/core';
import { linkTls } from '@juqueue/node-manager';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import { NodeConnection } from './node-connection.ts';

const { createServer: createHttpServer } = process.getBuiltinModule('node:http');

/** Three heartbeats: a peer that is silent for longer is not there, whatever its socket says. */
const quietMs = 16_000;
const quietLookMs = 4_000;

/** From the connection to a complete handshake; strangers who only hold a port open cost nothing for long. */
const handshakeMs = 10_000;

/**
 * Connections that have not proven that they hold the key: a thousand nodes that come back at once, twice. Beyond these the
 * oldest goes, so that strangers cannot use up our descriptors and keep only each other out.
 */
const unprovenMax = 2_048;

export interface LinkServerOptions {
  /** 32 bytes, the content of `.juqueue/link.key`. */
  readonly key: Buffer;
  /** The interfaces to listen on; `0.0.0.0` for all. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly log: Log;
}

type MessageHandler = (node: NodeId, nonce: Nonce, message: NodeMessage) => void;
type ClosedHandler = (node: NodeId, nonce: Nonce) => void;

/**
 * The manager's end of the links: a TLS server that admits whoever holds the key, under the name of an allocation.
 *
 * A node is linked from its hello on. While a hello is being handled, `send` and `close` mean the connection that it came on;
 * when the handler has closed that one, an older connection of the same node stays what it was, else it is replaced.
 */
export class LinkServer implements NodeLink, AsyncDisposable {
  readonly #log: Log;
  readonly #tls: TlsServer;
  readonly #http: HttpServer;
  readonly #linked = new Map<NodeId, NodeConnection>();
  readonly #connections = new Set<NodeConnection>();
  readonly #quietTimer: NodeJS.Timeout;
  #lookedAtMs = performance.now();
  #onMessage: MessageHandler = () => undefined;
  #onClosed: ClosedHandler = () => undefined;

  private constructor({ key, log }: LinkServerOptions) {
    this.#log = log;
    const identities = new WeakMap<TLSSocket, NodeId>();
    this.#tls = createTlsServer({
      ...linkTls,
      handshakeTimeout: handshakeMs,
      pskCallback: (socket, identity) => {
        identities.set(socket as TLSSocket, identity);
        return key;
      },
    });
    this.#http = createHttpServer((_request, response) => response.writeHead(426).end());
    const upgrade = new WebSocketServer({ noServer: true, maxPayload: maxFrameBytes, perMessageDeflate: false });
    const unproven = new Map<string, Socket>();
    this.#tls.on('connection', (socket: Socket) => {
      unproven.set(peerOf(socket), socket);
      socket.once('close', () => unproven.delete(peerOf(socket)));
      const [oldest] = unproven.size > unprovenMax ? unproven.values() : [];
      oldest?.destroy();
    });
    // Strangers without the key end here; they are no news.
    this.#tls.on('tlsClientError', () => undefined);
    this.#tls.on('secureConnection', (socket) => {
      unproven.delete(peerOf(socket));
      this.#http.emit('connection', socket);
    });
    this.#http.on('upgrade', (request: IncomingMessage, _socket, head) => {
      const socket = request.socket as TLSSocket;
      upgrade.handleUpgrade(request, socket, head, (webSocket) => this.#connected(webSocket, identities.get(socket) ?? ''));
    });
    this.#quietTimer = setInterval(() => this.#dropQuiet(), quietLookMs);
  }

  /** Rejects when the port cannot be had. */
  static async listen(options: LinkServerOptions): Promise<LinkServer> {
    const server = new LinkServer(options);
    try {
      await new Promise<void>((resolve, reject) => {
        server.#tls.once('error', reject);
        server.#tls.listen(options.port, options.host, resolve);
      });
    } catch (error) {
      clearInterval(server.#quietTimer);
      throw error;
    }
    return server;
  }

  get port(): number {
    return (this.#tls.address() as AddressInfo).port;
  }

  onMessage(handler: MessageHandler): void {
    this.#onMessage = handler;
  }

  onClosed(handler: ClosedHandler): void {
    this.#onClosed = handler;
  }

  send(node: NodeId, message: ManagerMessage): boolean {
    return this.#linked.get(node)?.send(message) ?? false;
  }

  close(node: NodeId): void {
    this.#linked.get(node)?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#quietTimer);
    for (const connection of this.#connections) connection.close();
    const closed = new Promise<void>((resolve) => this.#tls.close(() => resolve()));
    // Nodes that do not answer the close are not waited for.
    const abrupt = setTimeout(() => this.#connections.forEach((connection) => connection.terminate()), 500);
    await closed;
    clearTimeout(abrupt);
  }

  #connected(socket: WebSocket, identity: NodeId): void {
    const connection = new NodeConnection(socket, identity, {
      log: this.#log,
      onHello: (hello) => this.#greet(connection, hello),
      onMessage: (message) => {
        if (this.#linked.get(identity) === connection) this.#onMessage(identity, connection.nonce, message);
      },
      onClosed: () => this.#closed(connection),
    });
    this.#connections.add(connection);
  }

  #greet(connection: NodeConnection, hello: Extract<NodeMessage, { kind: 'hello' }>): void {
    const { node } = connection;
    const before = this.#linked.get(node);
    this.#linked.set(node, connection);
    this.#onMessage(node, connection.nonce, hello);
    if (before === undefined || before === connection) return;
    if (connection.isClosing) this.#linked.set(node, before);
    else {
      before.terminate();
      if (before.nonce !== connection.nonce) this.#onClosed(node, before.nonce);
    }
  }

  #closed(connection: NodeConnection): void {
    this.#connections.delete(connection);
    if (this.#linked.get(connection.node) !== connection) return;
    this.#linked.delete(connection.node);
    this.#onClosed(connection.node, connection.nonce);
  }

  #dropQuiet(): void {
    const nowMs = performance.now();
    const wasAway = nowMs - this.#lookedAtMs > 2 * quietLookMs;
    this.#lookedAtMs = nowMs;
    // After a stall of ours, what they said meanwhile is still to be read.
    if (wasAway) return;
    for (const connection of this.#connections) if (nowMs - connection.heardAtMs > quietMs) connection.terminate();
  }
}

/** The same name for a connection before and after its handshake. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress ?? ''} ${remotePort ?? 0}`;
}
