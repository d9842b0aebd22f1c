import type { LogMatches, LogWindow } from '@juqueue/client';
import { session } from '../session/session.svelte.ts';
import { linesOf } from './log-text.ts';
import type { LogLine } from './log-text.ts';

export type Stream = 'stdout' | 'stderr';

/** One request: what a slow tunnel carries in a blink, and many screens of text. */
const windowBytes = 65_536;
/** Lines beyond these are forgotten at the far end; they are asked for again when somebody goes there. */
const keptLines = 20_000;
/** How often the end of a log that grows is looked at. */
const followEveryMs = 1_000;

/** A log of any size, of which a stretch is loaded: its end, or the surroundings of a place that was asked for. */
export class LogView {
  lines = $state.raw<readonly LogLine[]>([]);
  size = $state<number | null>(null);
  error = $state.raw<unknown>(null);
  isLoading = $state(false);

  readonly run: string;
  readonly stream: Stream;
  #startByte = $state(0);
  #endByte = $state(0);
  /** The beginning of a line that is not ended yet is asked for again with what follows. */
  #hasEnded = false;

  readonly #isRaw: boolean;

  /** `isRaw`: as it was written, with every picture of a progress bar. */
  constructor(run: string, stream: Stream, isRaw: boolean) {
    this.#isRaw = isRaw;
    this.run = run;
    this.stream = stream;
  }

  get isAtStart(): boolean {
    return this.#startByte === 0;
  }

  get isAtEnd(): boolean {
    return this.size !== null && this.#endByte >= this.size;
  }

  end(): void {
    this.#hasEnded = true;
  }

  async openAtEnd(): Promise<void> {
    await this.#guarded(() => this.#openEnd());
  }

  /** Loads the surroundings of a line. */
  async openAt(offset: number): Promise<void> {
    await this.#guarded(() => this.#open(Math.max(0, offset - windowBytes / 2), windowBytes));
  }

  async loadEarlier(): Promise<void> {
    if (this.isAtStart || this.isLoading) return;
    await this.#guarded(async () => {
      const from = Math.max(0, this.#startByte - windowBytes);
      const { bytes } = await this.#read(from, this.#startByte - from);
      const earlier = linesOf(bytes, from, from === 0, this.#isRaw);
      const all = [...earlier, ...this.lines];
      this.lines = all.slice(0, keptLines);
      this.#startByte = earlier[0]?.offset ?? from;
      this.#endByte = all[keptLines]?.offset ?? this.#endByte;
    });
  }

  async loadLater(): Promise<void> {
    if (this.isLoading) return;
    await this.#guarded(() => this.#extend());
  }

  /** Reads what is written until `end`; `isWanted` says whether somebody follows at the moment. */
  async follow(isWanted: () => boolean): Promise<void> {
    while (!this.#hasEnded) {
      await new Promise((resolve) => setTimeout(resolve, followEveryMs));
      if (!this.#hasEnded && isWanted() && document.visibilityState === 'visible' && !this.isLoading)
        await this.#guarded(() => this.#extend());
    }
  }

  search(text: string, from: number): Promise<LogMatches> {
    return session.client.call('searchLog', {
      path: { id: this.run, stream: this.stream },
      query: { text, ignoreCase: true, from, limit: 500 },
    });
  }

  /** The whole log, window by window, for a file of the browser. */
  async download(): Promise<Blob> {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    for (let from = 0; ;) {
      const { bytes, size } = await this.#read(from, 1_048_576);
      parts.push(new Uint8Array(bytes));
      from += bytes.length;
      if (from >= size || bytes.length === 0) return new Blob(parts, { type: 'text/plain' });
    }
  }

  async #open(from: number, length: number): Promise<void> {
    this.#take(await this.#read(from, length));
  }

  async #openEnd(): Promise<void> {
    this.#take(
      await session.client.readLog({
        path: { id: this.run, stream: this.stream },
        query: { fromEnd: true, bytes: windowBytes, raw: true },
      }),
    );
  }

  #take({ from, bytes, size }: LogWindow): void {
    this.size = size;
    this.lines = linesOf(bytes, from, from === 0, this.#isRaw);
    this.#startByte = this.lines[0]?.offset ?? from;
    this.#endByte = from + bytes.length;
  }

  async #extend(): Promise<void> {
    const last = this.lines.at(-1);
    const from = last?.offset ?? this.#endByte;
    const { bytes, size } = await this.#read(from, windowBytes);
    if (size < this.#endByte) {
      // Somebody has shortened the file: what was read is gone.
      await this.#openEnd();
      return;
    }
    this.size = size;
    if (from + bytes.length <= this.#endByte) return;
    this.#endByte = from + bytes.length;
    const later = linesOf(bytes, from, true, this.#isRaw);
    this.lines = [...this.lines.slice(0, -1), ...later].slice(-keptLines);
    this.#startByte = this.lines[0]?.offset ?? this.#startByte;
  }

  #read(from: number, bytes: number) {
    return session.client.readLog({ path: { id: this.run, stream: this.stream }, query: { from, bytes, raw: true } });
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    this.isLoading = true;
    try {
      await work();
      this.error = null;
    } catch (error) {
      this.error = error;
      session.noteError(error);
    }
    this.isLoading = false;
  }
}
