import type { ExperimentName, RunId } from '../model/ids.ts';
import type { Autostart } from '../model/definition.ts';
import type { Run } from '../model/run.ts';
import type { RunStatus } from '../model/run-status.ts';
import type { ExperimentView } from '../engine/engine-api.ts';
import type { ExperimentHold, ExperimentLimits } from '../model/budget.ts';
import { assert } from '../model/assert.ts';

interface Entry extends ExperimentView {
  autostart: Autostart;
  isWaitingForFirst: boolean;
  limits: ExperimentLimits;
  hold: ExperimentHold | null;
  readonly counts: Record<RunStatus, number>;
  readonly runIds: Set<RunId>;
}

/** Without runs and counts, which follow from the runs. */
export interface SavedExperiments {
  readonly entries: readonly Omit<Entry, 'counts' | 'runIds'>[];
  readonly nextOrder: number;
}

/** Experiments with their runs and counts by status, kept by event. */
export class ExperimentBook {
  readonly #entries = new Map<ExperimentName, Entry>();
  #nextOrder = 1;

  get entries(): ReadonlyMap<ExperimentName, ExperimentView> {
    return this.#entries;
  }

  saved(): SavedExperiments {
    return { entries: [...this.#entries.values()].map(({ counts: _, runIds: __, ...entry }) => entry), nextOrder: this.#nextOrder };
  }

  /** The runs are to be entered by `change` afterwards. */
  restore({ entries, nextOrder }: SavedExperiments): void {
    for (const entry of entries) this.#entries.set(entry.name, { ...entry, counts: noRuns(), runIds: new Set() });
    this.#nextOrder = nextOrder;
  }

  /** The entry of this experiment, made when it is new. */
  define(name: ExperimentName, autostart: Autostart, limits: ExperimentLimits, atMs: number): ExperimentView {
    let entry = this.#entries.get(name);
    if (entry === undefined) {
      entry = {
        name,
        order: this.#nextOrder++,
        autostart,
        limits,
        hold: null,
        createdAtMs: atMs,
        counts: noRuns(),
        runIds: new Set(),
        isWaitingForFirst: false,
      };
      this.#entries.set(name, entry);
    }
    entry.autostart = autostart;
    entry.limits = limits;
    return entry;
  }

  holdOf(name: ExperimentName): ExperimentHold | null {
    return this.#entries.get(name)?.hold ?? null;
  }

  /** Answers its runs, of which those that wait are to follow. */
  setHold(name: ExperimentName, hold: ExperimentHold | null): Iterable<RunId> {
    const entry = this.#entries.get(name);
    assert(entry !== undefined, `experiment ${name} is held or released, which does not exist`);
    entry.hold = hold;
    return entry.runIds;
  }

  isWaitingForFirst(name: ExperimentName): boolean {
    return this.#entries.get(name)?.isWaitingForFirst ?? false;
  }

  /** New runs of the experiment rest until one has finished. */
  waitForFirst(name: ExperimentName): void {
    const entry = this.#entries.get(name);
    if (entry !== undefined) entry.isWaitingForFirst = true;
  }

  /** The runs among which those are that rest; none when none does. From then on none rests. */
  takeWaiting(name: ExperimentName): Iterable<RunId> {
    const entry = this.#entries.get(name);
    if (entry === undefined || !entry.isWaitingForFirst) return [];
    entry.isWaitingForFirst = false;
    return entry.runIds;
  }

  remove(name: ExperimentName): void {
    this.#entries.delete(name);
  }

  change(before: Run | null, after: Run | null): void {
    const entry = this.#entries.get((after ?? before)?.experiment ?? '');
    assert(entry !== undefined, 'a run changed whose experiment is not defined');
    if (before !== null) entry.counts[before.status] -= 1;
    if (after !== null) {
      entry.counts[after.status] += 1;
      entry.runIds.add(after.id);
    } else if (before !== null) {
      entry.runIds.delete(before.id);
    }
  }
}

function noRuns(): Record<RunStatus, number> {
  return { inactive: 0, ready: 0, running: 0, finished: 0, failed: 0 };
}
