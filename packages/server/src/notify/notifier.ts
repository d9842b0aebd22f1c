import { WorkerCalls, workerFile } from '@juqueue/core';
import type { Clock, EngineApi, Log, NotifyChannel, NotifyDefinition } from '@juqueue/core';
import { messageOf } from './news.ts';
import type { Message, News } from './news.ts';
import { NewsWatch } from './news-watch.ts';
import type { NotifyFunctions } from './notify-worker.ts';
import { Outbox } from './outbox.ts';
import type { Deliver } from './outbox.ts';
import { UnsentKeeper } from './unsent.ts';
import type { Unsent, UnsentStore } from './unsent.ts';

/** How often we look for what did not happen. */
const lookEveryMs = 60_000;
/** The worker goes when there was nothing to send for this long. */
const workerIdleMs = 10_000;
const settleLimitMs = 2_000;

export interface NotifierOptions {
  readonly engine: Pick<EngineApi, 'snapshot' | 'experiments' | 'run' | 'budgets' | 'onEvents'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly host: string;
  readonly workDir: string;
  readonly defDir: string;
  /** Tests give their own. */
  readonly deliver?: Deliver;
  readonly unsent?: UnsentStore;
  /** Where what is unsent is kept. */
  readonly privateDir: string;
}

/** What a test message over one channel came to. */
export interface ChannelTrial {
  readonly channel: string;
  readonly type: NotifyChannel['target']['kind'];
  /** Null when it was taken. */
  readonly trouble: string | null;
}

/**
 * Tells people what happened, over the channels of `notify.yaml`: news are collected for the digest time and go as one
 * message. Nothing waits for it; without channels it does nothing at all. What was not sent is kept on disk and sent by the
 * next manager: a message that was just being sent when a manager died may come twice.
 */
export class Notifier implements AsyncDisposable {
  readonly #options: NotifierOptions;
  readonly #worker = new WorkerCalls<NotifyFunctions>(workerFile('notify-worker', import.meta.url), undefined, { idleMs: workerIdleMs });
  #definition: NotifyDefinition | null = null;
  #outboxes: readonly (readonly [NotifyChannel, Outbox])[] = [];
  #watch: NewsWatch | null = null;
  #stopListening: () => void = () => undefined;
  #looking: { cancel(): void } | null = null;
  #collected: News[] = [];
  #digest: { cancel(): void } | null = null;
  /** From the first definition with channels on. */
  #keeper: UnsentKeeper | null = null;
  /** Of an earlier manager, by channel; until the channels are defined. */
  #leftOver: Unsent['waiting'] = {};

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  /** Takes what `notify.yaml` says now; null when there is none. What waits for channels that are gone is dropped. */
  define(definition: NotifyDefinition | null): void {
    if (JSON.stringify(definition) === JSON.stringify(this.#definition)) return;
    this.#definition = definition;
    const { waiting } = this.#unsent();
    for (const [, outbox] of this.#outboxes) outbox[Symbol.dispose]();
    const { clock, log } = this.#options;
    this.#outboxes = (definition?.channels ?? []).map(
      (channel) =>
        [channel, new Outbox(channel, this.#deliver, clock, log, waiting[channel.name] ?? [], () => this.#keeper?.save())] as const,
    );
    if (definition !== null) {
      this.#leftOver = {};
      this.#keeper ??= this.#newKeeper();
    }
    if (this.#outboxes.length === 0) this.#rest();
    else this.#begin();
  }

  /** Sends one message over every channel now, and answers what came of each. */
  async test(): Promise<readonly ChannelTrial[]> {
    const news: News = {
      kind: 'experiment-done',
      atMs: this.#options.clock.nowMs(),
      sentence: 'this is a test, nothing has happened',
      experiment: null,
      run: null,
      cluster: null,
    };
    const message = messageOf([news], this.#options);
    return await Promise.all(
      (this.#definition?.channels ?? []).map(async (channel) => ({
        channel: channel.name,
        type: channel.target.kind,
        trouble: await this.#deliver(channel, message),
      })),
    );
  }

  /** What is unsent stays on disk. A disk that hangs is not waited for: it has what was unsent a moment ago. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const [, outbox] of this.#outboxes) outbox[Symbol.dispose]();
    await Promise.race([this.#keeper?.settled(), new Promise((resolve) => this.#options.clock.after(settleLimitMs, () => resolve(null)))]);
    this.#rest();
    await this.#worker[Symbol.asyncDispose]();
  }

  #newKeeper(): UnsentKeeper {
    const { unsent, privateDir, log } = this.#options;
    const store = unsent ?? {
      read: () => this.#worker.call('readUnsent', privateDir),
      write: (current: Unsent) => this.#worker.call('writeUnsent', { folder: privateDir, unsent: current }),
    };
    return new UnsentKeeper(
      store,
      log,
      () => this.#unsent(),
      (left) => this.#restore(left),
    );
  }

  #unsent(): Unsent {
    return {
      collected: this.#collected,
      waiting: { ...this.#leftOver, ...Object.fromEntries(this.#outboxes.map(([{ name }, { waiting }]) => [name, waiting])) },
    };
  }

  #restore({ collected, waiting }: Unsent): void {
    this.#leftOver = waiting;
    for (const [{ name }, outbox] of this.#outboxes) for (const message of waiting[name] ?? []) outbox.put(message);
    if (this.#definition !== null) this.#leftOver = {};
    this.#collect(collected);
  }

  #begin(): void {
    if (this.#watch !== null) return;
    const { engine, clock } = this.#options;
    const watch = new NewsWatch(engine, clock.nowMs());
    this.#watch = watch;
    this.#stopListening = engine.onEvents((events) => this.#collect(watch.follow(events, clock.nowMs())));
    const look = (): void => {
      if (this.#definition !== null) this.#collect(watch.look(this.#definition, clock.nowMs()));
      this.#looking = clock.after(lookEveryMs, look);
    };
    this.#looking = clock.after(lookEveryMs, look);
  }

  #rest(): void {
    this.#stopListening();
    this.#looking?.cancel();
    this.#digest?.cancel();
    this.#watch = null;
    this.#digest = null;
    this.#collected = [];
  }

  #collect(news: readonly News[]): void {
    if (news.length === 0) return;
    this.#collected.push(...news);
    this.#keeper?.save();
    this.#digest ??= this.#options.clock.after(this.#definition?.digestMs ?? 0, () => this.#flush());
  }

  #flush(): void {
    const collected = this.#collected;
    this.#collected = [];
    this.#digest = null;
    for (const [{ kinds }, outbox] of this.#outboxes) {
      const wanted = collected.filter(({ kind }) => kinds.includes(kind));
      if (wanted.length > 0) outbox.put(messageOf(wanted, this.#options));
    }
    this.#keeper?.save();
  }

  readonly #deliver: Deliver = (channel: NotifyChannel, message: Message) => {
    const { deliver, defDir } = this.#options;
    return deliver === undefined ? this.#worker.call('deliver', { target: channel.target, message, defDir }) : deliver(channel, message);
  };
}
