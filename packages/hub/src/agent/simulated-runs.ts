import type { Room } from '../agent-protocol/messages.ts';
import { pause } from './retrying.ts';
import type { JobRun, RunDetails, RunsPort } from './runs-port.ts';

/** How long a simulated run takes. */
const simulatedMs = 1_000;

/** Runs that execute nothing and finish: to see that hub, credential and profiles fit before anything is paid for. */
export class SimulatedRuns implements RunsPort {
  readonly #sinceMs = new Map<string, number>();
  readonly #cancelled = new Set<string>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  async details(name: string): Promise<RunDetails> {
    if (!this.#sinceMs.has(name)) this.#sinceMs.set(name, this.#now());
    const run = this.#run(name);
    const end = run.status === 'finished' ? ({ kind: 'exit', exitCode: 0, signal: null, detail: '' } as const) : null;
    return { run, end, node: 'simulated', cluster: null, progress: null };
  }

  async cancel(run: string): Promise<void> {
    this.#cancelled.add(run);
  }

  async resume(): Promise<void> {
    // None of them ever waits.
  }

  async readLog(): Promise<Uint8Array> {
    return new Uint8Array();
  }

  async room(isDraining: boolean): Promise<Room> {
    return { freeSlots: 1, openSlots: 1, nextFreeInMs: 0, isDraining };
  }

  async definitionTrouble(): Promise<string | null> {
    return null;
  }

  async waitForNews(_run: string, waitMs: number, signal: AbortSignal): Promise<void> {
    await pause(Math.min(waitMs, simulatedMs / 4), signal);
  }

  #run(name: string): JobRun {
    const startedAtMs = this.#sinceMs.get(name) ?? this.#now();
    const isCancelled = this.#cancelled.has(name);
    const isOver = this.#now() - startedAtMs >= simulatedMs;
    const status = isCancelled ? 'inactive' : isOver ? 'finished' : 'running';
    return {
      name,
      status,
      reason: isCancelled ? 'user-cancelled' : isOver ? 'exit' : 'running',
      detail: null,
      startedAtMs,
      endedAtMs: isOver ? startedAtMs + simulatedMs : null,
    };
  }
}
