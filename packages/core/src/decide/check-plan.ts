import type { Allocation, Node } from '../model/allocation.ts';
import type { ResourceVector } from '../model/definition.ts';
import type { AllocationId, ClusterName, NodeId, RunId } from '../model/ids.ts';
import type { Plan, Placement } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import type { Snapshot } from '../model/snapshot.ts';

/** One promise that a plan breaks. */
export interface Violation {
  readonly code: ViolationCode;
  readonly sentence: string;
}

export type ViolationCode =
  | 'STALE_PLAN'
  | 'RUN_UNKNOWN'
  | 'RUN_NOT_READY'
  | 'RUN_PLACED_TWICE'
  | 'ATTEMPT_NOT_NEXT'
  | 'CLUSTER_NOT_ALLOWED'
  | 'NODE_TAKES_NO_RUNS'
  | 'NONCE_OF_ANOTHER_START'
  | 'SLOT_UNKNOWN'
  | 'SLOT_TAKEN'
  | 'SLOT_COUNT_WRONG'
  | 'CAPACITY_EXCEEDED'
  | 'LIFE_TOO_SHORT'
  | 'AHEAD_OF_FREE_SLOTS'
  | 'TOO_MANY_ALLOCATIONS'
  | 'WALLTIME_NOT_ALLOWED'
  | 'CLUSTER_HELD'
  | 'RELEASE_OF_BUSY_NODE'
  | 'CANCEL_OF_NODE'
  | 'STOP_OF_ANOTHER_ATTEMPT'
  | 'MOVE_OF_PROTECTED_RUN'
  | 'MOVE_WITHOUT_SLOT';

/**
 * Which promises does this plan break? Written from the promises, not from the code that plans, and sharing nothing with
 * it: a mistake has to be made twice to get through. Empty for a plan that may be applied.
 */
export function checkPlan(snapshot: Snapshot, plan: Plan, nowMs: number): readonly Violation[] {
  const violations: Violation[] = [];
  const report = (code: ViolationCode, sentence: string) => {
    violations.push({ code, sentence });
  };
  if (plan.basedOn !== snapshot.version) report('STALE_PLAN', `the plan was made for version ${plan.basedOn}, this is ${snapshot.version}`);
  const guests = checkPlacements(snapshot, plan, nowMs, report);
  checkRequests(snapshot, plan, report);
  checkEnds(snapshot, plan, guests, report);
  checkMoves(snapshot, plan, report);
  return violations;
}

type Report = (code: ViolationCode, sentence: string) => void;

function checkPlacements(snapshot: Snapshot, plan: Plan, nowMs: number, report: Report): ReadonlySet<NodeId> {
  const placed = new Set<RunId>();
  const taken = new Map<NodeId, Set<number>>();
  const added = new Map<NodeId, Run[]>();
  for (const placement of plan.placements) {
    const run = snapshot.run(placement.run);
    const allocation = snapshot.allocation(placement.node);
    if (run === undefined) {
      report('RUN_UNKNOWN', `${placement.run} does not exist`);
      continue;
    }
    if (placed.has(run.id)) report('RUN_PLACED_TWICE', `${run.id} is placed twice`);
    placed.add(run.id);
    if (run.status !== 'ready' || run.execution !== null) report('RUN_NOT_READY', `${run.id} is ${run.status}, not ready`);
    if (placement.attempt !== run.attempt + 1)
      report('ATTEMPT_NOT_NEXT', `attempt ${placement.attempt} of ${run.id} follows ${run.attempt}`);
    const node = allocation?.node ?? null;
    if (allocation === undefined || node === null || node.status !== 'connected' || node.drain !== null || allocation.cancel !== null) {
      report('NODE_TAKES_NO_RUNS', `${placement.node} takes no runs, and ${run.id} is placed there`);
      continue;
    }
    if (node.nonce !== placement.nonce) report('NONCE_OF_ANOTHER_START', `${placement.node} is ${node.nonce} now, not ${placement.nonce}`);
    if (!run.definition.clusters.includes(allocation.cluster))
      report('CLUSTER_NOT_ALLOWED', `${run.id} may not run in ${allocation.cluster}`);
    checkSlots(placement, run, node, taken, report);
    checkLife(run, node, nowMs, report);
    if (placement.slots.length > 0) added.set(node.id, [...(added.get(node.id) ?? []), run]);
  }
  for (const [id, runs] of added) checkCapacity(snapshot, id, runs, report);
  checkAhead(snapshot, plan, taken, report);
  return new Set(plan.placements.map((placement) => placement.node));
}

function checkSlots(placement: Placement, run: Run, node: Node, taken: Map<NodeId, Set<number>>, report: Report): void {
  const ofNode = taken.get(node.id) ?? new Set<number>();
  taken.set(node.id, ofNode);
  if (placement.slots.length !== 0 && placement.slots.length !== run.definition.resources.slots) {
    report('SLOT_COUNT_WRONG', `${run.id} needs ${run.definition.resources.slots} slots and gets ${placement.slots.length}`);
  }
  for (const slot of placement.slots) {
    const occupant = node.occupants[slot];
    if (occupant === undefined) report('SLOT_UNKNOWN', `${node.id} has no slot ${slot}`);
    else if (occupant !== null) report('SLOT_TAKEN', `slot ${slot} of ${node.id} holds ${occupant}, and ${run.id} is placed there`);
    else if (ofNode.has(slot)) report('SLOT_TAKEN', `slot ${slot} of ${node.id} is given twice`);
    ofNode.add(slot);
  }
}

function checkCapacity(snapshot: Snapshot, id: NodeId, added: readonly Run[], report: Report): void {
  const allocation = snapshot.allocation(id);
  if (allocation?.node == null) return;
  const held = new Set(allocation.node.occupants.filter((occupant) => occupant !== null));
  const all = [...added, ...[...held].flatMap((run) => snapshot.run(run) ?? [])];
  const used: Record<string, number> = {};
  const devicesPerSlot = snapshot.clusters.get(allocation.cluster)?.cudaDevicesPerSlot ?? 0;
  for (const { definition } of all) {
    addTo(used, definition.resources);
    if (definition.executor.cuda && definition.resources['gpus'] === undefined)
      addTo(used, { slots: 0, gpus: definition.resources.slots * devicesPerSlot });
  }
  for (const [dimension, amount] of Object.entries(used)) {
    const capacity = allocation.resources[dimension] ?? 0;
    if (amount > capacity) report('CAPACITY_EXCEEDED', `${id} has ${capacity} ${dimension}, and its runs would use ${amount}`);
  }
}

function addTo(used: Record<string, number>, resources: ResourceVector): void {
  for (const [dimension, amount] of Object.entries(resources)) used[dimension] = (used[dimension] ?? 0) + amount;
}

/** A run that starts from zero again must be able to end where it starts, as far as its time was declared. */
function checkLife(run: Run, node: Node, nowMs: number, report: Report): void {
  if (node.deadlineMs === null) return;
  const leftMs = node.deadlineMs - nowMs;
  if (leftMs <= 0) report('LIFE_TOO_SHORT', `${node.id} has reached its end, and ${run.id} is placed there`);
  const { kind } = run.definition.checkpoint;
  const startsFromZero = kind === 'none' || (kind === 'undeclared' && !run.hasShownCheckpoint);
  const expectedMs = run.definition.timeMs;
  const neededMs = expectedMs === null ? null : expectedMs * (1 - (run.bestProgress ?? 0));
  if (startsFromZero && neededMs !== null && neededMs > leftMs)
    report('LIFE_TOO_SHORT', `${run.id} needs ${neededMs} ms, and ${node.id} ends in ${leftMs} ms`);
}

/** Nothing is sent to a full node to wait there while another node of its cluster has a free slot. */
function checkAhead(snapshot: Snapshot, plan: Plan, taken: ReadonlyMap<NodeId, ReadonlySet<number>>, report: Report): void {
  const ahead = plan.placements.filter((placement) => placement.slots.length === 0);
  if (ahead.length === 0) return;
  const withFreeSlot = new Set<ClusterName>();
  for (const { cluster, node, cancel } of snapshot.allocations) {
    if (node === null || node.status !== 'connected' || node.drain !== null || cancel !== null || node.ahead.length > 0) continue;
    if (node.occupants.some((occupant, slot) => occupant === null && taken.get(node.id)?.has(slot) !== true)) withFreeSlot.add(cluster);
  }
  for (const placement of ahead) {
    const cluster = snapshot.allocation(placement.node)?.cluster;
    const run = snapshot.run(placement.run);
    if (cluster !== undefined && withFreeSlot.has(cluster))
      report('AHEAD_OF_FREE_SLOTS', `${placement.run} is sent ahead to ${placement.node} while ${cluster} has free slots`);
    if (run !== undefined && run.definition.resources.slots !== 1)
      report('SLOT_COUNT_WRONG', `${placement.run} needs several slots and is sent ahead`);
  }
}

function checkRequests(snapshot: Snapshot, plan: Plan, report: Report): void {
  const asked = new Map<ClusterName, number>();
  for (const { cluster, count, walltimesMs = [] } of plan.requests) {
    asked.set(cluster, (asked.get(cluster) ?? 0) + count);
    const longestMs = snapshot.clusters.get(cluster)?.walltimeMs ?? 0;
    const isAllowed = walltimesMs.length <= count && walltimesMs.every((ms) => ms > 0 && ms <= longestMs);
    if (!isAllowed)
      report(
        'WALLTIME_NOT_ALLOWED',
        `${count} nodes of ${cluster} are requested for ${walltimesMs.join(', ')} ms each, and it allows ${longestMs} ms`,
      );
  }
  for (const [name, count] of asked) {
    const cluster = snapshot.clusters.get(name);
    if (snapshot.heldClusters.has(name)) report('CLUSTER_HELD', `${count} nodes are requested of ${name}, which takes no requests`);
    const open = snapshot.allocations.filter((allocation) => allocation.cluster === name && allocation.status !== 'ended').length;
    if (cluster === undefined || !Number.isSafeInteger(count) || count <= 0 || open + count > cluster.maxAllocations) {
      report(
        'TOO_MANY_ALLOCATIONS',
        `${count} nodes are requested of ${name}, which has ${open} of at most ${cluster?.maxAllocations ?? 0}`,
      );
    }
  }
}

function checkEnds(snapshot: Snapshot, plan: Plan, guests: ReadonlySet<NodeId>, report: Report): void {
  for (const { node: id } of plan.releases) {
    const node = nodeOf(snapshot, id);
    if (node === null || node.ahead.length > 0 || node.occupants.some((occupant) => occupant !== null))
      report('RELEASE_OF_BUSY_NODE', `${id} is released and is not empty`);
    else if (guests.has(id)) report('RELEASE_OF_BUSY_NODE', `${id} is released and gets runs in the same plan`);
  }
  for (const { allocation: id } of plan.cancels) {
    const allocation = snapshot.allocation(id);
    if (!isCancellable(allocation)) report('CANCEL_OF_NODE', `${id} is cancelled and is not pending`);
  }
  for (const stop of plan.stops) {
    const run = snapshot.run(stop.run);
    if (run?.execution == null || run.attempt !== stop.attempt)
      report('STOP_OF_ANOTHER_ATTEMPT', `${stop.run} is not executing attempt ${stop.attempt}`);
  }
}

/** A run is moved only if its contract allows it, and only if the slots that it will need are free on other nodes. */
function checkMoves(snapshot: Snapshot, plan: Plan, report: Report): void {
  const movedFrom = new Map<NodeId, number>();
  for (const stop of plan.stops) {
    const run = snapshot.run(stop.run);
    if (stop.cause !== 'consolidation' || run?.execution == null) continue;
    if (run.definition.checkpoint.kind === 'none')
      report('MOVE_OF_PROTECTED_RUN', `${run.id} declares that it cannot resume, and is moved`);
    movedFrom.set(run.execution.node, (movedFrom.get(run.execution.node) ?? 0) + run.definition.resources.slots);
  }
  for (const [id, slots] of movedFrom) {
    const cluster = snapshot.allocation(id)?.cluster;
    const placed = plan.placements.reduce(
      (sum, placement) => sum + (snapshot.allocation(placement.node)?.cluster === cluster ? placement.slots.length : 0),
      0,
    );
    let free = -placed;
    for (const { cluster: other, node, cancel } of snapshot.allocations) {
      if (other !== cluster || node === null || node.id === id || node.status !== 'connected' || node.drain !== null || cancel !== null)
        continue;
      free += node.occupants.filter((occupant) => occupant === null).length;
    }
    if (slots > free) report('MOVE_WITHOUT_SLOT', `${slots} slots of ${id} are to move, and its cluster has ${free} free on other nodes`);
  }
}

function nodeOf(snapshot: Snapshot, id: AllocationId): Node | null {
  return snapshot.allocation(id)?.node ?? null;
}

function isCancellable(allocation: Allocation | undefined): boolean {
  return allocation !== undefined && allocation.status !== 'ended' && (allocation.node === null || allocation.node.status === 'gone');
}
