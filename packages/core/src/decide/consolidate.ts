import type { ClusterDefinition } from '../model/definition.ts';
import type { DrainAction, PlanMemory, StopAction, SurplusNodes, Verdict, VerdictCode } from '../model/plan.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Move } from './moves.ts';
import type { Rooms } from './rooms.ts';
import type { ClusterName } from '../model/ids.ts';
import { compareIds } from '../model/ids.ts';
import { formatDuration } from '../model/duration.ts';
import { activeNodes, loadOf, surplusOf } from './active-nodes.ts';
import { graceMsOf } from './checkpoints.ts';
import { bestKnown, cheapestEmptying, losesTooMuch, priceOf, worthWaitingMs } from './choose-move.ts';
import { movesOf } from './moves.ts';
import { ClusterRooms } from './rooms.ts';
import { decideTimes } from './times.ts';

export interface Consolidation {
  readonly drains: readonly DrainAction[];
  readonly stops: readonly StopAction[];
  readonly verdicts: readonly Verdict[];
  readonly surplusNodes: PlanMemory['surplusNodes'];
  readonly wakeAtMs: number | null;
}

/** A decision on one cluster: a move, or the code and sentence of why there is none, and when to look again. */
type Answer =
  | { readonly kind: 'move'; readonly move: Move }
  | { readonly kind: 'no'; readonly code: VerdictCode; readonly sentence: string; readonly againAtMs: number | null };

/**
 * Which node is to be emptied into others? At most one step at a time, and in one cluster. `waiting` names the clusters
 * for which runs wait that could fill gaps: there nothing is moved. `rooms` are what is free after this plan's placements.
 */
export function consolidate(
  snapshot: Snapshot,
  rooms: Rooms,
  waiting: ReadonlySet<ClusterName>,
  memory: PlanMemory,
  nowMs: number,
): Consolidation {
  const surplusNodes: Record<ClusterName, SurplusNodes> = {};
  const verdicts: Verdict[] = [];
  let chosen: Move | null = null;
  let wakeAtMs: number | null = null;
  for (const cluster of [...snapshot.clusters.values()].sort((a, b) => compareIds(a.name, b.name))) {
    const load = loadOf(snapshot, cluster.name);
    if (load.nodes < 2) continue;
    const surplus = waiting.has(cluster.name) ? 0 : surplusOf(load, cluster.slotsPerNode);
    const costNodeMs = costSince(memory.surplusNodes[cluster.name], surplus, nowMs);
    const refusal: Answer | null =
      chosen === null
        ? earlyRefusal(snapshot, cluster, rooms, waiting, nowMs)
        : no('MOVE_IN_PROGRESS', 'another cluster moves runs at this moment', null);
    const answer: Answer = refusal ?? answerFor(snapshot, cluster, rooms, surplus, costNodeMs, nowMs);
    const restMs = answer.kind === 'move' ? afterMove(answer.move, cluster, surplus, costNodeMs) : costNodeMs;
    const rest = answer.kind === 'move' ? surplus - 1 : surplus;
    if (rest > 0) surplusNodes[cluster.name] = { costNodeMs: restMs, nodes: rest, atMs: nowMs };
    if (answer.kind === 'move') chosen = answer.move;
    else {
      verdicts.push({ subject: { kind: 'cluster', cluster: cluster.name }, code: answer.code, sentence: answer.sentence });
      wakeAtMs = earlier(wakeAtMs, answer.againAtMs);
    }
  }
  return { drains: drainsOf(chosen), stops: stopsOf(snapshot, chosen), verdicts, surplusNodes, wakeAtMs };
}

function costSince(before: SurplusNodes | undefined, surplus: number, nowMs: number): number {
  if (before === undefined || surplus === 0) return 0;
  return before.costNodeMs + before.nodes * (nowMs - before.atMs);
}

/** What forbids any move in this cluster, told without a look at its runs; null when nothing does. */
function earlyRefusal(
  snapshot: Snapshot,
  cluster: ClusterDefinition,
  rooms: Rooms,
  waiting: ReadonlySet<ClusterName>,
  nowMs: number,
): Answer | null {
  if (cluster.consolidation === 'off' || !rooms.has(cluster.name)) return no('MOVES_OFF', `consolidation is off in ${cluster.name}`, null);
  if (waiting.has(cluster.name)) return no('RUNS_WAIT', `runs wait that can fill the gaps in ${cluster.name}`, null);
  const settledAtMs = snapshot.demandChangedAtMs + decideTimes.settleMs;
  if (nowMs < settledAtMs) return no('SETTLING', `demand changed ${formatDuration(nowMs - snapshot.demandChangedAtMs)} ago`, settledAtMs);
  return null;
}

function answerFor(
  snapshot: Snapshot,
  cluster: ClusterDefinition,
  rooms: Rooms,
  surplus: number,
  costNodeMs: number,
  nowMs: number,
): Answer {
  const active = activeNodes(snapshot, cluster.name, nowMs);
  const inCluster = rooms.get(cluster.name) ?? new ClusterRooms(cluster);
  const moving = active.find(({ runs }) => runs.some(({ run }) => run.execution?.stop?.cause === 'consolidation'));
  if (moving !== undefined) return no('MOVE_IN_PROGRESS', `${moving.node.id} is being emptied`, null);

  const lives = new Map(active.map(({ node, lifeMs }) => [node.id, lifeMs]));
  const offers = active.map((source) => movesOf(snapshot, source, inCluster, lives, nowMs));
  const moves = offers.flatMap((offer) => offer.moves).filter((move) => !losesTooMuch(move, active, nowMs));
  const known = bestKnown(
    moves.filter((move) => worthWaitingMs(move, nowMs) === 0),
    cluster.consolidation,
  );
  if (known !== null) return { kind: 'move', move: known };
  if (surplus === 0) return no('NOTHING_TO_EMPTY', `the runs of ${cluster.name} need all of its ${active.length} nodes`, null);
  const cheapest = cheapestEmptying(moves);
  if (cheapest === null) {
    const calmAtMs = offers.reduce<number | null>((first, offer) => earlier(first, offer.protectedUntilMs), null);
    return no(
      'NO_MOVABLE_NODE',
      `${surplus} of ${active.length} nodes of ${cluster.name} could be empty, but no move of theirs is allowed, has room and saves anything`,
      calmAtMs,
    );
  }
  const waitMs = worthWaitingMs(cheapest, nowMs);
  if (waitMs > 0)
    return no(
      'CHECKPOINT_SOON',
      `${cheapest.source.node.id} is emptied when its runs have saved themselves, in ${formatDuration(waitMs)}`,
      nowMs + waitMs,
    );
  const priceMs = priceOf(cheapest, cluster.consolidation);
  if (costNodeMs < priceMs) {
    const againAtMs = nowMs + Math.ceil((priceMs - costNodeMs) / surplus);
    return no(
      'SURPLUS_TOO_YOUNG',
      `emptying ${cheapest.source.node.id} is worth it when the surplus has cost ${formatDuration(priceMs)}; it cost ${formatDuration(costNodeMs)} so far`,
      againAtMs,
    );
  }
  return { kind: 'move', move: cheapest };
}

/** What the surplus that stays after a move has cost beyond the price of that move. */
function afterMove(move: Move, cluster: ClusterDefinition, surplus: number, costNodeMs: number): number {
  return surplus > 1 ? Math.max(0, costNodeMs - priceOf(move, cluster.consolidation)) : 0;
}

function earlier(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

function drainsOf(move: Move | null): readonly DrainAction[] {
  return move === null || move.source.node.drain !== null ? [] : [{ node: move.source.node.id, reason: 'consolidation' }];
}

function stopsOf(snapshot: Snapshot, move: Move | null): readonly StopAction[] {
  if (move === null) return [];
  const graceMs = snapshot.clusters.get(move.source.allocation.cluster)?.graceMs ?? 0;
  return move.runs.map((run) => ({ run: run.id, attempt: run.attempt, cause: 'consolidation', graceMs: graceMsOf(run, graceMs) }));
}

function no(code: VerdictCode, sentence: string, againAtMs: number | null): Answer {
  return { kind: 'no', code, sentence, againAtMs };
}
