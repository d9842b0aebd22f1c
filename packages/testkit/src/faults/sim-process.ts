import type { Clock, Timer } from '@juqueue/core';
import type { Host } from './host.ts';

/** What waits for a process: timers that are due, and input. */
type Source = 'timer' | 'input';

/** A fault set for a certain act of a process: its death just before or just after, or a stop of that many milliseconds in between. */
export type Trap = { readonly kind: 'die-before' | 'die-after' } | { readonly kind: 'stop'; readonly ms: number };

/** A thawed process is scheduled within this. */
const wakesWithinMs = 400;

/** A process with the clocks of its host. It can die, stop, and go on; what comes in meanwhile waits for it. */
export class SimProcess implements Clock {
  readonly host: Host;
  readonly name: string;
  readonly #onKilled: (() => void)[] = [];
  readonly #isAsync: boolean;
  #waiting: { readonly source: Source; readonly action: () => void }[] = [];
  #isAlive = true;
  #isStopped = false;
  #isWaking = false;
  #acts = 0;
  #trap: { readonly atAct: number; readonly trap: Trap } | null = null;

  /** `isAsync`: its code awaits, so promises have to settle after everything that it does. */
  constructor(host: Host, name: string, isAsync: boolean) {
    this.host = host;
    this.name = name;
    this.#isAsync = isAsync;
    host.processes.add(this);
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** It is not scheduled at present. */
  get isStill(): boolean {
    return this.#isStopped || this.host.isStalled;
  }

  nowMs(): number {
    return this.host.wallMs();
  }

  monotonicMs(): number {
    return this.host.monotonicMs();
  }

  after(delayMs: number, action: () => void): Timer {
    const dueMs = this.monotonicMs() + Math.max(0, delayMs);
    let isCancelled = false;
    const arm = (): void => {
      this.host.timeline.after(dueMs - this.monotonicMs(), () => {
        if (isCancelled || !this.#isAlive) return;
        // A suspension in between moved the instant.
        if (this.monotonicMs() < dueMs) arm();
        else this.deliver(() => !isCancelled && action(), 'timer');
      });
    };
    arm();
    return { cancel: () => void (isCancelled = true) };
  }

  /** Has the process do this, now or when it is scheduled again; never when it is dead. */
  deliver(action: () => void, source: Source = 'input'): void {
    if (!this.#isAlive) return;
    if (this.isStill || this.#waiting.length > 0) {
      this.#waiting.push({ source, action });
      return;
    }
    this.#do(action);
  }

  /** An act towards the outside. Here crashes and stops come in between. */
  act(what: string, action: () => void): void {
    if (!this.#isAlive) return;
    this.#acts += 1;
    const trap = this.#trap?.atAct === this.#acts ? this.#trap.trap : null;
    if (trap !== null) this.host.timeline.tell(`${this.name}: ${trap.kind} at '${what}'`);
    if (trap?.kind === 'die-before') this.kill();
    if (trap?.kind === 'stop') {
      this.stop();
      this.host.timeline.after(trap.ms, () => this.continue());
    }
    if (!this.#isAlive) return;
    if (this.isStill) this.#waiting.push({ source: 'input', action });
    else action();
    if (trap?.kind === 'die-after') this.kill();
  }

  setTrap(inActs: number, trap: Trap): void {
    this.#trap = { atAct: this.#acts + inActs, trap };
  }

  onKilled(action: () => void): void {
    this.#onKilled.push(action);
  }

  kill(): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    this.#waiting = [];
    this.host.processes.delete(this);
    this.host.timeline.tell(`${this.name} is dead`);
    for (const action of this.#onKilled) action();
  }

  /** SIGSTOP. */
  stop(): void {
    if (!this.#isAlive || this.#isStopped) return;
    this.#isStopped = true;
    this.host.timeline.tell(`${this.name} is stopped`);
  }

  /** SIGCONT. */
  continue(): void {
    if (!this.#isAlive || !this.#isStopped) return;
    this.#isStopped = false;
    this.host.timeline.tell(`${this.name} is continued`);
    this.wake();
  }

  /** Does what has waited, one after the other; timers before input or after it, as the machine pleases. */
  wake(): void {
    if (this.isStill || !this.#isAlive || this.#isWaking || this.#waiting.length === 0) return;
    const { dice, timeline } = this.host;
    if (dice.chance(0.5))
      this.#waiting = [
        ...this.#waiting.filter(({ source }) => source === 'timer'),
        ...this.#waiting.filter(({ source }) => source === 'input'),
      ];
    this.#isWaking = true;
    timeline.after(dice.between(0, wakesWithinMs), () => this.#doWaiting());
  }

  #doWaiting(): void {
    if (this.isStill || !this.#isAlive) {
      this.#isWaking = false;
      return;
    }
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#isWaking = false;
      return;
    }
    this.#do(next.action);
    this.host.timeline.after(0, () => this.#doWaiting());
  }

  #do(action: () => void): void {
    if (this.#isAsync) this.host.timeline.stir();
    action();
  }
}
