import type { AttemptOutcome, FencingTimes, ManagerMessage, NodeId, NodeMessage, StartSpec } from '@juqueue/core';
import { defaultFencingTimes, protocolVersion, silentLog } from '@juqueue/core';
import { LinkServer } from '../../server/src/link/link-server.ts';
import type { TestWorkDir } from './work-dir.ts';
import { waitUntil } from './wait-until.ts';

export interface FakeManagerOptions {
  readonly epoch?: number;
  readonly times?: Partial<FencingTimes>;
  readonly acknowledges?: boolean;
  readonly answersHeartbeats?: boolean;
}

type MessageOf<Kind extends NodeMessage['kind']> = Extract<NodeMessage, { kind: Kind }>;
type Body = ManagerMessage extends infer Message ? (Message extends { readonly epoch: number } ? Omit<Message, 'epoch'> : never) : never;

/** The manager's side of the real link, which welcomes every node and remembers what it says. */
export class FakeManager implements AsyncDisposable {
  readonly messages: { readonly node: NodeId; readonly message: NodeMessage }[] = [];
  readonly #link: LinkServer;
  readonly #epoch: number;
  #isLinked = false;
  #listener: (message: NodeMessage) => void = () => undefined;

  private constructor(link: LinkServer, options: FakeManagerOptions) {
    this.#link = link;
    this.#epoch = options.epoch ?? 1;
    const times = { ...defaultFencingTimes, ...options.times };
    link.onMessage((node, _nonce, message) => {
      this.messages.push({ node, message });
      this.#listener(message);
      if (message.kind === 'hello') {
        this.#isLinked = true;
        this.send(node, { kind: 'welcome', protocol: protocolVersion, times, idleTimeoutMs: 60_000 });
        if (options.acknowledges !== false)
          for (const { run, attempt } of message.ended) this.send(node, { kind: 'ended-acknowledged', run, attempt });
      }
      if (message.kind === 'heartbeat' && options.answersHeartbeats !== false)
        this.send(node, { kind: 'heartbeat-answer', number: message.number });
      if (message.kind === 'ended' && options.acknowledges !== false)
        this.send(node, { kind: 'ended-acknowledged', run: message.run, attempt: message.attempt });
    });
    link.onClosed(() => {
      this.#isLinked = false;
    });
  }

  static async start(workDir: TestWorkDir, options: FakeManagerOptions = {}): Promise<FakeManager> {
    const link = await LinkServer.listen({ key: workDir.key, host: '127.0.0.1', port: 0, log: silentLog });
    await workDir.writeAddresses(options.epoch ?? 1, link.port);
    return new FakeManager(link, options);
  }

  get isLinked(): boolean {
    return this.#isLinked;
  }

  onHeard(listener: (message: NodeMessage) => void): void {
    this.#listener = listener;
  }

  send(node: NodeId, body: Body): void {
    this.#link.send(node, { epoch: this.#epoch, ...body } as ManagerMessage);
  }

  start(node: NodeId, spec: StartSpec, slots: readonly number[] = []): void {
    this.send(node, { kind: 'start', slots, spec });
  }

  /** The first message of this kind that fits, now or later. */
  heard<Kind extends NodeMessage['kind']>(
    kind: Kind,
    fits: (message: MessageOf<Kind>) => boolean = () => true,
    withinMs = 40_000,
  ): Promise<MessageOf<Kind>> {
    return waitUntil(`the node says ${kind}`, () => this.all(kind).find(fits), withinMs) as Promise<MessageOf<Kind>>;
  }

  all<Kind extends NodeMessage['kind']>(kind: Kind): readonly MessageOf<Kind>[] {
    return this.messages.map(({ message }) => message).filter((message): message is MessageOf<Kind> => message.kind === kind);
  }

  async outcome(run: string, attempt = 1, withinMs = 40_000): Promise<AttemptOutcome> {
    return (await this.heard('ended', (message) => message.run === run && message.attempt === attempt, withinMs)).outcome;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#link[Symbol.asyncDispose]();
  }
}
