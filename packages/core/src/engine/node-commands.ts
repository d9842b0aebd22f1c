import type { World } from '../evolve/world.ts';
import type { Allocation } from '../model/allocation.ts';
import type { Problem } from '../model/errors.ts';
import type { Command } from './commands.ts';
import type { CommandEffect } from './command-effect.ts';
import { suggest } from '../define/suggest.ts';
import { heldRuns } from '../evolve/evolve-allocation.ts';
import { nothing } from './command-effect.ts';
import { stopEvents } from './stop-events.ts';

type NodeCommand = Extract<Command, { kind: 'drain-node' | 'undrain-node' | 'release-node' }>;
type ClusterCommand = Extract<Command, { kind: 'hold-cluster' | 'release-cluster' }>;

/** What a wish about one allocation comes to. A node that is drained and empty is given back by the next tick. */
export function nodeCommand(world: World, command: NodeCommand): CommandEffect {
  const allocation = world.allocations.find((candidate) => candidate.id === command.node);
  if (allocation === undefined) return refused(unknownNode(world, command.node));
  if (command.kind === 'release-node') return releaseNode(world, allocation, command);
  const { node } = allocation;
  if (node === null) {
    return refused({
      code: 'JQ_NODE_NOT_FOUND',
      message: `${allocation.id} is ${allocation.status} and not a node yet.`,
      hint: 'Release it to cancel the request.',
    });
  }
  if (command.kind === 'drain-node')
    return { ...nothing, events: node.drain === null ? [{ kind: 'node-drained', node: node.id, reason: 'user' }] : [] };
  if (node.drain !== null && node.drain.reason !== 'user') {
    return refused({
      code: 'JQ_NODE_BUSY',
      message: `${node.id} drains because of ${node.drain.reason}, expected a drain by a user.`,
      hint: null,
    });
  }
  return { ...nothing, events: node.drain === null ? [] : [{ kind: 'node-undrained', node: node.id }] };
}

function releaseNode(world: World, allocation: Allocation, { force }: Extract<Command, { kind: 'release-node' }>): CommandEffect {
  const { node } = allocation;
  if (node === null) {
    if (allocation.cancel !== null) return nothing;
    return {
      ...nothing,
      events: [{ kind: 'allocation-cancel-requested', allocation: allocation.id, reason: 'released by its user' }],
      cancelled: [allocation.id],
    };
  }
  const runs = heldRuns(node);
  if (runs.length > 0 && !force) {
    return refused({
      code: 'JQ_NODE_BUSY',
      message: `${node.id} has ${runs.length} run${runs.length === 1 ? '' : 's'}, expected none.`,
      hint: 'Drain it to let them end first, or force: they are stopped and wait as ready.',
    });
  }
  const stopped = runs.filter((id) => world.run(id)?.execution?.stop === null);
  const drain: CommandEffect['events'] = node.drain === null ? [{ kind: 'node-drained', node: node.id, reason: 'user' }] : [];
  return { ...nothing, events: [...drain, ...stopEvents(world, stopped, 'manager-stop')], stopped, affected: stopped };
}

export function clusterCommand(world: World, command: ClusterCommand): CommandEffect {
  const { cluster, by } = command;
  if (!world.clusters.has(cluster)) {
    const near = suggest(cluster, [...world.clusters.keys()]);
    return refused({
      code: 'JQ_CLUSTER_NOT_FOUND',
      message: `There is no cluster '${cluster}'.`,
      hint: near === null ? `There are: ${[...world.clusters.keys()].join(', ')}.` : `Did you mean '${near}'?`,
    });
  }
  if (command.kind === 'release-cluster')
    return { ...nothing, events: world.userHolds.has(cluster) ? [{ kind: 'cluster-hold-ended', cluster, by }] : [] };
  return { ...nothing, events: [{ kind: 'cluster-hold-requested', cluster, because: command.reason ?? 'held by its user', by }] };
}

function unknownNode(world: World, id: string): Problem {
  const near = suggest(
    id,
    world.allocations.map((allocation) => allocation.id),
  );
  return {
    code: 'JQ_NODE_NOT_FOUND',
    message: `There is no node '${id}'.`,
    hint: near === null ? 'juqueue nodes lists them.' : `Did you mean '${near}'?`,
  };
}

function refused(problem: Problem): CommandEffect {
  return { ...nothing, problem };
}
