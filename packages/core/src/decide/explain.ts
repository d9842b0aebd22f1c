import type { Allocation, Node } from '../model/allocation.ts';
import type { ClusterName, NodeId, RunId } from '../model/ids.ts';
import type { Plan, PlanMemory } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { formatDuration } from '../model/duration.ts';
import { emptyMemory } from '../model/plan.ts';
import { waitingReasons } from '../model/run-status.ts';
import { pulledImage } from '../model/pulled-image.ts';
import type { ActiveNode } from './active-nodes.ts';
import type { ClusterRooms } from './rooms.ts';
import { activeNodes } from './active-nodes.ts';
import { neededLifeMs, needOf } from './fit.ts';
import { freshNodeRefusal, growthOf } from './growth.ts';
import { movabilityOf } from './movable.ts';
import { movesOf } from './moves.ts';
import { isPending } from './nodes.ts';
import { planTick } from './plan-tick.ts';
import { attemptTimeOf, remainingOf } from './predict.ts';
import { roomsOfNodes } from './rooms.ts';
import { decideTimes } from './times.ts';
import { refusalOf } from './verdicts.ts';

/** Why something is as it is: a code for programs, the numbers, and a sentence for people. */
export interface Explanation {
  readonly code: string;
  readonly sentence: string;
  readonly numbers: Readonly<Record<string, number>>;
}

/** Why does this run not execute, or where does it? Asks the same code that decides. Null when there is no such run. */
export function explainRun(snapshot: Snapshot, id: RunId, nowMs: number, memory: PlanMemory = emptyMemory): Explanation | null {
  const run = snapshot.run(id);
  if (run === undefined) return null;
  if (run.status === 'running') return executingRun(snapshot, run, nowMs);
  if (run.status !== 'ready') return { code: `${run.status}/${run.reason}`.toUpperCase(), sentence: `${id} is ${run.status} (${run.reason})${run.detail === null ? '' : `: ${run.detail}`}`, numbers: {} };
  if (run.eligibleAtMs !== null && run.eligibleAtMs > nowMs) {
    return { code: 'RETRY_DELAY', sentence: `${id} is tried again in ${formatDuration(run.eligibleAtMs - nowMs)}`, numbers: { waitMs: run.eligibleAtMs - nowMs } };
  }
  if (waitingReasons.has(run.reason)) return { code: run.reason.toUpperCase().replaceAll('-', '_'), sentence: `${id} may not start yet: ${run.detail ?? run.reason}`, numbers: {} };
  const image = snapshot.images?.waitFor(pulledImage(run.definition.executor)) ?? null;
  if (image !== null) return { code: 'IMAGE_NOT_READY', sentence: `${id} waits for its image ${run.definition.executor.container?.image ?? ''}: ${image}`, numbers: {} };
  return queuedRun(snapshot, run, planTick(snapshot, nowMs, memory), nowMs);
}

function executingRun(snapshot: Snapshot, run: Run, nowMs: number): Explanation {
  const left = remainingOf(snapshot, run, nowMs);
  const expectation = left === null ? 'its end is not known' : `it is expected to end in ${formatDuration(left.ms)} (${left.source})`;
  return { code: 'EXECUTING', sentence: `${run.id} is on ${run.execution?.node ?? 'no node'}; ${expectation}`, numbers: left === null ? {} : { leftMs: left.ms } };
}

function queuedRun(snapshot: Snapshot, run: Run, plan: Plan, nowMs: number): Explanation {
  const placement = plan.placements.find((other) => other.run === run.id);
  if (placement !== undefined) return { code: 'STARTS_NOW', sentence: `${run.id} starts on ${placement.node} now`, numbers: {} };
  const growth = growthOf(snapshot);
  const possible = run.definition.clusters.filter((name) => isPossible(snapshot, run, name));
  const requested = plan.requests.find((demand) => possible.includes(demand.cluster));
  const pending = snapshot.allocations.filter((allocation) => isPending(allocation) && possible.includes(allocation.cluster));
  const next = requested?.cluster ?? pending[0]?.cluster;
  if (next !== undefined) {
    const count = pending.length + (requested?.count ?? 0);
    return { code: 'WAITS_FOR_NODE', sentence: `${run.id} waits for a slot: ${count} ${count === 1 ? 'node' : 'nodes'} of ${next} ${count === 1 ? 'is' : 'are'} on the way`, numbers: { pendingNodes: count } };
  }
  const held = plan.verdicts.find((verdict) => verdict.code === 'WAITING_FOR_SATURATION' && verdict.subject.kind === 'cluster' && possible.includes(verdict.subject.cluster));
  if (held !== undefined) return { code: held.code, sentence: `${run.id}: ${held.sentence}`, numbers: {} };
  const refusal = refusalOf(snapshot, run, growth);
  const time = attemptTimeOf(snapshot, run);
  const neededMs = time?.ms ?? null;
  const [first] = possible;
  const cluster = first === undefined ? undefined : snapshot.clusters.get(first);
  const lifeMs = cluster === undefined ? null : neededLifeMs(run, time, cluster);
  return { code: refusal.code, sentence: `${run.id}: ${refusal.sentence}`, numbers: { ...(neededMs === null ? {} : { neededMs }), ...(lifeMs === null ? {} : { lifeMs }), atMs: nowMs } };
}

function isPossible(snapshot: Snapshot, run: Run, name: ClusterName): boolean {
  const cluster = snapshot.clusters.get(name);
  return cluster !== undefined && freshNodeRefusal(snapshot, run, cluster) === null;
}

/** Why is this node kept, and what would emptying it save? Null when there is no such node. */
export function explainNode(snapshot: Snapshot, id: NodeId, nowMs: number, memory: PlanMemory = emptyMemory): Explanation | null {
  const allocation = snapshot.allocation(id);
  const node = allocation?.node ?? null;
  if (allocation === undefined || node === null) return null;
  if (node.status !== 'connected') return { code: `NODE_${node.status}`.toUpperCase(), sentence: `${id} is ${node.status}: nothing is placed there`, numbers: {} };
  const plan = planTick(snapshot, nowMs, memory);
  const release = plan.releases.find((action) => action.node === id);
  if (release !== undefined) return { code: 'RELEASED', sentence: `${id} is given back now: ${release.because}`, numbers: {} };
  if (plan.drains.some((action) => action.node === id)) {
    return { code: 'EMPTIED', sentence: `${id} is emptied now: ${plan.stops.map((stop) => stop.run).join(', ')} ${plan.stops.length === 1 ? 'moves' : 'move'} to other nodes`, numbers: { moves: plan.stops.length } };
  }
  const warm = plan.verdicts.find((verdict) => verdict.subject.kind === 'node' && verdict.subject.node === id);
  if (warm !== undefined) return { code: warm.code, sentence: warm.sentence, numbers: {} };
  return busyNode(snapshot, allocation, node, plan, nowMs);
}

function busyNode(snapshot: Snapshot, allocation: Allocation, node: Node, plan: Plan, nowMs: number): Explanation {
  const active = activeNodes(snapshot, allocation.cluster, nowMs);
  const own = active.find((other) => other.node.id === node.id);
  const rooms = roomsOfNodes(snapshot, nowMs).get(allocation.cluster);
  if (own === undefined || rooms === undefined) return { code: 'NODE_FREE', sentence: `${node.id} has no runs`, numbers: {} };
  if (node.drain !== null && node.drain.reason !== 'consolidation') {
    return { code: 'NODE_DRAINING', sentence: `${node.id} takes no new runs (${node.drain.reason}); it is given back when its ${own.runs.length} ${own.runs.length === 1 ? 'run has' : 'runs have'} ended`, numbers: { runs: own.runs.length } };
  }
  const lives = new Map(active.map((other) => [other.node.id, other.lifeMs]));
  for (const { run } of own.runs) {
    const movability = movabilityOf(snapshot, run, nowMs);
    if (movability.kind !== 'protected') continue;
    const saving = savingOfMove(own, rooms, lives, nowMs);
    const moved = saving === null ? '' : `; going on at ${saving.target} it would save ${nodeHours(saving.ms)} node-hours`;
    return { code: movability.code, sentence: `${node.id} is kept: ${movability.sentence}${moved}`, numbers: { runs: own.runs.length, ...(saving === null ? {} : { savingMs: saving.ms }) } };
  }
  const whole = movesOf(snapshot, own, rooms, lives, nowMs).moves.find((move) => move.runs.length === own.runs.length);
  if (whole === undefined) return { code: 'NO_ROOM_ELSEWHERE', sentence: `${node.id} is kept: the other nodes have no room for its ${own.runs.length} runs`, numbers: { runs: own.runs.length } };
  const cluster = plan.verdicts.find((verdict) => verdict.subject.kind === 'cluster' && verdict.subject.cluster === allocation.cluster);
  const saving = whole.gainMs === null ? 'what that saves is not known' : `that would save ${nodeHours(whole.gainMs)} node-hours`;
  return {
    code: cluster?.code ?? 'NODE_BUSY',
    sentence: `${node.id} is kept: ${own.runs.map(({ run }) => run.id).join(', ')} could move to ${[...new Set(whole.targets)].join(', ')}, and ${saving}; ${cluster?.sentence ?? 'it is not due yet'}`,
    numbers: { runs: own.runs.length, lossMs: whole.lossMs, ...(whole.gainMs === null ? {} : { gainMs: whole.gainMs }) },
  };
}

/** What it would save if the one run of this node could go on elsewhere; null when it is not alone, has no room or the times are not known. */
function savingOfMove(source: ActiveNode, rooms: ClusterRooms, lives: ReadonlyMap<NodeId, number | null>, nowMs: number): { readonly target: NodeId; readonly ms: number } | null {
  const [only, ...others] = source.runs;
  if (only === undefined || others.length > 0 || source.lifeMs === null || only.leftMs === null) return null;
  const own = rooms.roomOf(source.node.id);
  if (own !== null) rooms.remove(own);
  const room = rooms.bestFit(needOf(only.run.definition, rooms.cluster), only.leftMs, nowMs, nowMs + only.leftMs);
  if (own !== null) rooms.add(own);
  const targetLifeMs = room === null ? null : (lives.get(room.id) ?? null);
  if (room === null || targetLifeMs === null) return null;
  const ms = Math.min(source.lifeMs, targetLifeMs - decideTimes.restartMs);
  return ms <= 0 ? null : { target: room.id, ms };
}

function nodeHours(ms: number): string {
  return (ms / 3_600_000).toFixed(1);
}

/** What holds this cluster as it is: the verdicts on it, and how far it may grow. Null when it is not defined. */
export function explainCluster(snapshot: Snapshot, name: ClusterName, nowMs: number, memory: PlanMemory = emptyMemory): Explanation | null {
  const growth = growthOf(snapshot).get(name);
  if (growth === undefined) return null;
  const plan = planTick(snapshot, nowMs, memory);
  const verdicts = plan.verdicts.filter((verdict) => verdict.subject.kind === 'cluster' && verdict.subject.cluster === name);
  const held = snapshot.heldClusters.get(name);
  const sentences = [`${name} has ${growth.open} of at most ${growth.cluster.maxAllocations} allocations, ${growth.pending} of them pending`, ...(held === undefined ? [] : [`it takes no requests: ${held}`]), ...verdicts.map((verdict) => verdict.sentence)];
  return { code: held === undefined ? (verdicts[0]?.code ?? 'NOTHING_TO_SAY') : 'CLUSTER_HELD', sentence: sentences.join('; '), numbers: { open: growth.open, pending: growth.pending, left: growth.left } };
}
