/** Where news come from. */
export interface NewsSource<News> {
  /** Tells the news of these topics; null when anything may have changed. Answers the way to stop. */
  follow(topics: readonly string[], listener: (news: News | null) => void): () => void;
  /** To be told of every error: a refused token locks the page. */
  noteError(error: unknown): void;
}

export interface FreshOptions<T, News> {
  /** What may change the answer, as topics of the live channel; read anew when what it depends on changes. */
  readonly topics: () => readonly string[];
  /** The new answer, where the news themselves hold it; null when it has to be asked for. */
  readonly fromNews?: (news: News, before: T | null) => T | null;
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
export class FreshAnswer<T, News> {
  data = $state.raw<T | null>(null);
  error = $state.raw<unknown>(null);
  isLoading = $state(false);
  answeredAtMs = $state<number | null>(null);

  readonly #source: NewsSource<News>;
  readonly #options: FreshOptions<T, News>;
  #question: (() => Promise<T>) | null = null;
  #number = 0;
  #startedAtMs = Number.NEGATIVE_INFINITY;
  #isDue = false;
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** Lives as long as the component or effect in which it is made. */
  constructor(source: NewsSource<News>, options: FreshOptions<T, News>) {
    this.#source = source;
    this.#options = options;
    $effect(() => source.follow(options.topics(), (news) => this.#hear(news)));
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

  #hear(news: News | null): void {
    const answer = news === null ? null : (this.#options.fromNews?.(news, this.data) ?? null);
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
      this.#source.noteError(error);
    }
    this.isLoading = false;
    if (this.#isDue) this.#schedule();
  }
}
