import type { NodeFound } from '../model/allocation.ts';
import type { SpentBudget } from '../model/budget.ts';
import type { ClusterDefinition, ResourceVector } from '../model/definition.ts';
import type { JuqueueEvent } from '../model/events.ts';
import type { ClusterName } from '../model/ids.ts';
import { assertNever } from '../model/assert.ts';
import { withFoundDevices } from './evolve-allocation.ts';

/** What the journal says of clusters. Those that refuse submissions at present are found out anew. */
export interface SavedClusters {
  readonly current: readonly ClusterDefinition[];
  readonly retired: readonly ClusterDefinition[];
  readonly heldByUser: readonly (readonly [ClusterName, string])[];
  readonly spent: readonly (readonly [ClusterName, SpentBudget])[];
  readonly declared: readonly (readonly [ClusterName, ResourceVector])[];
}

type ClusterEvent = Extract<
  JuqueueEvent,
  {
    readonly kind:
      | 'clusters-defined'
      | 'cluster-hold-requested'
      | 'cluster-hold-ended'
      | 'cluster-held'
      | 'cluster-budget-spent'
      | 'cluster-budget-restored';
  }
>;

/** The clusters as they are defined, as their nodes have turned out to be, and those that take no submissions at present. */
export class ClusterBook {
  readonly current = new Map<ClusterName, ClusterDefinition>();
  /** Definitions that were removed, of clusters that may still have allocations. */
  readonly retired = new Map<ClusterName, ClusterDefinition>();
  /** Those that a user holds, and why. A hold ends with its cluster. */
  readonly heldByUser = new Map<ClusterName, string>();
  /** Clusters whose node-hours are spent. */
  readonly spent = new Map<ClusterName, SpentBudget>();
  readonly #held = new Map<ClusterName, string>();
  readonly #declared = new Map<ClusterName, ResourceVector>();

  saved(): SavedClusters {
    return {
      current: [...this.current.values()],
      retired: [...this.retired.values()],
      heldByUser: [...this.heldByUser],
      spent: [...this.spent],
      declared: [...this.#declared],
    };
  }

  restore({ current, retired, heldByUser, spent, declared }: SavedClusters): void {
    for (const cluster of current) this.current.set(cluster.name, cluster);
    for (const cluster of retired) this.retired.set(cluster.name, cluster);
    for (const [name, because] of heldByUser) this.heldByUser.set(name, because);
    for (const [name, budget] of spent) this.spent.set(name, budget);
    for (const [name, resources] of declared) this.#declared.set(name, resources);
  }

  #define(clusters: readonly ClusterDefinition[]): void {
    for (const [name, cluster] of this.current) this.retired.set(name, cluster);
    this.current.clear();
    this.#declared.clear();
    this.#held.clear();
    for (const cluster of clusters) {
      this.current.set(cluster.name, cluster);
      this.#declared.set(cluster.name, cluster.nodeResources);
      this.retired.delete(cluster.name);
    }
    for (const name of this.heldByUser.keys()) if (!this.current.has(name)) this.heldByUser.delete(name);
    for (const name of this.spent.keys()) if (!this.current.has(name)) this.spent.delete(name);
  }

  /** What a node of this cluster has by its definition, whatever nodes have found. */
  declaredResources(name: ClusterName): ResourceVector | undefined {
    return this.#declared.get(name);
  }

  /** Further nodes are imagined like the newest that came, or nodes would be requested for ever for a run that fits none of them. */
  expectSuchNodes(name: ClusterName, found: NodeFound | null): void {
    const cluster = this.current.get(name);
    const declared = this.#declared.get(name);
    if (cluster === undefined || declared === undefined) return;
    const nodeResources = withFoundDevices(declared, found);
    if (nodeResources['gpus'] !== cluster.nodeResources['gpus']) this.current.set(name, { ...cluster, nodeResources });
  }

  /** Why clusters take no submissions, by their own fault or a user's wish. */
  get held(): ReadonlyMap<ClusterName, string> {
    return this.heldByUser.size === 0 ? this.#held : new Map([...this.#held, ...this.heldByUser]);
  }

  apply(event: ClusterEvent): void {
    switch (event.kind) {
      case 'clusters-defined':
        return this.#define(event.clusters);
      case 'cluster-hold-requested':
        this.heldByUser.set(event.cluster, event.because);
        return;
      case 'cluster-hold-ended':
        this.heldByUser.delete(event.cluster);
        return;
      case 'cluster-held':
        if (event.because === null) this.#held.delete(event.cluster);
        else this.#held.set(event.cluster, event.because);
        return;
      case 'cluster-budget-spent':
        this.spent.set(event.cluster, { atLimit: event.atLimit, because: event.because });
        return;
      case 'cluster-budget-restored':
        this.spent.delete(event.cluster);
        return;
      default:
        return assertNever(event);
    }
  }
}
