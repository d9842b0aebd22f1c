import type { DurableEvent } from '../model/events.ts';
import type { AllocationId, RunId } from '../model/ids.ts';
import type { AttemptOutcome, Run } from '../model/run.ts';
import type { World } from '../evolve/world.ts';
import type { FoundAllocation, FoundFolder, RunHistory, WorkDirFindings } from './work-dir-findings.ts';

/**
 * What the work-dir knows and the journal has lost, as facts: attempts that were made (numbers go on above them, ends
 * count), and allocations that were requested, each with the NodeManager that may still execute runs for it. Everything
 * found here is then a node or an allocation like any other: adopted by its name, heard, or waited out.
 */
export function salvage(world: World, findings: WorkDirFindings): readonly DurableEvent[] {
  return [...attemptFacts(world, findings), ...allocationFacts(world, findings)];
}

/** The newest of each run over all places; one that may have been made after it and left no word is counted too. */
function attemptFacts(world: World, { histories, folders }: WorkDirFindings): readonly DurableEvent[] {
  const newest = new Map<RunId, RunHistory>();
  const note = (found: RunHistory): void => {
    const known = newest.get(found.run);
    if (known === undefined || found.attempt > known.attempt || (found.attempt === known.attempt && known.outcome === null))
      newest.set(found.run, found);
  };
  for (const history of histories) note(history);
  for (const { ended } of folders) for (const { run, attempt, outcome } of ended) note({ run, attempt, outcome, definitionHash: null });
  const events: DurableEvent[] = [];
  for (const found of newest.values()) {
    const run = world.run(found.run);
    if (run === undefined || found.attempt < run.attempt) continue;
    if (found.attempt === run.attempt) {
      if (run.execution !== null && found.outcome !== null)
        events.push({ kind: 'run-ended', run: run.id, attempt: run.attempt, outcome: found.outcome });
      continue;
    }
    if (run.execution !== null) events.push({ kind: 'run-ended', run: run.id, attempt: run.attempt, outcome: overtaken(run) });
    events.push({ kind: 'history-found', run: run.id, attempt: found.attempt, outcome: outcomeOfSame(run, found) });
  }
  return events;
}

/** An end under another definition says nothing about this one. */
export function outcomeOfSame(run: Run, found: RunHistory): AttemptOutcome | null {
  return found.definitionHash === null || found.definitionHash === run.definitionHash ? found.outcome : null;
}

/** A later attempt exists, so this one had ended before it began. */
function overtaken(run: Run): AttemptOutcome {
  return {
    kind: 'lost',
    exitCode: null,
    signal: null,
    stopCause: 'node-lost',
    startedAtMs: run.execution?.startedAtMs ?? null,
    endedAtMs: run.execution?.startedAtMs ?? run.changedAtMs,
    checkpointAtMs: null,
    progress: null,
    detail: 'its end was in the lost part of the journal',
  };
}

function allocationFacts(world: World, { allocations, folders }: WorkDirFindings): readonly DurableEvent[] {
  const events: DurableEvent[] = [];
  for (const found of allocations) if (world.allocation(found.allocation) === undefined) events.push(...requested(world, found));
  const adopted = new Set(events.flatMap((event) => (event.kind === 'allocation-requested' ? [event.allocation] : [])));
  const appeared = new Set<AllocationId>();
  for (const folder of folders) {
    if (folder.isClosed || appeared.has(folder.allocation) || !mayExecute(world, folder, adopted)) continue;
    appeared.add(folder.allocation);
    events.push({ kind: 'node-appeared', node: folder.allocation, nonce: folder.nonce, host: 'unknown', pid: 0, deadlineMs: null });
  }
  return events;
}

/** Requested of the cluster that its name begins with; one of a cluster that nobody defines any more cannot be asked about. */
function requested(world: World, { allocation, token, slots, walltimeMs }: FoundAllocation): readonly DurableEvent[] {
  const cluster = allocation.slice(0, allocation.lastIndexOf('-'));
  const definition = world.clusters.get(cluster) ?? world.retiredClusters.get(cluster);
  if (definition === undefined) return [];
  return [
    {
      kind: 'allocation-requested',
      allocation,
      cluster,
      token,
      slots,
      resources: definition.nodeResources,
      walltimeMs,
      leaseMs: definition.fencing.leaseMs,
    },
  ];
}

/** Whether this nonce is one that the journal does not know, in the place of none or of one that is gone. */
function mayExecute(world: World, { allocation, nonce }: FoundFolder, adopted: ReadonlySet<AllocationId>): boolean {
  const known = world.allocation(allocation);
  if (known === undefined) return adopted.has(allocation);
  return known.node === null || (known.node.status === 'gone' && known.node.nonce !== nonce);
}
