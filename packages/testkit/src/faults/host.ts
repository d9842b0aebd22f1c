import type { Dice } from './dice.ts';
import type { SimProcess } from './sim-process.ts';
import type { Timeline } from './timeline.ts';

/** The wall clocks of the world show about this at its beginning. */
export const worldBeginsMs = 1_700_000_000_000;

/** A stall of a host and how much of it the monotonic clock did not see. `untilMs` is null while it lasts. */
interface Stall {
  readonly fromMs: number;
  untilMs: number | null;
  readonly isMonotonicStill: boolean;
}

/**
 * A machine with its clocks and processes.
 *
 * running    everything goes on.
 * frozen     no process is scheduled, those of the file system's client included; the clocks go on.
 * suspended  as frozen, and the monotonic clock stands still; the wall clock goes on.
 * dead       for ever.
 */
export class Host {
  readonly name: string;
  readonly timeline: Timeline;
  readonly dice: Dice;
  readonly processes = new Set<SimProcess>();
  readonly #stalls: Stall[] = [];
  #skewMs: number;
  #isDead = false;

  constructor(name: string, timeline: Timeline, dice: Dice, skewMs: number) {
    this.name = name;
    this.timeline = timeline;
    this.dice = dice;
    this.#skewMs = skewMs;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  get isStalled(): boolean {
    return this.#stalls.at(-1)?.untilMs === null;
  }

  /** When the newest stall ended; null while one lasts and when there was none. */
  get thawedAtMs(): number | null {
    return this.#stalls.at(-1)?.untilMs ?? null;
  }

  wallMs(): number {
    return worldBeginsMs + this.timeline.nowMs + this.#skewMs;
  }

  monotonicMs(): number {
    return this.timeline.nowMs - this.#stalledMs((stall) => stall.isMonotonicStill);
  }

  /** When the host had been awake for as long as it is now, less `ageMs`: how far back what its caches keep for that time may come from. */
  instantAwake(ageMs: number): number {
    let fromMs = this.timeline.nowMs - ageMs;
    for (const stall of this.#stalls.toReversed()) {
      const untilMs = stall.untilMs ?? this.timeline.nowMs;
      if (untilMs > fromMs) fromMs -= untilMs - Math.max(stall.fromMs, 0);
    }
    return Math.max(0, fromMs);
  }

  stepWall(byMs: number): void {
    this.timeline.tell(`${this.name}: its wall clock is set by ${byMs} ms`);
    this.#skewMs += byMs;
  }

  stall(kind: 'frozen' | 'suspended'): void {
    if (this.#isDead || this.isStalled) return;
    this.timeline.tell(`${this.name} is ${kind}`);
    this.#stalls.push({ fromMs: this.timeline.nowMs, untilMs: null, isMonotonicStill: kind === 'suspended' });
  }

  thaw(): void {
    const stall = this.#stalls.at(-1);
    if (this.#isDead || stall === undefined || stall.untilMs !== null) return;
    this.timeline.tell(`${this.name} goes on after ${this.timeline.nowMs - stall.fromMs} ms`);
    stall.untilMs = this.timeline.nowMs;
    for (const process of this.processes) process.wake();
  }

  die(): void {
    if (this.#isDead) return;
    this.timeline.tell(`${this.name} dies`);
    this.#isDead = true;
    for (const process of [...this.processes]) process.kill();
  }

  #stalledMs(counts: (stall: Stall) => boolean): number {
    return this.#stalls.reduce((sum, stall) => (counts(stall) ? sum + (stall.untilMs ?? this.timeline.nowMs) - stall.fromMs : sum), 0);
  }
}
