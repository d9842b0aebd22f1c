import { EventQueue } from '@juqueue/core';

export interface Scheduled {
  cancel(): void;
}

interface Entry {
  action: (() => void) | null;
}

/** How many lines of the trace are kept for the report of a failure. */
const tailLines = 120;

/** True time of the simulated world, in milliseconds from 0. Nothing happens but what was put on it; what happens is told to the trace. */
export class Timeline {
  readonly #queue = new EventQueue<Entry>();
  readonly #tail: string[] = [];
  readonly #print: ((line: string) => void) | null;
  #due: readonly Entry[] = [];
  #next = 0;
  #nowMs = 0;
  #steps = 0;
  #isStirred = false;

  /** `print` gets every line of the trace as it is made. */
  constructor(print: ((line: string) => void) | null) {
    this.#print = print;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  get steps(): number {
    return this.#steps;
  }

  /** The newest lines of the trace, oldest first. */
  get tail(): readonly string[] {
    return this.#tail.slice(-tailLines);
  }

  after(delayMs: number, action: () => void): Scheduled {
    const entry: Entry = { action };
    this.#queue.add(this.#nowMs + Math.max(0, Math.ceil(delayMs)), entry);
    return { cancel: () => void (entry.action = null) };
  }

  tell(line: string): void {
    const full = `${formatInstant(this.#nowMs)}  ${line}`;
    this.#print?.(full);
    this.#tail.push(full);
    if (this.#tail.length >= 10 * tailLines) this.#tail.splice(0, this.#tail.length - tailLines);
  }

  /** Code that awaits was called: promises have to settle before time goes on. */
  stir(): void {
    this.#isStirred = true;
  }

  /** The next thing happens, and what follows from it without time passing. False when nothing is to come. */
  async step(): Promise<boolean> {
    const entry = this.#take();
    if (entry === null) return false;
    this.#steps += 1;
    entry.action?.();
    if (this.#isStirred) {
      this.#isStirred = false;
      // All microtasks are done before this callback is.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return true;
  }

  #take(): Entry | null {
    for (;;) {
      const entry = this.#due[this.#next];
      if (entry !== undefined) {
        this.#next += 1;
        if (entry.action !== null) return entry;
        continue;
      }
      const atMs = this.#queue.nextAtMs;
      if (atMs === null) return null;
      this.#due = this.#queue.takeNext();
      this.#next = 0;
      this.#nowMs = atMs;
    }
  }
}

/** `01:02:03.456` */
export function formatInstant(ms: number): string {
  const part = (value: number, digits: number): string => String(value).padStart(digits, '0');
  return `${part(Math.floor(ms / 3_600_000), 2)}:${part(Math.floor(ms / 60_000) % 60, 2)}:${part(Math.floor(ms / 1_000) % 60, 2)}.${part(ms % 1_000, 3)}`;
}
