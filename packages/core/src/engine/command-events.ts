import type { Command, RunningChoice } from './commands.ts';
import type { DurableEvent } from '../model/events.ts';
import { defaultLimits, sameLimits } from '../model/budget.ts';
import type { ExperimentDefinition } from '../model/definition.ts';
import type { ExperimentName, RunId } from '../model/ids.ts';
import { runId } from '../model/ids.ts';
import type { Run } from '../model/run.ts';
import type { World } from '../evolve/world.ts';
import { assertNever } from '../model/assert.ts';
import { heldRuns } from '../evolve/evolve-allocation.ts';
import { waitsForHold } from '../evolve/hold-runs.ts';
import { clusterCommand, nodeCommand } from './node-commands.ts';
import { nothing } from './command-effect.ts';
import type { CommandEffect } from './command-effect.ts';
import { stopEvents } from './stop-events.ts';
import { diffExperiment } from '../define/diff-experiment.ts';

/** Translates a command into facts about this world. */
export function commandEvents(world: World, command: Command): CommandEffect {
  switch (command.kind) {
    case 'resume-runs':
      return resume(world, command);
    case 'cancel-runs':
      return cancel(world, command);
    case 'define-clusters':
      return defineClusters(world, command);
    case 'define-experiment':
      return define(world, command.definition, command.running);
    case 'remove-experiment': {
      const runs = [...(world.experiments.get(command.experiment)?.runIds ?? [])].filter((id) => world.run(id)?.next?.kind !== 'removed');
      return withdraw(world, runs, command.running, [{ kind: 'experiment-removed', experiment: command.experiment }]);
    }
    case 'hold-runs':
      return hold(world, command);
    case 'release-runs':
      return release(world, command);
    case 'prioritise-runs':
      return prioritise(world, command);
    case 'drain-node':
    case 'undrain-node':
    case 'release-node':
      return nodeCommand(world, command);
    case 'hold-cluster':
    case 'release-cluster':
      return clusterCommand(world, command);
    default:
      return assertNever(command);
  }
}

function resume(world: World, command: Extract<Command, { kind: 'resume-runs' }>): CommandEffect {
  const objection = (run: Run): string | null => {
    if (run.reason === 'held') return 'it is held; a release lets it start';
    if (run.reason === 'budget') return `it waits: ${run.detail ?? 'the budget is spent'}`;
    return run.status === 'ready' || run.status === 'running' ? `it is ${run.status} already` : null;
  };
  return liftingHolds(world, command.runs, (ids) =>
    change(world, ids, objection, (runs) => ({
      kind: 'runs-resumed',
      runs,
      by: command.by,
      ...(command.isFresh === true ? { isFresh: true } : {}),
    })),
  );
}

/** Whoever resumes or releases runs of an experiment that is held for its failures has looked at them: all of it goes on. */
function liftingHolds(world: World, ids: readonly RunId[], act: (others: readonly RunId[]) => CommandEffect): CommandEffect {
  const heldExperimentOf = (id: RunId): ExperimentName | null => {
    const experiment = world.run(id)?.experiment;
    return experiment !== undefined && world.experiments.get(experiment)?.hold?.reason === 'held' ? experiment : null;
  };
  const isHeldBack = (id: RunId): boolean => {
    const run = world.run(id);
    const hold = world.experiments.get(heldExperimentOf(id) ?? '')?.hold ?? null;
    return run !== undefined && hold !== null && waitsForHold(run, hold);
  };
  const waiting = [...new Set(ids)].filter(isHeldBack);
  const effect = act(ids.filter((id) => !isHeldBack(id)));
  const affected = [...waiting, ...effect.affected];
  const lifted = new Set(affected.flatMap((id) => heldExperimentOf(id) ?? []));
  return {
    ...effect,
    affected,
    events: [...[...lifted].map((experiment): DurableEvent => ({ kind: 'experiment-released', experiment })), ...effect.events],
  };
}

function hold(world: World, command: Extract<Command, { kind: 'hold-runs' }>): CommandEffect {
  return change(
    world,
    command.runs,
    (run) =>
      run.status !== 'ready' ? `it is ${run.status}; only ready runs can be held` : run.reason === 'held' ? 'it is held already' : null,
    (runs) => ({
      kind: 'runs-held',
      runs,
      by: command.by,
      reason: command.reason,
    }),
  );
}

function release(world: World, command: Extract<Command, { kind: 'release-runs' }>): CommandEffect {
  return liftingHolds(world, command.runs, (ids) =>
    change(
      world,
      ids,
      (run) => (run.reason === 'held' ? null : 'it is not held'),
      (runs) => ({ kind: 'runs-released', runs, by: command.by }),
    ),
  );
}

function prioritise(world: World, { runs: ids, priority, by }: Extract<Command, { kind: 'prioritise-runs' }>): CommandEffect {
  return change(
    world,
    ids,
    (run) => (run.definition.priority === priority ? `it has priority ${priority} already` : null),
    (runs) => ({ kind: 'runs-prioritised', runs, priority, by }),
  );
}

/** One event about those of the runs against which nothing stands. */
function change(
  world: World,
  runs: readonly RunId[],
  objection: (run: Run) => string | null,
  event: (affected: readonly RunId[]) => DurableEvent,
): CommandEffect {
  const affected: RunId[] = [];
  const skipped: { run: RunId; because: string }[] = [];
  for (const id of new Set(runs)) {
    const run = world.run(id);
    const because = run === undefined ? 'there is no such run' : objection(run);
    if (because === null) affected.push(id);
    else skipped.push({ run: id, because });
  }
  return { ...nothing, events: affected.length > 0 ? [event(affected)] : [], affected, skipped };
}

function cancel(world: World, command: Extract<Command, { kind: 'cancel-runs' }>): CommandEffect {
  const cancelled: RunId[] = [];
  const stopped: RunId[] = [];
  const skipped: { run: RunId; because: string }[] = [];
  for (const id of new Set(command.runs)) {
    const run = world.run(id);
    if (run === undefined) skipped.push({ run: id, because: 'there is no such run' });
    else if (run.status === 'ready') cancelled.push(id);
    else if (run.status !== 'running') skipped.push({ run: id, because: `it is ${run.status}, there is nothing to cancel` });
    else if (!command.force) skipped.push({ run: id, because: 'it is running; only force stops a running run (juqueue cancel --force)' });
    else if (run.execution?.stop != null && run.execution.stop.cause === 'user')
      skipped.push({ run: id, because: 'it is being stopped already' });
    else stopped.push(id);
  }
  const events: DurableEvent[] = [];
  if (cancelled.length > 0) events.push({ kind: 'runs-cancelled', runs: cancelled, by: command.by, reason: command.reason });
  events.push(...stopEvents(world, stopped, 'user'));
  return { ...nothing, events, stopped, affected: [...cancelled, ...stopped], skipped };
}

/** Nodes of a cluster that is gone take nothing new, and what runs on them is asked to stop. */
function defineClusters(world: World, command: Extract<Command, { kind: 'define-clusters' }>): CommandEffect {
  const kept = new Set(command.clusters.map((cluster) => cluster.name));
  const orphans = world.allocations.filter((allocation) => !kept.has(allocation.cluster));
  const stopped = orphans.flatMap((allocation) => (allocation.node === null ? [] : heldRuns(allocation.node)));
  const drained = orphans.filter(({ node }) => node?.drain === null).map(({ id }) => id);
  const cancelled = orphans.filter(({ node, cancel }) => node === null && cancel === null).map(({ id }) => id);
  const drains = drained.map((node): DurableEvent => ({ kind: 'node-drained', node, reason: 'cluster-removed' }));
  const cancels = cancelled.map((allocation): DurableEvent => ({
    kind: 'allocation-cancel-requested',
    allocation,
    reason: 'its cluster was removed',
  }));
  return {
    ...nothing,
    events: [
      ...drains,
      ...cancels,
      ...stopEvents(world, stopped, 'definition-changed'),
      { kind: 'clusters-defined', clusters: command.clusters },
    ],
    stopped,
    cancelled,
  };
}

/**
 * Compares with what each run will be when its present attempt has ended: what an earlier version decided for an attempt is
 * not decided again. A change back to what still executes stops nothing.
 */
function define(world: World, definition: ExperimentDefinition, running: RunningChoice): CommandEffect {
  const known = world.experiments.get(definition.name);
  const stored = new Map<RunId, string>();
  const leaving = new Set<RunId>();
  for (const id of known?.runIds ?? []) {
    const run = world.run(id);
    if (run === undefined) continue;
    if (run.next?.kind === 'removed') leaving.add(id);
    stored.set(id, run.next === null ? run.definitionHash : run.next.kind === 'changed' ? run.next.definitionHash : 'removed');
  }
  const { added, changed, removed: absent } = diffExperiment(stored, definition);
  const removed = absent.filter((id) => !leaving.has(id));
  const limits = definition.limits ?? defaultLimits;
  if (
    known !== undefined &&
    known.autostart === definition.autostart &&
    sameLimits(known.limits, limits) &&
    added.length + changed.length + removed.length === 0
  )
    return nothing;
  const changedIds = changed.flatMap((defined) => {
    const id = runId(definition.name, defined.definition.name);
    return world.run(id)?.definitionHash === defined.definitionHash ? [] : [id];
  });
  return withdraw(world, [...changedIds, ...removed], running, [
    { kind: 'experiment-defined', experiment: definition.name, autostart: definition.autostart, limits, added, changed, removed },
  ]);
}

/** The definition's facts first, then the stop of what runs under the old one. */
function withdraw(world: World, runs: readonly RunId[], running: RunningChoice, events: readonly DurableEvent[]): CommandEffect {
  const stopped = running === 'finish' ? [] : runs.filter((id) => world.run(id)?.execution != null);
  return { ...nothing, events: [...events, ...stopEvents(world, stopped, 'definition-changed')], stopped, affected: runs };
}
