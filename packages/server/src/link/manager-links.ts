import { networkInterfaces } from 'node:os';
import type { Log, ManagerMessage, NodeId, NodeLink, NodeMessage, Nonce } from '@juqueue/core';
import type { ManagerAddress } from '../provisions/provisions.ts';
import { LinkServer } from './link-server.ts';

type MessageHandler = (node: NodeId, nonce: Nonce, message: NodeMessage) => void;
type ClosedHandler = (node: NodeId, nonce: Nonce) => void;

export interface ManagerLinksOptions {
  readonly key: Buffer;
  readonly log: Log;
}

/**
 * The links of all nodes. Nodes of this machine connect over the loopback; a port on the network is opened only when the
 * first cluster needs it, and stays as long as the manager.
 */
export class ManagerLinks implements NodeLink, AsyncDisposable {
  readonly #options: ManagerLinksOptions;
  readonly #loopback: LinkServer;
  #network: Promise<LinkServer> | null = null;
  #networkServer: LinkServer | null = null;
  #onMessage: MessageHandler = () => undefined;
  #onClosed: ClosedHandler = () => undefined;

  private constructor(options: ManagerLinksOptions, loopback: LinkServer) {
    this.#options = options;
    this.#loopback = loopback;
  }

  static async open(options: ManagerLinksOptions): Promise<ManagerLinks> {
    return new ManagerLinks(options, await LinkServer.listen({ ...options, host: '127.0.0.1', port: 0 }));
  }

  /** Opens the port on the network, once. Rejects when it cannot be had. */
  async openNetwork(): Promise<void> {
    this.#network ??= LinkServer.listen({ ...this.#options, host: '0.0.0.0', port: 0 });
    this.#networkServer = await this.#network;
    this.#networkServer.onMessage(this.#onMessage);
    this.#networkServer.onClosed(this.#onClosed);
  }

  /** Where nodes may try to reach us: those of `preferredInterfaces` first, the loopback last. */
  addresses(preferredInterfaces: readonly string[]): readonly ManagerAddress[] {
    const loopback = [{ host: '127.0.0.1', port: this.#loopback.port }];
    const network = this.#networkServer;
    if (network === null) return loopback;
    const interfaces = Object.entries(networkInterfaces()).sort(
      ([a], [b]) => Number(preferredInterfaces.includes(b)) - Number(preferredInterfaces.includes(a)),
    );
    const hosts = interfaces
      .flatMap(([, addresses]) => addresses ?? [])
      .filter((address) => !address.internal && address.family === 'IPv4');
    return [...hosts.map(({ address }) => ({ host: address, port: network.port })), ...loopback];
  }

  send(node: NodeId, message: ManagerMessage): boolean {
    return this.#loopback.send(node, message) || (this.#networkServer?.send(node, message) ?? false);
  }

  close(node: NodeId): void {
    this.#loopback.close(node);
    this.#networkServer?.close(node);
  }

  onMessage(handler: MessageHandler): void {
    this.#onMessage = handler;
    this.#loopback.onMessage(handler);
    this.#networkServer?.onMessage(handler);
  }

  onClosed(handler: ClosedHandler): void {
    this.#onClosed = handler;
    this.#loopback.onClosed(handler);
    this.#networkServer?.onClosed(handler);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loopback[Symbol.asyncDispose]();
    if (this.#network !== null) await (await this.#network)[Symbol.asyncDispose]();
  }
}
