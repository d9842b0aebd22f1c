import type { ClusterName, RunId } from '../model/ids.ts';
import type { PlanMemory } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { KnownExplanation } from './explanation.ts';
import type { Decision } from './plan-tick.ts';
import type { Seat } from './place-runs.ts';
import { formatAmount } from '../model/amount.ts';
import { formatDuration } from '../model/duration.ts';
import { emptyMemory } from '../model/plan.ts';
import { pulledImage } from '../model/pulled-image.ts';
import { waitingReasons } from '../model/run-status.ts';
import { counted, endCode } from './explanation.ts';
import { neededLifeMs, needOf, otherDimensions } from './fit.ts';
import { freshNodeRefusal } from './growth.ts';
import { isPending } from './nodes.ts';
import { decideTick } from './plan-tick.ts';
import { attemptTimeOf, remainingOf } from './predict.ts';
import type { Room } from './rooms.ts';
import { livesFor } from './rooms.ts';
import { refusalOf } from './verdicts.ts';

/** Why does this run not execute, or how does it? Asks the same code that decides. Null when there is no such run. */
export function explainRun(snapshot: Snapshot, id: RunId, nowMs: number, memory: PlanMemory = emptyMemory): KnownExplanation | null {
  const run = snapshot.run(id);
  if (run === undefined) return null;
  switch (run.status) {
    case 'running':
      return executingRun(snapshot, run, nowMs);
    case 'ready':
      return waitingRun(snapshot, run, nowMs) ?? queuedRun(snapshot, run, decideTick(snapshot, nowMs, memory), nowMs);
    default:
      return {
        code: endCode(run.status, run.reason),
        sentence: `${id} is ${run.status} (${run.reason})${run.detail === null ? '' : `: ${run.detail}`}`,
        numbers: {},
      };
  }
}

function executingRun(snapshot: Snapshot, run: Run, nowMs: number): KnownExplanation {
  const { execution } = run;
  const on = `${run.id} is on ${execution?.node ?? 'no node'}`;
  if (run.reason === 'node-silent')
    return {
      code: 'NODE_SILENT',
      sentence: `${on}, of which nothing is heard; it goes on elsewhere once that node is proven gone`,
      numbers: {},
    };
  if (execution?.stop != null) {
    const { cause, requestedAtMs, graceMs } = execution.stop;
    return {
      code: 'STOPPING',
      sentence: `${on} and was asked to stop (${cause}) ${formatDuration(nowMs - requestedAtMs)} ago; it has ${formatDuration(graceMs)} for it`,
      numbers: { graceMs },
    };
  }
  if (execution !== null && execution.startedAtMs === null) {
    if (execution.slots.length === 0) return { code: 'SENT_AHEAD', sentence: `${on} and waits there for a free slot`, numbers: {} };
    return { code: 'STARTING', sentence: `${on}; its start was sent ${formatDuration(nowMs - execution.placedAtMs)} ago`, numbers: {} };
  }
  const left = remainingOf(snapshot, run, nowMs);
  const expectation = left === null ? 'its end is not known' : `it is expected to end in ${formatDuration(left.ms)} (${left.source})`;
  return { code: 'EXECUTING', sentence: `${on}; ${expectation}`, numbers: left === null ? {} : { leftMs: left.ms } };
}

const waitingCodes = {
  blocked: 'BLOCKED',
  held: 'HELD',
  'retry-delay': 'RETRY_DELAY',
  budget: 'BUDGET',
  'fits-nowhere': 'FITS_NOWHERE',
} as const;

/** What keeps a ready run from asking for a node at all; null when nothing does. */
function waitingRun(snapshot: Snapshot, run: Run, nowMs: number): KnownExplanation | null {
  if (run.eligibleAtMs !== null && run.eligibleAtMs > nowMs) {
    return {
      code: 'RETRY_DELAY',
      sentence: `${run.id} is tried again in ${formatDuration(run.eligibleAtMs - nowMs)}`,
      numbers: { waitMs: run.eligibleAtMs - nowMs },
    };
  }
  if (waitingReasons.has(run.reason) && run.reason in waitingCodes) {
    return {
      code: waitingCodes[run.reason as keyof typeof waitingCodes],
      sentence: `${run.id} may not start yet: ${run.detail ?? run.reason}`,
      numbers: {},
    };
  }
  const image = snapshot.images?.waitFor(pulledImage(run.definition.executor)) ?? null;
  return image === null
    ? null
    : {
        code: 'IMAGE_NOT_READY',
        sentence: `${run.id} waits for its image ${run.definition.executor.container?.image ?? ''}: ${image}`,
        numbers: {},
      };
}

function queuedRun(snapshot: Snapshot, run: Run, decision: Decision, nowMs: number): KnownExplanation {
  const placement = decision.plan.placements.find((other) => other.run === run.id);
  if (placement !== undefined) {
    return placement.slots.length > 0
      ? { code: 'STARTS_NOW', sentence: `${run.id} starts on ${placement.node} now`, numbers: {} }
      : { code: 'SENT_AHEAD', sentence: `${run.id} goes to ${placement.node} now and waits there for the next free slot`, numbers: {} };
  }
  const reopened = decision.reopening.find((seat) => seat.run.id === run.id);
  if (reopened !== undefined)
    return {
      code: 'NODE_REOPENED',
      sentence: `${run.id} starts on ${reopened.room.id}, which was being emptied and is opened again for it`,
      numbers: {},
    };
  const seat = decision.demand.seats.find((other) => other.run.id === run.id);
  if (seat !== undefined) return seatedRun(snapshot, run, seat, decision);
  return keptSlots(run, decision) ?? refusedRun(snapshot, run, decision, nowMs);
}

/** The run has a place on a node that is not there yet. */
function seatedRun(snapshot: Snapshot, run: Run, { room }: Seat, { plan, demand }: Decision): KnownExplanation {
  const { name } = room.cluster;
  const requested = plan.requests.find((request) => request.cluster === name)?.count ?? 0;
  const allocation = snapshot.allocation(room.id);
  if (allocation !== undefined || (demand.imagined.get(name) ?? []).indexOf(room) < requested) {
    const count = snapshot.allocations.filter((other) => other.cluster === name && isPending(other)).length + requested;
    const word = allocation === undefined || allocation.waitingFor === null ? '' : `; the cluster says ${allocation.waitingFor}`;
    return {
      code: 'WAITS_FOR_NODE',
      sentence: `${run.id} waits for a slot: ${counted(count, 'node')} of ${name} ${count === 1 ? 'is' : 'are'} on the way${word}`,
      numbers: { pendingNodes: count },
    };
  }
  const verdict = plan.verdicts.find(
    ({ code, subject }) => code === 'WAITING_FOR_SATURATION' && subject.kind === 'cluster' && subject.cluster === name,
  );
  if (verdict !== undefined) return { code: verdict.code, sentence: `${run.id}: ${verdict.sentence}`, numbers: {} };
  return {
    code: 'FEWER_NODES_SUFFICE',
    sentence: `${run.id} waits for a slot that becomes free: by the times that are known, further nodes of ${name} would not end the work sooner`,
    numbers: {},
  };
}

/** A slot is free, but kept for a run of several slots that comes first, or for this one until there are enough. */
function keptSlots(run: Run, { reservations }: Decision): KnownExplanation | null {
  for (const name of run.definition.clusters) {
    const kept = reservations.get(name);
    if (kept === undefined) continue;
    const { room, run: larger } = kept;
    const free = room.freeSlots.length;
    const needed = larger.definition.resources.slots;
    const lacking = lackingOf(run, room);
    if (larger.id === run.id && lacking !== null)
      return {
        code: 'RESOURCES_TAKEN',
        sentence: `${run.id} waits for room on ${room.id}, which is kept for it: it has ${lacking}`,
        numbers: { freeSlots: free },
      };
    if (larger.id === run.id)
      return {
        code: 'SLOTS_KEPT_FOR_IT',
        sentence: `${run.id} waits for room on ${room.id}, where ${counted(free, 'slot')} of the ${needed} that it needs ${free === 1 ? 'is' : 'are'} free and kept for it`,
        numbers: { freeSlots: free, neededSlots: needed },
      };
    if (run.definition.resources.slots <= free && lacking === null)
      return {
        code: 'SLOTS_KEPT_FOR_ANOTHER',
        sentence: `${run.id} waits: ${counted(free, 'free slot')} of ${room.id} ${free === 1 ? 'is' : 'are'} kept for ${larger.id}, which comes first and needs more`,
        numbers: { freeSlots: free },
      };
  }
  return null;
}

/** What a room with enough free slots lacks for this run, in words; null when it lacks nothing, or slots. */
function lackingOf(run: Run, room: Room): string | null {
  const need = needOf(run.definition, room.cluster);
  if (room.freeSlots.length < need.slots) return null;
  const lacking = otherDimensions(need).find((dimension) => (need[dimension] ?? 0) > (room.spare.get(dimension) ?? 0));
  if (lacking === undefined) return null;
  return `${counted(room.freeSlots.length, 'free slot')}, but only ${formatAmount(lacking, room.spare.get(lacking) ?? 0)} of the ${formatAmount(lacking, need[lacking] ?? 0)} ${lacking} that it needs`;
}

function refusedRun(snapshot: Snapshot, run: Run, { growth, rooms }: Decision, nowMs: number): KnownExplanation {
  const refusal = refusalOf(snapshot, run, growth);
  const time = attemptTimeOf(snapshot, run);
  const numbers = time === null ? {} : { neededMs: time.ms };
  const possible = run.definition.clusters.filter((name) => isPossible(snapshot, run, name));
  if (refusal.code !== 'MAX_ALLOCATIONS') {
    const [cluster] = possible.flatMap((name) => snapshot.clusters.get(name) ?? []);
    return {
      ...refusal,
      sentence: `${run.id}: ${refusal.sentence}`,
      numbers: cluster === undefined ? numbers : { ...numbers, lifeMs: neededLifeMs(run, time, cluster) },
    };
  }
  for (const name of possible) {
    const inCluster = rooms.get(name);
    if (inCluster === undefined) continue;
    const lifeMs = neededLifeMs(run, time, inCluster.cluster);
    for (const room of inCluster.withFree(run.definition.resources.slots)) {
      const lacking = lackingOf(run, room);
      if (lacking !== null)
        return { code: 'RESOURCES_TAKEN', sentence: `${run.id}: ${room.id} has ${lacking}; ${refusal.sentence}`, numbers };
      if (room.deadlineMs !== null && !livesFor(room, lifeMs, nowMs))
        return {
          code: 'NODES_END_TOO_SOON',
          sentence: `${run.id}: ${room.id} has ${counted(room.freeSlots.length, 'free slot')}, but ends in ${formatDuration(room.deadlineMs - nowMs)}, and it needs ${formatDuration(lifeMs)}; ${refusal.sentence}`,
          numbers: { ...numbers, lifeMs },
        };
    }
  }
  return { ...refusal, sentence: `${run.id}: ${refusal.sentence}`, numbers };
}

function isPossible(snapshot: Snapshot, run: Run, name: ClusterName): boolean {
  const cluster = snapshot.clusters.get(name);
  return cluster !== undefined && freshNodeRefusal(snapshot, run, cluster) === null;
}
