import { formatDuration } from '@juqueue/core';
import type { ClusterDefinition } from '@juqueue/core';
import type { Partition } from '../probe/parse-partition.ts';
import { timeObjection } from '../probe/partition-limits.ts';
import type { Finding } from './finding.ts';
import { fine, warning, wrong } from './finding.ts';

/** What the site's partitions say about a cluster's definition. `queue` is null when the definition names none. */
export function judgePartition(definition: ClusterDefinition, queue: string | null, partitions: readonly Partition[]): readonly Finding[] {
  const names = queue?.split(',') ?? partitions.filter(({ isDefault }) => isDefault).map(({ name }) => name);
  const known = partitions.map(({ name }) => name).join(', ');
  if (names.length === 0)
    return [wrong('partition', 'no partition is named, and Slurm has no default one', `set queue to one of ${known}`)];
  const unknown = names.filter((name) => partitions.every((partition) => partition.name !== name));
  if (unknown.length > 0) return [wrong('partition', `there is no partition ${unknown.join(', ')}`, `set queue to one of ${known}`)];
  const named = partitions.filter(({ name }) => names.includes(name));
  return [...named.map(stateOf), walltimeOf(definition, queue, partitions), ...coresOf(definition, named)];
}

function stateOf({ name, state, nodeCount }: Partition): Finding {
  if (state === 'UP') return fine('partition', `partition ${name} is up${nodeCount === null ? '' : ` with ${nodeCount} nodes`}`);
  return wrong(
    'partition',
    `partition ${name} is ${state || 'in an unknown state'}, expected UP`,
    'allocations would wait until the site opens it; choose another queue or wait',
  );
}

function walltimeOf({ walltimeMs }: ClusterDefinition, queue: string | null, partitions: readonly Partition[]): Finding {
  if (walltimeMs === null)
    return warning(
      'walltime',
      "no walltime is set, so that of the partition's default holds",
      'set walltime: nodes then know their end, and runs are asked to save in time',
    );
  const objection = timeObjection(partitions, queue, walltimeMs);
  if (objection === null) return fine('walltime', `a walltime of ${formatDuration(walltimeMs)} is within the limit`);
  return wrong('walltime', objection, 'set a shorter walltime or another queue');
}

/** A node is billed whole, whatever part of it is asked for. */
function coresOf(definition: ClusterDefinition, named: readonly Partition[]): readonly Finding[] {
  const asked = definition.nodeResources['cpus'];
  const perNode = named.flatMap(({ cpuCount, nodeCount }) =>
    cpuCount === null || nodeCount === null || nodeCount === 0 ? [] : cpuCount / nodeCount,
  );
  const smallest = Math.min(...perNode);
  if (asked === undefined || perNode.length === 0 || asked >= smallest) return [];
  return [
    warning(
      'cores',
      `cores is ${asked}, but nodes have ${Math.floor(smallest)}`,
      'allocations are whole nodes; set cores to what they have, and num_slots to the runs that fit',
    ),
  ];
}
