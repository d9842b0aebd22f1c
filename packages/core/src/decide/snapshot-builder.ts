import type { Allocation, Node } from '../model/allocation.ts';
import type { SpentBudget } from '../model/budget.ts';
import type { CheckpointContract, ClusterDefinition, ResourceVector } from '../model/definition.ts';
import type { Run } from '../model/run.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { waitingReasons } from '../model/run-status.ts';
import { compareIds } from '../model/ids.ts';
import { sampleCluster, sampleRun, sampleRunDefinition } from '../model/samples.ts';
import { queuesOf } from './shape-queues.ts';

/** The instant of every built snapshot. */
export const builtAtMs = 1_700_000_000_000;

export interface RunTraits extends Partial<Omit<Run, 'definition'>> {
  readonly slots?: number;
  readonly resources?: ResourceVector;
  readonly clusters?: readonly string[];
  readonly priority?: number;
  readonly timeMs?: number | null;
  readonly checkpoint?: CheckpointContract;
  readonly learnedMs?: number;
  /** Whether it wants the devices of its slots. */
  readonly cuda?: boolean;
}

export type ClusterTraits = Partial<ClusterDefinition> & { readonly slots?: number };

export type NodeTraits = Partial<Node> & {
  readonly cluster?: string;
  readonly allocation?: Partial<Allocation>;
  readonly resources?: ResourceVector;
};

/**
 * Speaks a snapshot: `world().cluster('c', {slots: 4}).node('n1', ['r1', null]).ready('r2').snapshot()`. Names of runs on
 * nodes become running runs; a run is at attempt 0 before its first start and at 1 while it runs.
 */
export class SnapshotBuilder {
  readonly #clusters = new Map<string, ClusterDefinition>();
  readonly #allocations: Allocation[] = [];
  readonly #runs = new Map<string, Run>();
  #declaredError = 0;
  readonly #learned = new Map<string, number>();
  readonly #held = new Map<string, string>();
  readonly #spent = new Map<string, SpentBudget>();
  readonly #suspects = new Set<string>();

  cluster(name: string, { slots = 4, ...traits }: ClusterTraits = {}): this {
    this.#clusters.set(name, sampleCluster({ name, slotsPerNode: slots, ...traits }));
    return this;
  }

  held(cluster: string, because: string): this {
    this.#held.set(cluster, because);
    return this;
  }

  spent(cluster: string, atLimit: SpentBudget['atLimit'] = 'finish'): this {
    this.#spent.set(cluster, { atLimit, because: 'its budget is spent' });
    return this;
  }

  suspect(node: string): this {
    this.#suspects.add(node);
    return this;
  }

  ready(name: string, traits: RunTraits = {}): this {
    return this.#run(name, { status: 'ready', reason: 'queued', ...traits });
  }

  /** A connected node; its occupants by slot, each a run of that name unless `null`. */
  node(
    id: string,
    occupants: readonly (string | null)[],
    { cluster = 'c', allocation = {}, resources, ...traits }: NodeTraits = {},
    runs: RunTraits = {},
  ): this {
    const nonce = `nonce-${id}`;
    const ids = occupants.map((name) => (name === null ? null : runIdOf(name)));
    for (const name of new Set(occupants)) {
      if (name === null) continue;
      const slots = occupants.flatMap((occupant, slot) => (occupant === name ? [slot] : []));
      this.#run(name, {
        status: 'running',
        reason: 'running',
        attempt: 1,
        execution: { node: id, nonce, slots, placedAtMs: builtAtMs - 3_600_000, startedAtMs: builtAtMs - 3_600_000, pid: 1, stop: null },
        slots: slots.length,
        ...runs,
      });
    }
    const node: Node = {
      id,
      nonce,
      status: 'connected',
      host: 'host',
      pid: 1,
      helloAtMs: builtAtMs - 7_200_000,
      found: null,
      deadlineMs: null,
      drain: null,
      occupants: ids,
      ahead: [],
      idleSinceMs: ids.every((occupant) => occupant === null) ? builtAtMs - 1_000 : null,
      ...traits,
    };
    return this.#allocation(id, cluster, {
      status: 'running',
      startedAtMs: builtAtMs - 7_260_000,
      jobId: id,
      slots: occupants.length,
      resources: resources ?? { slots: occupants.length },
      node,
      ...allocation,
    });
  }

  /** Declares another time for a run that was told of before. */
  takes(name: string, timeMs: number): this {
    const run = this.#runs.get(runIdOf(name));
    if (run !== undefined) this.#runs.set(run.id, { ...run, definition: { ...run.definition, timeMs } });
    return this;
  }

  /** What finished runs showed of declared times: see `Snapshot`. */
  declaredError(error: number): this {
    this.#declaredError = error;
    return this;
  }

  pending(id: string, { cluster = 'c', ...traits }: Partial<Allocation> & { readonly cluster?: string } = {}): this {
    return this.#allocation(id, cluster, { status: 'submitted', jobId: id, ...traits });
  }

  snapshot(): Snapshot {
    const runs = new Map(this.#runs);
    const allocations = [...this.#allocations].sort((a, b) => compareIds(a.id, b.id));
    const ready = [...runs.values()].filter((run) => run.status === 'ready' && !waitingReasons.has(run.reason));
    return {
      version: 7,
      clusters: new Map(this.#clusters),
      allocations,
      readyShapes: queuesOf(ready),
      readyCount: ready.length,
      waitingCount: [...runs.values()].filter((run) => run.status === 'ready').length - ready.length,
      run: (id) => runs.get(id),
      allocation: (id) => allocations.find((allocation) => allocation.id === id),
      observation: () => undefined,
      learnedTimes: (run) => {
        const learnedMs = this.#learned.get(run.id);
        return learnedMs === undefined ? null : { medianMs: learnedMs, upperMs: learnedMs * 2, samples: 10, by: null };
      },
      declaredError: this.#declaredError,
      demandChangedAtMs: builtAtMs - 60_000,
      heldClusters: new Map(this.#held),
      spentBudgets: new Map(this.#spent),
      suspectNodes: new Set(this.#suspects),
    };
  }

  #allocation(id: string, cluster: string, traits: Partial<Allocation>): this {
    const definition = this.#clusters.get(cluster);
    const slots = definition?.slotsPerNode ?? 4;
    this.#allocations.push({
      id,
      cluster,
      token: `token-${id}`,
      status: 'requested',
      jobId: null,
      slots,
      resources: definition?.nodeResources ?? { slots },
      walltimeMs: definition?.walltimeMs ?? null,
      leaseMs: null,
      requestedAtMs: builtAtMs - 7_300_000,
      startedAtMs: null,
      endedAtMs: null,
      host: null,
      endState: null,
      isConfirmed: false,
      cancel: null,
      waitingFor: null,
      node: null,
      ...traits,
    });
    return this;
  }

  #run(name: string, traits: RunTraits): this {
    const {
      slots = 1,
      resources = { slots },
      clusters = ['c'],
      priority = 0,
      timeMs = null,
      checkpoint = { kind: 'undeclared' },
      learnedMs,
      cuda = false,
      ...record
    } = traits;
    const id = runIdOf(name);
    if (learnedMs !== undefined) this.#learned.set(id, learnedMs);
    const executor = { env: {}, venv: null, pythonSearchPath: [], prependScript: [], cuda };
    const definition = sampleRunDefinition(name, { resources, clusters, priority, timeMs, checkpoint, executor });
    this.#runs.set(id, {
      ...sampleRun('e', name, { definition }),
      id,
      createdAtMs: builtAtMs - 7_300_000,
      changedAtMs: builtAtMs - 7_300_000,
      ...record,
    });
    return this;
  }
}

export function world(): SnapshotBuilder {
  return new SnapshotBuilder();
}

/** Names without an experiment belong to `e`. */
export function runIdOf(name: string): string {
  return name.includes('@') ? name : `e@${name}`;
}
