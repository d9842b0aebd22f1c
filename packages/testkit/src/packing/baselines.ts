import type { Allocation, Placement, Plan, Policy, Run, Snapshot } from '@juqueue/core';
import { emptyMemory } from '@juqueue/core';

type Actions = Partial<Pick<Plan, 'placements' | 'requests' | 'cancels' | 'drains' | 'stops' | 'releases' | 'wakeAtMs'>>;

function planOf(snapshot: Snapshot, actions: Actions): Plan {
  const none = {
    placements: [],
    requests: [],
    cancels: [],
    drains: [],
    undrains: [],
    stops: [],
    releases: [],
    verdicts: [],
    wakeAtMs: null,
  };
  return { basedOn: snapshot.version, memory: emptyMemory, ...none, ...actions };
}

/** Fills nodes in the given order with the ready runs in theirs; the first that fits takes a run. */
function fill(runs: readonly Run[], nodes: readonly Allocation[]): Placement[] {
  const free = new Map(nodes.map((allocation) => [allocation.id, freeSlots(allocation)]));
  const placements: Placement[] = [];
  for (const run of runs) {
    const need = run.definition.resources.slots;
    const target = nodes.find(({ id }) => (free.get(id)?.length ?? 0) >= need);
    if (target?.node == null) continue;
    const slots = free.get(target.id)?.splice(0, need) ?? [];
    placements.push({ run: run.id, attempt: run.attempt + 1, node: target.id, nonce: target.node.nonce, slots });
  }
  return placements;
}

function freeSlots({ node }: Allocation): number[] {
  return (node?.occupants ?? []).flatMap((occupant, slot) => (occupant === null ? [slot] : []));
}

/** Longest first where times are declared, else in the order of their names. */
function readyRuns(snapshot: Snapshot): Run[] {
  const runs = snapshot.readyShapes.flatMap((queue) => [...queue]);
  return runs.sort((a, b) => (b.definition.timeMs ?? 0) - (a.definition.timeMs ?? 0) || (a.id < b.id ? -1 : 1));
}

function openNodes(snapshot: Snapshot): Allocation[] {
  return snapshot.allocations.filter(
    ({ node, status }) => node !== null && node.status === 'connected' && node.drain === null && status === 'running',
  );
}

function pendingNodes(snapshot: Snapshot): Allocation[] {
  return snapshot.allocations.filter(({ node, status }) => node === null && status !== 'ended');
}

function occupied(allocation: Allocation): number {
  return (allocation.node?.occupants.length ?? 0) - freeSlots(allocation).length;
}

function byOccupationDescending(a: Allocation, b: Allocation): number {
  return occupied(b) - occupied(a) || (a.id < b.id ? -1 : 1);
}

function slotsOf(runs: readonly Run[]): number {
  return runs.reduce((sum, run) => sum + run.definition.resources.slots, 0);
}

/** Requests nodes for the ready runs beyond what free slots and pending nodes will take. */
function missingNodes(snapshot: Snapshot, ready: readonly Run[], placed: readonly Placement[], slotsPerNode: number): number {
  const waiting = slotsOf(ready) - placed.reduce((sum, placement) => sum + placement.slots.length, 0);
  return Math.max(0, Math.ceil(waiting / slotsPerNode) - pendingNodes(snapshot).length);
}

function emptyAndUnused(nodes: readonly Allocation[], placed: readonly Placement[]): Allocation[] {
  const used = new Set(placed.map((placement) => placement.node));
  return nodes.filter((allocation) => occupied(allocation) === 0 && !used.has(allocation.id));
}

/** The usual pilot: densest node first, a node is given back when it is empty, nothing is ever moved. */
export function releaseWhenEmpty(slotsPerNode: number): Policy {
  return (snapshot) => {
    const ready = readyRuns(snapshot);
    const nodes = openNodes(snapshot).sort(byOccupationDescending);
    const placements = fill(ready, nodes);
    const count = missingNodes(snapshot, ready, placements, slotsPerNode);
    return planOf(snapshot, {
      placements,
      requests: count > 0 ? [{ cluster: 'c', count, because: 'ready runs' }] : [],
      releases: emptyAndUnused(nodes, placements).map(({ id }) => ({ node: id, because: 'empty' })),
    });
  };
}

/** One job for every four runs, as a careful user would submit by hand: a job takes its runs once and is never filled again. */
export function oneJobPerNode(slotsPerNode: number): Policy {
  const pooled = releaseWhenEmpty(slotsPerNode);
  return (snapshot, nowMs, memory) => {
    const plan = pooled(snapshot, nowMs, memory);
    const fresh = new Set(
      openNodes(snapshot)
        .filter((allocation) => occupied(allocation) === 0)
        .map(({ id }) => id),
    );
    const placements = plan.placements.filter((placement) => fresh.has(placement.node));
    const waiting = slotsOf(readyRuns(snapshot)) - placements.reduce((sum, placement) => sum + placement.slots.length, 0);
    const count = Math.max(0, Math.ceil(waiting / slotsPerNode) - pendingNodes(snapshot).length);
    return { ...plan, placements, requests: count > 0 ? [{ cluster: 'c', count, because: 'ready runs' }] : [] };
  };
}

/**
 * The original JuQueue: as many nodes as all unfinished runs would fill; when there are more, the least occupied is killed
 * and its runs wait again, whatever they lose.
 */
export function originalJuqueue(slotsPerNode: number): Policy {
  return (snapshot) => {
    const ready = readyRuns(snapshot);
    const nodes = openNodes(snapshot).sort(byOccupationDescending);
    const placements = fill(ready, nodes);
    const unfinished = slotsOf(ready) + nodes.reduce((sum, allocation) => sum + occupied(allocation), 0);
    const target = Math.ceil(unfinished / slotsPerNode);
    const have = nodes.length + pendingNodes(snapshot).length;
    if (have < target)
      return planOf(snapshot, { placements, requests: [{ cluster: 'c', count: target - have, because: 'unfinished runs' }] });
    if (placements.length > 0) return planOf(snapshot, { placements });
    const [pending] = pendingNodes(snapshot).slice(-1);
    if (have > target && pending !== undefined && pending.status !== 'running')
      return planOf(snapshot, { cancels: [{ allocation: pending.id, because: 'too many nodes' }] });
    return planOf(snapshot, have > target ? evacuate(snapshot, nodes.at(-1)) : { releases: emptyNodes(snapshot) });
  };
}

/** Moves the runs of the least occupied node as soon as the others have room for them, whatever they lose and however often. */
export function eagerConsolidation(slotsPerNode: number): Policy {
  const pooled = releaseWhenEmpty(slotsPerNode);
  return (snapshot, nowMs, memory) => {
    const plan = pooled(snapshot, nowMs, memory);
    const nodes = openNodes(snapshot)
      .filter((allocation) => occupied(allocation) > 0)
      .sort(byOccupationDescending);
    const needed = Math.ceil(nodes.reduce((sum, allocation) => sum + occupied(allocation), 0) / slotsPerNode);
    if (snapshot.readyCount > 0 || nodes.length <= needed) return { ...plan, releases: emptyNodes(snapshot) };
    return planOf(snapshot, evacuate(snapshot, nodes.at(-1)));
  };
}

function emptyNodes(snapshot: Snapshot): { node: string; because: string }[] {
  const placed = snapshot.readyCount > 0 ? fill(readyRuns(snapshot), openNodes(snapshot).sort(byOccupationDescending)) : [];
  const used = new Set(placed.map((placement) => placement.node));
  return snapshot.allocations
    .filter(
      ({ id, node }) => node?.status === 'connected' && node.drain?.reason !== 'release' && node.idleSinceMs !== null && !used.has(id),
    )
    .map(({ id }) => ({ node: id, because: 'empty' }));
}

function evacuate(snapshot: Snapshot, victim: Allocation | undefined): Actions {
  if (victim?.node == null) return {};
  const runs = [...new Set(victim.node.occupants)].flatMap((id) => (id === null ? [] : (snapshot.run(id) ?? [])));
  return {
    drains: [{ node: victim.id, reason: 'consolidation' }],
    stops: runs.map((run) => ({ run: run.id, attempt: run.attempt, cause: 'consolidation', graceMs: 0 })),
  };
}

/**
 * HyperQueue 0.26 by its source: the oldest node with room takes a run, demand from ready runs that do not fit with a
 * backlog of queued allocations, nothing moved, nothing cancelled, a node ends after it was idle for `idleMs`.
 */
export function hyperQueue(slotsPerNode: number, idleMs: number, backlog: number): Policy {
  return (snapshot, nowMs) => {
    const ready = readyRuns(snapshot);
    const nodes = openNodes(snapshot);
    const placements = fill(ready, nodes);
    const count = Math.min(missingNodes(snapshot, ready, placements, slotsPerNode), Math.max(0, backlog - pendingNodes(snapshot).length));
    const idle = emptyAndUnused(nodes, placements);
    const ends = idle.map(({ node }) => (node?.idleSinceMs ?? nowMs) + idleMs);
    return planOf(snapshot, {
      placements,
      requests: count > 0 ? [{ cluster: 'c', count, because: 'ready runs' }] : [],
      releases: idle.filter((_, i) => (ends[i] ?? nowMs) <= nowMs).map(({ id }) => ({ node: id, because: 'idle' })),
      wakeAtMs: ends.length === 0 ? null : Math.min(...ends),
    });
  };
}
