import type { Allocation, Node } from '../model/allocation.ts';
import type { NodeId } from '../model/ids.ts';
import type { Plan, PlanMemory } from '../model/plan.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { ActiveNode } from './active-nodes.ts';
import type { KnownExplanation } from './explanation.ts';
import type { ClusterRooms } from './rooms.ts';
import { formatDuration } from '../model/duration.ts';
import { emptyMemory } from '../model/plan.ts';
import { activeNodes, loadOf, surplusOf } from './active-nodes.ts';
import { losesTooMuch } from './choose-move.ts';
import { counted } from './explanation.ts';
import { needOf } from './fit.ts';
import { movabilityOf } from './movable.ts';
import { movesOf } from './moves.ts';
import { heldRunsOf } from './nodes.ts';
import { planTick } from './plan-tick.ts';
import { roomsOfNodes } from './rooms.ts';
import { decideTimes } from './times.ts';

/** Why is this node kept, and what would emptying it save? Null when there is no such allocation. */
export function explainNode(snapshot: Snapshot, id: NodeId, nowMs: number, memory: PlanMemory = emptyMemory): KnownExplanation | null {
  const allocation = snapshot.allocation(id);
  const node = allocation?.node ?? null;
  if (allocation === undefined) return null;
  if (node === null) return withoutNode(allocation);
  if (node.status === 'gone') return { code: 'NODE_GONE', sentence: `${id} is gone`, numbers: {} };
  if (node.status === 'silent')
    return {
      code: 'NODE_SILENT',
      sentence: `${id} is silent: nothing is placed there, and its runs go on elsewhere once it is proven gone`,
      numbers: {},
    };
  if (node.status === 'unlinked')
    return { code: 'NODE_UNLINKED', sentence: `${id} is unlinked: its runs go on, and nothing is placed there`, numbers: {} };
  const plan = planTick(snapshot, nowMs, memory);
  return (
    acted(id, plan) ?? (node.idleSinceMs === null ? busyNode(snapshot, allocation, node, plan, nowMs) : idleNode(allocation, node, plan))
  );
}

/** An allocation that is on its way, or was never more. */
function withoutNode({ id, status, waitingFor, cancel }: Allocation): KnownExplanation {
  if (status === 'ended')
    return {
      code: 'ALLOCATION_ENDED',
      sentence: `${id} has ended without ever being a node${waitingFor === null ? '' : `: ${waitingFor}`}`,
      numbers: {},
    };
  const because =
    cancel === null ? (waitingFor === null ? '' : `: the cluster says ${waitingFor}`) : `; its end is requested: ${cancel.reason}`;
  return { code: 'NODE_PENDING', sentence: `${id} is not a node yet${because}`, numbers: {} };
}

/** What the next plan does with this node; null when that is nothing. */
function acted(id: NodeId, plan: Plan): KnownExplanation | null {
  const release = plan.releases.find((action) => action.node === id);
  if (release !== undefined) return { code: 'RELEASED', sentence: `${id} is given back now: ${release.because}`, numbers: {} };
  const drain = plan.drains.find((action) => action.node === id);
  if (drain === undefined) return null;
  if (drain.reason !== 'consolidation')
    return { code: 'NODE_DRAINING', sentence: `${id} takes no new runs from now on (${drain.reason})`, numbers: {} };
  return {
    code: 'EMPTIED',
    sentence: `${id} is emptied now: ${plan.stops.map((stop) => stop.run).join(', ')} ${plan.stops.length === 1 ? 'moves' : 'move'} to other nodes`,
    numbers: { moves: plan.stops.length },
  };
}

function idleNode(allocation: Allocation, node: Node, plan: Plan): KnownExplanation {
  const { id } = node;
  const guests = plan.placements.filter((placement) => placement.node === id);
  if (guests.length > 0)
    return {
      code: 'NODE_GETS_RUNS',
      sentence: `${counted(guests.length, 'run')} ${guests.length === 1 ? 'starts' : 'start'} on ${id} now`,
      numbers: { runs: guests.length },
    };
  const kept = plan.verdicts.find((verdict) => verdict.subject.kind === 'node' && verdict.subject.node === id);
  if (kept !== undefined) return { code: kept.code, sentence: kept.sentence, numbers: {} };
  return {
    code: 'RELEASE_REQUESTED',
    sentence: `${id} was given back; ${allocation.cluster} has not said yet that it has ended`,
    numbers: {},
  };
}

function busyNode(snapshot: Snapshot, allocation: Allocation, node: Node, plan: Plan, nowMs: number): KnownExplanation {
  const held = heldRunsOf(node);
  const numbers = { runs: held.size };
  const stopping = [...held].filter((run) => snapshot.run(run)?.execution?.stop?.cause === 'consolidation');
  if (stopping.length > 0)
    return {
      code: 'EMPTYING',
      sentence: `${node.id} is being emptied: ${stopping.join(', ')} ${stopping.length === 1 ? 'saves itself' : 'save themselves'} to go on elsewhere`,
      numbers,
    };
  if (node.drain !== null)
    return {
      code: 'NODE_DRAINING',
      sentence: `${node.id} takes no new runs (${node.drain.reason}); it is given back when its ${counted(held.size, 'run')} ${held.size === 1 ? 'has' : 'have'} ended`,
      numbers,
    };

  const verdict = plan.verdicts.find(({ subject }) => subject.kind === 'cluster' && subject.cluster === allocation.cluster);
  const active = activeNodes(snapshot, allocation.cluster, nowMs);
  const own = active.find((other) => other.node.id === node.id);
  const rooms = roomsOfNodes(snapshot, nowMs).get(allocation.cluster);
  const isFull = node.occupants.every((occupant) => occupant !== null);
  const surplus = surplusOf(loadOf(snapshot, allocation.cluster), allocation.slots);
  if (own === undefined || rooms === undefined || surplus === 0 || (isFull && verdict?.code === 'RUNS_WAIT')) {
    const others =
      active.length < 2
        ? `it is the only node of ${allocation.cluster} with runs`
        : `the runs of ${allocation.cluster}, those that wait included, need all of its ${active.length} nodes`;
    return { code: 'NODE_NEEDED', sentence: `${node.id} is kept: it has ${counted(held.size, 'run')}, and ${others}`, numbers };
  }
  if (verdict?.code === 'MOVES_OFF' || verdict?.code === 'RUNS_WAIT')
    return { code: verdict.code, sentence: `${node.id} is kept: ${verdict.sentence}`, numbers };
  return unmovedNode(snapshot, own, rooms, active, plan, verdict, nowMs);
}

type ClusterVerdict = Plan['verdicts'][number] | undefined;

/** Nodes are to spare, and this one is not emptied: its runs may not move, have no room, or another reason comes first. */
function unmovedNode(
  snapshot: Snapshot,
  own: ActiveNode,
  rooms: ClusterRooms,
  active: readonly ActiveNode[],
  plan: Plan,
  verdict: ClusterVerdict,
  nowMs: number,
): KnownExplanation {
  const { id } = own.node;
  const lives = new Map(active.map((other) => [other.node.id, other.lifeMs]));
  const runs = own.runs.length;
  for (const { run } of own.runs) {
    const movability = movabilityOf(snapshot, run, nowMs);
    if (movability.kind !== 'protected') continue;
    const saving = savingOfMove(own, rooms, lives, nowMs);
    const moved = saving === null ? '' : `; going on at ${saving.target} it would save ${nodeHours(saving.ms)} node-hours`;
    return {
      code: movability.code,
      sentence: `${id} is kept: ${movability.sentence}${moved}`,
      numbers: { runs, ...(saving === null ? {} : { savingMs: saving.ms }) },
    };
  }
  const whole = movesOf(snapshot, own, rooms, lives, nowMs).moves.find((move) => move.runs.length === runs);
  if (whole === undefined)
    return {
      code: 'NO_ROOM_ELSEWHERE',
      sentence: `${id} is kept: the other nodes have no room for its ${counted(runs, 'run')}`,
      numbers: { runs },
    };
  const numbers = { runs, lossMs: whole.lossMs, ...(whole.gainMs === null ? {} : { gainMs: whole.gainMs }) };
  const way = `${own.runs.map(({ run }) => run.id).join(', ')} could move to ${[...new Set(whole.targets)].join(', ')}`;
  if (losesTooMuch(whole, active, nowMs))
    return {
      code: 'RESTART_TOO_DEAR',
      sentence: `${id} is kept: ${way}, but would start from zero and do ${formatDuration(whole.worstLossMs)} again, which is not small against what the nodes cost so far`,
      numbers,
    };
  if (whole.gainMs !== null && whole.gainMs < 0)
    return {
      code: 'MOVE_COSTS_MORE',
      sentence: `${id} is kept: ${way}, and that would cost ${nodeHours(-whole.gainMs)} node-hours more than it saves`,
      numbers,
    };
  const saving = whole.gainMs === null ? 'what that saves is not known' : `that would save ${nodeHours(whole.gainMs)} node-hours`;
  const emptied = plan.drains.find(({ reason }) => reason === 'consolidation');
  const reason = verdict === undefined ? `${emptied?.node ?? 'another node'} is emptied first` : verdict.sentence;
  return { code: verdict?.code ?? 'MOVE_IN_PROGRESS', sentence: `${id} is kept: ${way}, and ${saving}; ${reason}`, numbers };
}

/** What it would save if the one run of this node could go on elsewhere; null when it is not alone, has no room or the times are not known. */
function savingOfMove(
  source: ActiveNode,
  rooms: ClusterRooms,
  lives: ReadonlyMap<NodeId, number | null>,
  nowMs: number,
): { readonly target: NodeId; readonly ms: number } | null {
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
