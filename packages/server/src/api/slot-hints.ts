import type { Allocation, ClusterDefinition, EngineApi, Run } from '@juqueue/core';

export interface SlotHint {
  readonly cluster: string;
  /** Runs whose newest attempt was sampled on nodes of this cluster alone. */
  readonly runs: number;
  /** Those that at no time used more than half of the memory, and of the processors, of their slots. */
  readonly fitting: number;
  readonly sentence: string;
}

/** From fewer runs, and from a smaller part of them, nothing is concluded. */
const fewestRuns = 8;
const mostOfThem = 7 / 8;

/**
 * Clusters on which twice as many runs would fit on a node, by what runs have used. None for clusters whose runs get devices:
 * those are what is scarce there. Walks over all runs.
 */
export function slotHints(engine: Pick<EngineApi, 'snapshot' | 'experiments' | 'allAllocations' | 'run'>): readonly SlotHint[] {
  const { snapshot, experiments, allAllocations } = engine;
  const machines = machinesOf(allAllocations);
  const candidates = [...snapshot.clusters.values()].filter(
    ({ nodeResources, cudaDevicesPerSlot, name }) => nodeResources['gpus'] === undefined && cudaDevicesPerSlot === 0 && machines.has(name),
  );
  const counts = new Map(candidates.map(({ name }) => [name, { runs: 0, fitting: 0 }]));
  for (const { runIds } of experiments.values()) {
    for (const id of runIds) {
      const run = engine.run(id);
      const [cluster, ...others] = run?.definition.clusters ?? [];
      const count = counts.get(cluster ?? '');
      const definition = snapshot.clusters.get(cluster ?? '');
      const machine = machines.get(cluster ?? '');
      if (
        run?.outcome?.usage === undefined ||
        count === undefined ||
        definition === undefined ||
        machine === undefined ||
        others.length > 0
      )
        continue;
      count.runs += 1;
      if (fitsInHalf(run, definition, machine)) count.fitting += 1;
    }
  }
  return candidates.flatMap(({ name, slotsPerNode }) => {
    const { runs, fitting } = counts.get(name) ?? { runs: 0, fitting: 0 };
    if (runs < fewestRuns || fitting / runs < mostOfThem) return [];
    return [
      {
        cluster: name,
        runs,
        fitting,
        sentence: `${fitting} of ${runs} runs on ${name} fit in half the memory and half the processors of their slots: more slots per node are possible (num_slots: ${2 * slotsPerNode} instead of ${slotsPerNode})`,
      },
    ];
  });
}

interface Machine {
  readonly cpus: number;
  readonly memoryBytes: number;
}

/** The smallest machine that a node of each cluster found. */
function machinesOf(allocations: Iterable<Allocation>): ReadonlyMap<string, Machine> {
  const machines = new Map<string, Machine>();
  for (const { cluster, node } of allocations) {
    if (node?.found == null) continue;
    const { cpus, memoryBytes } = node.found;
    const known = machines.get(cluster);
    machines.set(
      cluster,
      known === undefined
        ? { cpus, memoryBytes }
        : { cpus: Math.min(known.cpus, cpus), memoryBytes: Math.min(known.memoryBytes, memoryBytes) },
    );
  }
  return machines;
}

function fitsInHalf({ definition, outcome }: Run, { slotsPerNode }: ClusterDefinition, { cpus, memoryBytes }: Machine): boolean {
  const usage = outcome?.usage;
  if (usage === undefined) return false;
  const half = definition.resources.slots / slotsPerNode / 2;
  return usage.maxRssBytes <= memoryBytes * half && usage.maxCores <= cpus * half;
}
