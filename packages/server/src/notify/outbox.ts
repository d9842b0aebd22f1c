import type { Clock, Log, NotifyChannel } from '@juqueue/core';
import type { Message } from './news.ts';

/** After a failed delivery: a hiccup, a restart of the service, an outage. Then the message is given up. */
const retryAfterMs = [10_000, 60_000, 5 * 60_000, 30 * 60_000, 2 * 3_600_000] as const;
/** More messages than this behind one that does not get through help nobody; the oldest go. */
const waitingMax = 50;

export type Deliver = (channel: NotifyChannel, message: Message) => Promise<string | null>;

/** The messages of one channel, one after the other, each tried again with growing pauses. Nobody waits for it. */
export class Outbox implements Disposable {
  readonly #channel: NotifyChannel;
  readonly #deliver: Deliver;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #waiting: Message[];
  readonly #changed: () => void;
  #attempts = 0;
  #isSending = false;
  #timer: { cancel(): void } | null = null;
  #isClosed = false;

  /** `waiting` are messages of before; `changed` is called after each change of what waits. */
  constructor(channel: NotifyChannel, deliver: Deliver, clock: Clock, log: Log, waiting: readonly Message[], changed: () => void) {
    this.#channel = channel;
    this.#deliver = deliver;
    this.#clock = clock;
    this.#log = log;
    this.#waiting = [...waiting];
    this.#changed = changed;
    if (waiting.length > 0) void this.#send();
  }

  /** What the channel has not taken yet, with what it is being told. */
  get waiting(): readonly Message[] {
    return this.#waiting;
  }

  put(message: Message): void {
    this.#waiting.push(message);
    if (this.#waiting.length > waitingMax) {
      this.#waiting.splice(this.#isSending ? 1 : 0, 1);
      this.#log.warn(`notify: ${this.#channel.name} has ${waitingMax} messages waiting, an older one was dropped`);
    }
    this.#changed();
    if (this.#timer === null) void this.#send();
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  async #send(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    for (let [message] = this.#waiting; message !== undefined && !this.#isClosed; [message] = this.#waiting) {
      const trouble = await this.#deliver(this.#channel, message).catch((error: unknown) => String(error));
      const pauseMs = retryAfterMs[this.#attempts];
      if (trouble !== null && pauseMs !== undefined) {
        this.#attempts += 1;
        this.#log.warn(`notify: ${this.#channel.name} did not take a message (${trouble}); again in ${pauseMs / 1_000} s`);
        this.#later(pauseMs);
        break;
      }
      if (trouble === null) this.#log.info(`notify: told ${this.#channel.name}: ${message.title}`);
      else
        this.#log.warn(
          `notify: ${this.#channel.name} did not take a message ${retryAfterMs.length + 1} times (${trouble}); it is dropped: ${message.title}`,
        );
      this.#waiting.shift();
      this.#attempts = 0;
      this.#changed();
    }
    this.#isSending = false;
  }

  #later(pauseMs: number): void {
    if (this.#isClosed) return;
    this.#timer = this.#clock.after(pauseMs, () => {
      this.#timer = null;
      void this.#send();
    });
  }
}
