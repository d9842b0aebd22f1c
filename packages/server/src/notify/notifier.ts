import { WorkerCalls, workerFile } from '@juqueue/core';
import type { Clock, EngineApi, Log, NotifyChannel, NotifyDefinition } from '@juqueue/core';
import { messageOf } from './news.ts';
import type { Message, News } from './news.ts';
import { NewsWatch } from './news-watch.ts';
import type { NotifyFunctions } from './notify-worker.ts';
import { Outbox } from './outbox.ts';
import type { Deliver } from './outbox.ts';

/** How often we look for what did not happen. */
const lookEveryMs = 60_000;
/** The worker goes when there was nothing to send for this long. */
const workerIdleMs = 10_000;

export interface NotifierOptions {
  readonly engine: Pick<EngineApi, 'snapshot' | 'experiments' | 'run' | 'budgets' | 'onEvents'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly host: string;
  readonly workDir: string;
  readonly defDir: string;
  /** Tests give their own. */
  readonly deliver?: Deliver;
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
 * message. Nothing waits for it; without channels it does nothing at all. News that were not sent end with the manager.
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

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  /** Takes what `notify.yaml` says now; null when there is none. What waited for channels that are gone is dropped. */
  define(definition: NotifyDefinition | null): void {
    if (JSON.stringify(definition) === JSON.stringify(this.#definition)) return;
    this.#definition = definition;
    for (const [, outbox] of this.#outboxes) outbox[Symbol.dispose]();
    const { clock, log } = this.#options;
    this.#outboxes = (definition?.channels ?? []).map((channel) => [channel, new Outbox(channel, this.#deliver, clock, log)] as const);
    if (this.#outboxes.length === 0) this.#rest();
    else this.#begin();
  }

  /** Sends one message over every channel now, and answers what came of each. */
  async test(): Promise<readonly ChannelTrial[]> {
    const news: News = { kind: 'experiment-done', atMs: this.#options.clock.nowMs(), sentence: 'this is a test, nothing has happened', experiment: null, run: null, cluster: null };
    const message = messageOf([news], this.#options);
    return await Promise.all((this.#definition?.channels ?? []).map(async (channel) => ({ channel: channel.name, type: channel.target.kind, trouble: await this.#deliver(channel, message) })));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [, outbox] of this.#outboxes) outbox[Symbol.dispose]();
    this.#rest();
    await this.#worker[Symbol.asyncDispose]();
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
  }

  readonly #deliver: Deliver = (channel: NotifyChannel, message: Message) => {
    const { deliver, defDir } = this.#options;
    return deliver === undefined ? this.#worker.call('deliver', { target: channel.target, message, defDir }) : deliver(channel, message);
  };
}
