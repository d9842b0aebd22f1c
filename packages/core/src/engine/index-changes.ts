import type { DurableEvent, StoredEvent } from '../model/events.ts';
import type { LoadSample } from '../model/load.ts';
import type { RunId } from '../model/ids.ts';
import type { IndexChange } from '../ports/index-feed.ts';
import type { Changes } from '../evolve/changes.ts';
import type { World } from '../evolve/world.ts';
import { attemptRow, runChange } from '../evolve/rows.ts';
import type { Accounts } from '../ledger/accounts.ts';
import { billedTime } from '../ledger/allocation-bill.ts';
import { assertNever } from '../model/assert.ts';

/** The rows that a batch of events put in place, as the world and the accounts are after it. */
export function indexChanges(world: World, accounts: Accounts, changes: Changes, events: readonly StoredEvent[]): readonly IndexChange[] {
  const rows: IndexChange[] = [];
  for (const id of changes.removedRuns) rows.push({ kind: 'run-removed', id });
  for (const id of changes.runs) {
    const run = world.run(id);
    if (run === undefined) continue;
    rows.push(runChange(run));
    if (run.execution !== null) changes.noteAttempt(attemptRow(run, run.execution, null));
  }
  for (const row of changes.attempts.values()) rows.push({ kind: 'attempt', row });
  for (const stored of events) rows.push({ kind: 'event', stored, runs: runsOf(stored.event) });
  const last = events.at(-1);
  if (last !== undefined) {
    rows.push({ kind: 'load', sample: loadOf(world, last.atMs) });
    for (const sample of accounts.dispatchSamples()) rows.push({ kind: 'dispatch', sample });
  }
  return rows;
}

function loadOf(world: World, atMs: number): LoadSample {
  const load = { atMs, ready: 0, running: 0, busySlots: 0, slots: 0 };
  for (const { counts } of world.experiments.values()) {
    load.ready += counts.ready;
    load.running += counts.running;
  }
  for (const allocation of world.allocations) {
    if (allocation.status === 'ended' || billedTime(allocation, atMs) === null) continue;
    load.slots += allocation.slots;
    for (const occupant of allocation.node?.occupants ?? []) if (occupant !== null) load.busySlots += 1;
  }
  return load;
}

/** The runs that an event names one by one. Definitions name none: they would put a row per run into the history. */
function runsOf(event: DurableEvent): readonly RunId[] {
  switch (event.kind) {
    case 'runs-resumed':
    case 'runs-cancelled':
    case 'runs-held':
    case 'runs-released':
    case 'runs-prioritised':
      return event.runs;
    case 'run-retry-due':
    case 'run-placed':
    case 'run-started':
    case 'run-stop-requested':
    case 'run-stop-withdrawn':
    case 'run-ended':
    case 'history-found':
      return [event.run];
    case 'node-fence-requested':
      return event.attempts.map((attempt) => attempt.run);
    case 'manager-started':
    case 'clusters-defined':
    case 'experiment-defined':
    case 'experiment-removed':
    case 'experiment-held':
    case 'experiment-released':
    case 'cluster-budget-spent':
    case 'cluster-budget-restored':
    case 'allocation-requested':
    case 'allocation-submitted':
    case 'allocation-refused':
    case 'allocation-waiting':
    case 'allocation-started':
    case 'allocation-cancel-requested':
    case 'allocation-ended':
    case 'node-appeared':
    case 'node-drained':
    case 'node-undrained':
    case 'cluster-hold-requested':
    case 'cluster-hold-ended':
    case 'node-release-requested':
    case 'node-gone':
      return [];
    default:
      return assertNever(event);
  }
}
