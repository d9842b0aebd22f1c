import type { HeldAttempt, ManagerMessage, NodeId, NodeLink, NodeMessage, Nonce } from '@juqueue/core';

type MessageHandler = (node: NodeId, nonce: Nonce, message: NodeMessage) => void;

/** Links to nodes that the test plays: what the manager sent is kept, what the node says is said by the test. */
export class FakeLink implements NodeLink {
  readonly sent: { readonly node: NodeId; readonly message: ManagerMessage }[] = [];
  readonly #linked = new Map<NodeId, Nonce>();
  #connections = 0;
  #onMessage: MessageHandler = () => undefined;
  #onClosed: (node: NodeId, nonce: Nonce) => void = () => undefined;

  send(node: NodeId, message: ManagerMessage): boolean {
    if (!this.#linked.has(node)) return false;
    this.sent.push({ node, message });
    return true;
  }

  close(node: NodeId): void {
    this.#linked.delete(node);
  }

  onMessage(handler: MessageHandler): void {
    this.#onMessage = handler;
  }

  onClosed(handler: (node: NodeId, nonce: Nonce) => void): void {
    this.#onClosed = handler;
  }

  /** The messages of one kind that were sent to a node, oldest first. */
  to<Kind extends ManagerMessage['kind']>(node: NodeId, kind: Kind): readonly Extract<ManagerMessage, { kind: Kind }>[] {
    return this.sent.flatMap(({ node: to, message }) =>
      to === node && message.kind === kind ? [message as Extract<ManagerMessage, { kind: Kind }>] : [],
    );
  }

  hello(
    node: NodeId,
    nonce: Nonce,
    slots: number,
    more: {
      readonly held?: readonly HeldAttempt[];
      readonly endedNonces?: readonly Nonce[];
      readonly connection?: number;
      readonly deadlineMs?: number;
      readonly clockMs?: number;
    } = {},
  ): void {
    this.#linked.set(node, nonce);
    this.#connections += 1;
    this.say(node, {
      kind: 'hello',
      protocol: 1,
      allocation: node,
      nonce,
      connection: more.connection ?? this.#connections,
      endedNonces: more.endedNonces ?? [],
      host: 'h',
      pid: 1,
      slots,
      deadlineMs: more.deadlineMs ?? null,
      clockMs: more.clockMs ?? 0,
      held: more.held ?? [],
      ended: [],
    });
  }

  say(node: NodeId, message: NodeMessage): void {
    const nonce = this.#linked.get(node);
    if (nonce !== undefined) this.#onMessage(node, nonce, message);
  }

  cut(node: NodeId): void {
    const nonce = this.#linked.get(node);
    this.#linked.delete(node);
    if (nonce !== undefined) this.#onClosed(node, nonce);
  }
}
