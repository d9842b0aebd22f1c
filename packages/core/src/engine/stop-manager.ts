import type { Allocation } from '../model/allocation.ts';
import type { DurableEvent, JuqueueEvent } from '../model/events.ts';
import type { AllocationId, ClusterName, RunId } from '../model/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { World } from '../evolve/world.ts';
import type { StopMode } from './commands.ts';
import type { StopReport } from './engine-api.ts';
import type { NodeDesk } from './node-desk.ts';
import { attemptOf } from './node-desk.ts';
import { heldRuns } from '../evolve/evolve-allocation.ts';
import { graceOf } from './stop-events.ts';
import { engineTimes } from './engine-times.ts';

export interface StopManagerPorts {
  readonly world: World;
  readonly clock: Clock;
  readonly desk: NodeDesk;
  readonly record: (events: readonly DurableEvent[], afterwards?: () => void) => void;
  readonly cancel: (cluster: ClusterName, allocations: readonly AllocationId[]) => Promise<void>;
  readonly flush: () => Promise<void>;
  readonly onEvents: (listener: (events: readonly JuqueueEvent[]) => void) => () => void;
}

/**
 * Ends what is to end with the manager. Nodes of a local cluster always end; nodes of other clusters end with `release`
 * or when they are idle, and else go on without us. Runs of ending nodes are asked to checkpoint and become ready. A
 * cluster that does not answer is not waited for longer than its nodes would be.
 */
export async function stopManager(mode: StopMode, ports: StopManagerPorts): Promise<StopReport> {
  const { world, clock, desk, record, cancel, flush } = ports;
  const ending: Allocation[] = [];
  const staying: Allocation[] = [];
  const waiting: Allocation[] = [];
  for (const allocation of world.allocations) {
    const ends = mode === 'release' || world.clusters.get(allocation.cluster)?.type === 'local' || allocation.node?.idleSinceMs != null;
    if (allocation.node === null || allocation.node.status === 'gone') {
      if (allocation.status !== 'ended') (allocation.status === 'running' && !ends ? staying : waiting).push(allocation);
    } else if (ends) ending.push(allocation);
    else staying.push(allocation);
  }

  const runs = ending.flatMap((allocation) => (allocation.node === null ? [] : heldRuns(allocation.node)));
  const graceMs = runs.reduce((longest, run) => Math.max(longest, graceOf(world, run)), 0);
  const stops = runs.flatMap((id) => stopOf(world, id));
  const stopped = runs.flatMap((run) => attemptOf(world, run));
  if (stops.length > 0) record(stops, () => desk.sendStops(stopped));
  const releases: DurableEvent[] = ending.map((allocation) => ({
    kind: 'node-release-requested',
    node: allocation.id,
    reason: 'the manager stops',
  }));
  if (releases.length > 0) record(releases, () => ending.forEach((allocation) => desk.sendRelease(allocation.id)));
  const cancelled = waiting.filter((allocation) => allocation.cancel === null);
  if (cancelled.length > 0) {
    record(
      cancelled.map((allocation) => ({
        kind: 'allocation-cancel-requested' as const,
        allocation: allocation.id,
        reason: 'the manager stops',
      })),
    );
  }
  await flush();
  for (const cluster of new Set(waiting.map((allocation) => allocation.cluster))) {
    void cancel(
      cluster,
      waiting.filter((allocation) => allocation.cluster === cluster).map((allocation) => allocation.id),
    );
  }

  const closing = [...ending, ...waiting].map((allocation) => allocation.id);
  const isOver = () => closing.every((id) => world.allocation(id)?.status === 'ended');
  const inTime = await until(isOver, graceMs + engineTimes.stopMarginMs, ports);
  if (!inTime) {
    const late = ending.filter((allocation) => world.allocation(allocation.id)?.status !== 'ended');
    for (const cluster of new Set(late.map((allocation) => allocation.cluster))) {
      void cancel(
        cluster,
        late.filter((allocation) => allocation.cluster === cluster).map((allocation) => allocation.id),
      );
    }
    await until(isOver, engineTimes.stopMarginMs, { clock, onEvents: ports.onEvents });
  }
  return {
    stoppedRuns: runs.length,
    endedNodes: ending.length,
    remainingNodes: [...staying.map((allocation) => allocation.id), ...closing.filter((id) => world.allocation(id)?.status !== 'ended')],
    cancelledAllocations: cancelled.length,
  };
}

/** What two stops in a row did together, and what the later one left. */
export function bothStops(first: StopReport, second: StopReport): StopReport {
  return {
    stoppedRuns: first.stoppedRuns + second.stoppedRuns,
    endedNodes: first.endedNodes + second.endedNodes,
    remainingNodes: second.remainingNodes,
    cancelledAllocations: first.cancelledAllocations + second.cancelledAllocations,
  };
}

function stopOf(world: World, id: RunId): readonly DurableEvent[] {
  const run = world.run(id);
  if (run?.execution == null || run.execution.stop !== null) return [];
  return [{ kind: 'run-stop-requested', run: id, attempt: run.attempt, cause: 'manager-stop', graceMs: graceOf(world, id) }];
}

/** Waits until the condition holds, looked at after every event; false when `patienceMs` is over first. */
function until(holds: () => boolean, patienceMs: number, ports: Pick<StopManagerPorts, 'clock' | 'onEvents'>): Promise<boolean> {
  return new Promise((resolve) => {
    const finish = (result: boolean) => {
      forget();
      timer.cancel();
      resolve(result);
    };
    const timer = ports.clock.after(patienceMs, () => finish(holds()));
    const forget = ports.onEvents(() => {
      if (holds()) finish(true);
    });
    if (holds()) finish(true);
  });
}
