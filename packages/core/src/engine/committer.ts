import type { DurableEvent, JuqueueEvent, StoredEvent } from '../model/events.ts';
import type { RunId } from '../model/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { RunIndex } from '../ports/run-index.ts';
import type { Store } from '../ports/store.ts';
import type { IndexFeed } from '../ports/index-feed.ts';
import type { World } from '../evolve/world.ts';
import type { Accounts } from '../ledger/accounts.ts';
import { Changes } from '../evolve/changes.ts';
import type { Touched } from '../evolve/changes.ts';
import type { EventListener } from './engine-api.ts';
import { assert } from '../model/assert.ts';
import type { EpochGate } from './epoch-gate.ts';
import { indexChanges } from './index-changes.ts';

interface Batch {
  readonly events: StoredEvent[];
  readonly changes: Changes;
  readonly afterwards: (() => void)[];
}

export interface CommitterPorts {
  readonly world: World;
  readonly accounts: Accounts;
  readonly store: Store;
  readonly index: RunIndex & IndexFeed;
  readonly gate: EpochGate;
  readonly clock: Clock;
}

/**
 * The one way of state into being: events are folded in at once, appended together with all others of the same turn, and
 * whatever depends on them (effects, answers, listeners) happens only when they are durable, in their order. So a
 * decision may already count on an event that is not yet on disk, but nobody outside can see it before it is.
 */
export class Committer {
  readonly #ports: CommitterPorts;
  readonly #listeners = new Set<EventListener>();
  #nextSeq: number;
  #open: Batch | null = null;
  #admitted: Promise<boolean> = Promise.resolve(true);
  #tail: Promise<boolean> = Promise.resolve(true);
  #durableSeq: number;

  constructor(ports: CommitterPorts, nextSeq: number) {
    this.#ports = ports;
    this.#nextSeq = nextSeq;
    this.#durableSeq = nextSeq - 1;
  }

  /** Folds the events in; `afterwards` runs when they are durable. They reach the store with the next `flush`. */
  record(events: readonly DurableEvent[], afterwards?: () => void): void {
    const { world, accounts, clock } = this.#ports;
    assert(events.length > 0, 'something is recorded');
    const batch = this.#openBatch();
    const atMs = clock.nowMs();
    for (const event of events) {
      world.apply(event, atMs, batch.changes);
      accounts.follow(event, atMs, world);
      batch.events.push({ seq: this.#nextSeq++, atMs, event });
    }
    if (afterwards !== undefined) batch.afterwards.push(afterwards);
  }

  /**
   * Folds in what a restart would learn anew; listeners hear of it at once. Its rows go to the index with the next
   * `flush`: never before the durable events that they may show.
   */
  note(events: readonly JuqueueEvent[]): void {
    const batch = this.#openBatch();
    const atMs = this.#ports.clock.nowMs();
    const changes = new Changes();
    for (const event of events) this.#ports.world.apply(event, atMs, changes);
    batch.changes.add(changes);
    this.#tell(events, changes);
  }

  /** Puts the rows of these runs into the index anew, with the next `flush`. */
  showAgain(runs: readonly RunId[]): void {
    const batch = this.#openBatch();
    for (const run of runs) batch.changes.runs.add(run);
  }

  /**
   * Runs `action` when everything recorded so far is durable, with the next `flush`. What is said about an event that was
   * folded in before, perhaps a moment ago by an earlier message, must not be said earlier than that.
   */
  whenDurable(action: () => void): void {
    this.#openBatch().afterwards.push(action);
  }

  /** Number of the newest event that is on disk. */
  get durableSeq(): number {
    return this.#durableSeq;
  }

  /**
   * Hands everything recorded so far to the store, as one atomic append. Answers when it is durable; false when the right to
   * act was lost meanwhile: then it is no part of the journal, and nobody may be told of it. Appends are not waited for one
   * by one: the store groups what comes while it syncs.
   */
  flush(): Promise<boolean> {
    const batch = this.#open;
    if (batch === null) return this.#tail;
    this.#open = null;
    const rows = indexChanges(this.#ports.world, this.#ports.accounts, batch.changes, batch.events);
    const previous = this.#tail;
    this.#admitted = this.#admitted.then(() => this.#ports.gate.mayAct());
    this.#tail = this.#admitted.then(async (mayAct) => {
      if (!mayAct) return false;
      await Promise.all([batch.events.length > 0 ? this.#ports.store.append(batch.events) : null, previous]);
      // Once more: on a disk that hangs, a successor may have read the journal before this reached it.
      if (!(await this.#ports.gate.mayAct())) return false;
      this.#durableSeq = batch.events.at(-1)?.seq ?? this.#durableSeq;
      this.#ports.index.apply(this.#durableSeq, rows);
      for (const action of batch.afterwards) action();
      if (batch.events.length > 0)
        this.#tell(
          batch.events.map((stored) => stored.event),
          batch.changes,
        );
      return true;
    });
    return this.#tail;
  }

  #openBatch(): Batch {
    this.#open ??= { events: [], changes: new Changes(), afterwards: [] };
    return this.#open;
  }

  /** Runs an effect only while the right to act is confirmed. */
  async act(effect: () => Promise<void>): Promise<void> {
    if (await this.#ports.gate.mayAct()) await effect();
  }

  onEvents(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(events: readonly JuqueueEvent[], touched: Touched): void {
    for (const listener of this.#listeners) listener(events, touched);
  }
}
