import { session } from './session.svelte.ts';
import type { LiveFrame } from './live-frame.ts';

export interface QueryOptions<T> {
  /** What may change the answer, as topics of the live channel; read anew when what it depends on changes. */
  readonly topics: () => readonly string[];
  /** The new answer, where the news themselves hold it; null when it has to be asked for. */
  readonly fromFrame?: (frame: LiveFrame, before: T | null) => T | null;
  /** The least time between the starts of two requests that news ask for. */
  readonly restMs?: number;
  /** For answers that change without an event: how often they are asked for anyway. */
  readonly everyMs?: number;
}

const defaultRestMs = 1_000;

/**
 * A question to the server whose answer is kept fresh: asked at once, again when its inputs change (call `ask`), and when
 * news concern it, but never more than one request at a time and not while nobody looks at the tab.
 */
export class Query<T> {
  data = $state.raw<T | null>(null);
  error = $state.raw<unknown>(null);
  isLoading = $state(false);
  answeredAtMs = $state<number | null>(null);

  readonly #options: QueryOptions<T>;
  #question: (() => Promise<T>) | null = null;
  #number = 0;
  #startedAtMs = Number.NEGATIVE_INFINITY;
  #isDue = false;
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** Lives as long as the component or effect in which it is made. */
  constructor(options: QueryOptions<T>) {
    this.#options = options;
    $effect(() => session.follow(options.topics(), (frame) => this.#hear(frame)));
    $effect(() => {
      const onVisible = (): void => {
        if (document.visibilityState === 'visible' && this.#isDue) this.#schedule();
      };
      document.addEventListener('visibilitychange', onVisible);
      const interval = options.everyMs === undefined ? null : setInterval(() => this.refresh(), options.everyMs);
      return () => {
        if (interval !== null) clearInterval(interval);
        document.removeEventListener('visibilitychange', onVisible);
        if (this.#timer !== null) clearTimeout(this.#timer);
        this.#number += 1;
      };
    });
  }

  /** Asks a question in place of the one before; `isNew` forgets the old answer at once. */
  ask(question: () => Promise<T>, isNew = false): void {
    this.#question = question;
    if (isNew) {
      this.data = null;
      this.error = null;
    }
    void this.#send();
  }

  /** Asks the same again soon. */
  refresh(): void {
    this.#isDue = true;
    this.#schedule();
  }

  /** Asks the same again now; resolved when the answer is there. */
  async again(): Promise<void> {
    await this.#send();
  }

  #hear(frame: LiveFrame | null): void {
    const answer = frame === null ? null : (this.#options.fromFrame?.(frame, this.data) ?? null);
    if (answer === null) return this.refresh();
    // What was asked before is older than this.
    this.#number += 1;
    this.isLoading = false;
    this.data = answer;
    this.error = null;
    this.answeredAtMs = Date.now();
    if (this.#isDue) this.#schedule();
  }

  #schedule(): void {
    if (this.#timer !== null || this.isLoading || document.visibilityState === 'hidden') return;
    const waitMs = Math.max(0, this.#startedAtMs + (this.#options.restMs ?? defaultRestMs) - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#send();
    }, waitMs);
  }

  async #send(): Promise<void> {
    if (this.#question === null) return;
    this.#number += 1;
    const number = this.#number;
    this.#isDue = false;
    this.#startedAtMs = performance.now();
    this.isLoading = true;
    try {
      const data = await this.#question();
      if (number !== this.#number) return;
      this.data = data;
      this.error = null;
      this.answeredAtMs = Date.now();
    } catch (error) {
      if (number !== this.#number) return;
      this.error = error;
      session.noteError(error);
    }
    this.isLoading = false;
    if (this.#isDue) this.#schedule();
  }
}

/** For answers that any event may change: the overview changes with each. */
export function anything(): readonly string[] {
  return ['overview'];
}
