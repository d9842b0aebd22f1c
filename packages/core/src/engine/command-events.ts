import type { Command, RunningChoice } from './commands.ts';
import type { DurableEvent } from '../model/events.ts';
import type { ExperimentDefinition } from '../model/definition.ts';
import type { AllocationId, RunId } from '../model/ids.ts';
import { runId } from '../model/ids.ts';
import type { Problem } from '../model/errors.ts';
import type { World } from '../evolve/world.ts';
import { assertNever } from '../model/assert.ts';
import { heldRuns } from '../evolve/evolve-allocation.ts';
import { diffExperiment } from '../define/diff-experiment.ts';

/** What a command comes to: facts, running attempts to be stopped, and what it left alone and why. */
export interface CommandEffect {
  readonly events: readonly DurableEvent[];
  readonly stopped: readonly RunId[];
  /** Allocations to be cancelled at their clusters. */
  readonly cancelled: readonly AllocationId[];
  readonly affected: readonly RunId[];
  readonly skipped: readonly { readonly run: RunId; readonly because: string }[];
  readonly problem: Problem | null;
}

const nothing: CommandEffect = { events: [], stopped: [], cancelled: [], affected: [], skipped: [], problem: null };

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
    case 'drain-node': {
      const node = world.allocation(command.node)?.node ?? null;
      if (node === null) return { ...nothing, problem: { code: 'JQ_NODE_NOT_FOUND', message: `There is no node ${command.node}.`, hint: 'juqueue nodes lists them.' } };
      return { ...nothing, events: node.drain === null ? [{ kind: 'node-drained', node: command.node, reason: 'user' }] : [] };
    }
    default:
      return assertNever(command);
  }
}

function resume(world: World, command: Extract<Command, { kind: 'resume-runs' }>): CommandEffect {
  const affected: RunId[] = [];
  const skipped: { run: RunId; because: string }[] = [];
  for (const id of new Set(command.runs)) {
    const run = world.run(id);
    if (run === undefined) skipped.push({ run: id, because: 'there is no such run' });
    else if (run.status === 'ready' || run.status === 'running') skipped.push({ run: id, because: `it is ${run.status} already` });
    else affected.push(id);
  }
  const events: DurableEvent[] = affected.length > 0 ? [{ kind: 'runs-resumed', runs: affected, by: command.by }] : [];
  return { ...nothing, events, affected, skipped };
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
    else if (!command.force) skipped.push({ run: id, because: 'it is running; only a cancel with force stops a running run' });
    else if (run.execution?.stop != null && run.execution.stop.cause === 'user') skipped.push({ run: id, because: 'it is being stopped already' });
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
  const drains: DurableEvent[] = orphans.flatMap((allocation) => (allocation.node?.drain === null ? [{ kind: 'node-drained' as const, node: allocation.id, reason: 'cluster-removed' as const }] : []));
  const cancels: DurableEvent[] = orphans.flatMap((allocation) => (allocation.node === null && allocation.cancel === null ? [{ kind: 'allocation-cancel-requested' as const, allocation: allocation.id, reason: 'its cluster was removed' }] : []));
  return {
    ...nothing,
    events: [...drains, ...cancels, ...stopEvents(world, stopped, 'definition-changed'), { kind: 'clusters-defined', clusters: command.clusters }],
    stopped,
    cancelled: cancels.flatMap((event) => (event.kind === 'allocation-cancel-requested' ? event.allocation : [])),
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
  if (known !== undefined && known.autostart === definition.autostart && added.length + changed.length + removed.length === 0) return nothing;
  const changedIds = changed.flatMap((defined) => {
    const id = runId(definition.name, defined.definition.name);
    return world.run(id)?.definitionHash === defined.definitionHash ? [] : [id];
  });
  return withdraw(world, [...changedIds, ...removed], running, [{ kind: 'experiment-defined', experiment: definition.name, autostart: definition.autostart, added, changed, removed }]);
}

/** The definition's facts first, then the stop of what runs under the old one. */
function withdraw(world: World, runs: readonly RunId[], running: RunningChoice, events: readonly DurableEvent[]): CommandEffect {
  const stopped = running === 'finish' ? [] : runs.filter((id) => world.run(id)?.execution != null);
  return { ...nothing, events: [...events, ...stopEvents(world, stopped, 'definition-changed')], stopped, affected: runs };
}

function stopEvents(world: World, runs: readonly RunId[], cause: 'user' | 'definition-changed'): DurableEvent[] {
  return runs.flatMap((id) => {
    const run = world.run(id);
    if (run === undefined) return [];
    const graceMs = graceOf(world, id);
    return [{ kind: 'run-stop-requested' as const, run: id, attempt: run.attempt, cause, graceMs }];
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
