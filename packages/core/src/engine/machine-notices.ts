import type { NodeFound } from '../model/allocation.ts';
import type { ClusterName } from '../model/ids.ts';
import type { World } from '../evolve/world.ts';
import { formatAmount } from '../model/amount.ts';

/** Systems keep a part of the memory for themselves, and people round: less than this part of what is declared is a mistake. */
const memoryShareMin = 0.9;

/** Where do machines have less than `clusters.yaml` declares? One sentence for each cluster and resource, naming one node. */
export function machineNotices(world: World): readonly string[] {
  const lacking = new Map<string, { readonly node: string; readonly cluster: ClusterName; readonly what: string; count: number }>();
  for (const { cluster, node } of world.allocations) {
    const declared = world.declaredResources(cluster);
    if (node === null || node.found === null || node.status === 'gone' || declared === undefined) continue;
    for (const [resource, found] of foundAmounts(node.found)) {
      const wanted = declared[resource] ?? 0;
      if (found >= wanted * (resource === 'mem' ? memoryShareMin : 1)) continue;
      const what = `${formatAmount(resource, found)} of the ${formatAmount(resource, wanted)} ${resource}`;
      const known = lacking.get(`${cluster} ${what}`);
      if (known === undefined) lacking.set(`${cluster} ${what}`, { node: `${node.id} on ${node.host}`, cluster, what, count: 1 });
      else known.count += 1;
    }
  }
  return [...lacking.values()].map(
    ({ node, cluster, what, count }) =>
      `${cluster}: node ${node} has ${what} that clusters.yaml declares${count === 1 ? '' : `, and so ${count === 2 ? 'has' : 'have'} ${count - 1} more`}`,
  );
}

function foundAmounts({ cpus, memoryBytes, devices }: NodeFound): readonly (readonly [string, number])[] {
  return [['cpus', cpus], ['mem', memoryBytes], ...(devices === null ? [] : [['gpus', devices] as const])];
}
