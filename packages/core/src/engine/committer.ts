import type { DurableEvent, JuqueueEvent, StoredEvent } from '../model/events.ts';
import type { Clock } from '../ports/clock.ts';
import type { ManagerFiles } from '../ports/manager-files.ts';
import type { RunIndex } from '../ports/run-index.ts';
import type { Store } from '../ports/store.ts';
import type { IndexFeed } from '../ports/index-feed.ts';
import type { World } from '../evolve/world.ts';
import { Changes } from '../evolve/changes.ts';
import { assert } from '../model/assert.ts';
import { engineTimes } from './engine-times.ts';
import { indexChanges } from './index-changes.ts';

interface Batch {
  readonly events: StoredEvent[];
  readonly changes: Changes;
  readonly afterwards: (() => void)[];
}

export interface CommitterPorts {
  readonly world: World;
  readonly store: Store;
  readonly index: RunIndex & IndexFeed;
  readonly managerFiles: ManagerFiles;
  readonly clock: Clock;
  /** Called once when a higher epoch exists: this manager has lost the right to act. */
  readonly onSuperseded: () => void;
}

/**
 * The one way of state into being: events are folded in at once, appended together with all others of the same turn, and
 * whatever depends on them (effects, answers, listeners) happens only when they are durable, in their order. So a
 * decision may already count on an event that is not yet on disk, but nobody outside can see it before it is.
 */
export class Committer {
  readonly #ports: CommitterPorts;
  readonly #listeners = new Set<(events: readonly JuqueueEvent[]) => void>();
  #nextSeq: number;
  #open: Batch | null = null;
  #admitted: Promise<boolean> = Promise.resolve(true);
  #tail: Promise<void> = Promise.resolve();
  #confirmedAtMs = Number.NEGATIVE_INFINITY;
  #isSuperseded = false;

  constructor(ports: CommitterPorts, nextSeq: number) {
    this.#ports = ports;
    this.#nextSeq = nextSeq;
  }

  /** Folds the events in; `afterwards` runs when they are durable. They reach the store with the next `flush`. */
  record(events: readonly DurableEvent[], afterwards?: () => void): void {
    const { world, clock } = this.#ports;
    assert(events.length > 0, 'something is recorded');
    this.#open ??= { events: [], changes: new Changes(), afterwards: [] };
    const atMs = clock.nowMs();
    for (const event of events) {
      world.apply(event, atMs, this.#open.changes);
      this.#open.events.push({ seq: this.#nextSeq++, atMs, event });
    }
    if (afterwards !== undefined) this.#open.afterwards.push(afterwards);
  }

  /** Folds in what a restart would learn anew; listeners hear of it at once. */
  note(events: readonly JuqueueEvent[]): void {
    const changes = new Changes();
    const atMs = this.#ports.clock.nowMs();
    for (const event of events) this.#ports.world.apply(event, atMs, changes);
    this.#ports.index.apply(this.#nextSeq - 1, indexChanges(this.#ports.world, changes, []));
    this.#tell(events);
  }

  get hasUnflushed(): boolean {
    return this.#open !== null;
  }

  /**
   * Hands everything recorded so far to the store, as one atomic append. Answers when it is durable. Appends are not
   * waited for one by one: the store groups what comes while it syncs.
   */
  flush(): Promise<void> {
    const batch = this.#open;
    if (batch === null) return this.#tail;
    this.#open = null;
    const rows = indexChanges(this.#ports.world, batch.changes, batch.events);
    const previous = this.#tail;
    this.#admitted = this.#admitted.then(() => this.#mayAct());
    this.#tail = this.#admitted.then(async (mayAct) => {
      if (!mayAct) return;
      const lastSeq = batch.events.at(-1)?.seq;
      await Promise.all([this.#ports.store.append(batch.events), previous]);
      if (lastSeq !== undefined) this.#ports.index.apply(lastSeq, rows);
      for (const action of batch.afterwards) action();
      this.#tell(batch.events.map((stored) => stored.event));
    });
    return this.#tail;
  }

  /** Runs an effect only while the right to act is confirmed. */
  async act(effect: () => Promise<void>): Promise<void> {
    if (await this.#mayAct()) await effect();
  }

  onEvents(listener: (events: readonly JuqueueEvent[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #mayAct(): Promise<boolean> {
    if (this.#isSuperseded) return false;
    const { clock, managerFiles, onSuperseded } = this.#ports;
    if (clock.monotonicMs() - this.#confirmedAtMs <= engineTimes.epochConfirmedForMs) return true;
    const askedAtMs = clock.monotonicMs();
    const isHighest = await managerFiles.confirmEpoch();
    assert(askedAtMs >= this.#confirmedAtMs, 'monotonic time went back');
    if (isHighest) {
      this.#confirmedAtMs = askedAtMs;
      return true;
    }
    if (!this.#isSuperseded) {
      this.#isSuperseded = true;
      onSuperseded();
    }
    return false;
  }

  #tell(events: readonly JuqueueEvent[]): void {
    for (const listener of this.#listeners) listener(events);
  }
}
