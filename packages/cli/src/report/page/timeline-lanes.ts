import type { AllocationAccount, Event } from '@juqueue/client';

/** How many slots of a node were taken from `atMs` on. */
export interface Step {
  readonly atMs: number;
  readonly taken: number;
}

/** One allocation as it is drawn: billed from `fromMs` to `toMs`, serving from its hello on. */
export interface Lane {
  readonly allocation: AllocationAccount;
  readonly fromMs: number;
  readonly toMs: number;
  readonly helloAtMs: number | null;
  readonly steps: readonly Step[];
}

/** Follows the history of the runs and nodes, and answers which slots were taken when. An event costs the same whatever there is. */
export class LaneBook {
  readonly #placedOn = new Map<string, string>();
  readonly #held = new Map<string, { readonly node: string; readonly slots: number }>();
  readonly #runsOn = new Map<string, Set<string>>();
  readonly #steps = new Map<string, Step[]>();
  readonly #hellos = new Map<string, number>();

  follow({ kind, run, node, slots, atMs }: Event): void {
    if (kind === 'run-placed' && run !== null && node !== null) this.#placedOn.set(run, node);
    else if (kind === 'run-started' && run !== null) this.#take(run, slots ?? 1, atMs);
    else if (kind === 'run-ended' && run !== null) this.#free(run, atMs);
    else if (kind === 'node-appeared' && node !== null && !this.#hellos.has(node)) this.#hellos.set(node, atMs);
    else if (kind === 'node-gone' && node !== null) for (const held of this.#runsOn.get(node) ?? []) this.#free(held, atMs);
  }

  /** The lanes of what was billed, in the order of their starts; what lasts still is drawn up to `nowMs`. */
  lanes(allocations: readonly AllocationAccount[], nowMs: number): readonly Lane[] {
    return allocations
      .flatMap((allocation) => {
        const { id, startedAtMs, endedAtMs } = allocation;
        if (startedAtMs === null) return [];
        return [
          {
            allocation,
            fromMs: startedAtMs,
            toMs: Math.max(startedAtMs, endedAtMs ?? nowMs),
            helloAtMs: this.#hellos.get(id) ?? null,
            steps: this.#steps.get(id) ?? [],
          },
        ];
      })
      .sort((a, b) => a.fromMs - b.fromMs);
  }

  #take(run: string, slots: number, atMs: number): void {
    const node = this.#placedOn.get(run);
    if (node === undefined || this.#held.has(run)) return;
    this.#held.set(run, { node, slots });
    const runs = this.#runsOn.get(node) ?? new Set();
    this.#runsOn.set(node, runs.add(run));
    this.#step(node, slots, atMs);
  }

  #free(run: string, atMs: number): void {
    const held = this.#held.get(run);
    if (held === undefined) return;
    this.#held.delete(run);
    this.#runsOn.get(held.node)?.delete(run);
    this.#step(held.node, -held.slots, atMs);
  }

  #step(node: string, slots: number, atMs: number): void {
    const steps = this.#steps.get(node) ?? [];
    steps.push({ atMs, taken: (steps.at(-1)?.taken ?? 0) + slots });
    this.#steps.set(node, steps);
  }
}

/** Lanes in as few rows as they need, each row one node at a time. Expects them in the order of their starts. */
export function rowsOf(lanes: readonly Lane[]): readonly (readonly Lane[])[] {
  const rows: Lane[][] = [];
  for (const lane of lanes) {
    const row = rows.find((taken) => (taken.at(-1)?.toMs ?? 0) <= lane.fromMs);
    if (row === undefined) rows.push([lane]);
    else row.push(lane);
  }
  return rows;
}

/** The mean share of the slots that was taken in each of `count` equal intervals between two times, 0 to 1. */
export function meanShares(steps: readonly Step[], slots: number, fromMs: number, toMs: number, count: number): readonly number[] {
  const bucketMs = (toMs - fromMs) / count;
  const sums = Array.from({ length: count }, () => 0);
  for (const [i, { atMs, taken }] of steps.entries()) {
    const untilMs = Math.min(toMs, steps[i + 1]?.atMs ?? toMs);
    for (let startMs = Math.max(fromMs, atMs); startMs < untilMs;) {
      const bucket = Math.min(count - 1, Math.floor((startMs - fromMs) / bucketMs));
      const endMs =
        bucket === count - 1 ? untilMs : Math.min(untilMs, Math.max(fromMs + (bucket + 1) * bucketMs, startMs + Number.EPSILON * startMs));
      sums[bucket] = (sums[bucket] ?? 0) + taken * (endMs - startMs);
      startMs = endMs;
    }
  }
  return sums.map((sum) => Math.min(1, sum / (slots * bucketMs)));
}
