import type { World } from '../evolve/world.ts';
import type { DurableEvent } from '../model/events.ts';
import type { RunId } from '../model/ids.ts';
import type { StopCause } from '../model/run-status.ts';

/** Requests to stop the executing attempts of these runs, each with its own grace. */
export function stopEvents(
  world: World,
  runs: readonly RunId[],
  cause: Extract<StopCause, 'user' | 'definition-changed' | 'manager-stop'>,
): DurableEvent[] {
  return runs.flatMap((id) => {
    const run = world.run(id);
    if (run === undefined) return [];
    return [{ kind: 'run-stop-requested' as const, run: id, attempt: run.attempt, cause, graceMs: graceOf(world, id) }];
  });
}

/** How long this run may take to end after being asked: its own declaration, else its cluster's. */
export function graceOf(world: World, id: RunId): number {
  const run = world.run(id);
  if (run?.definition.checkpoint.kind === 'signal') return run.definition.checkpoint.graceMs;
  const allocation = run?.execution === null || run === undefined ? undefined : world.allocation(run.execution.node);
  return (allocation === undefined ? undefined : world.clusters.get(allocation.cluster))?.graceMs ?? defaultGraceMs;
}

/** What the original granted between SIGTERM and SIGKILL, and what clusters define when they say nothing. */
const defaultGraceMs = 30_000;
