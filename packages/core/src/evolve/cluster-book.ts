import type { NodeFound } from '../model/allocation.ts';
import type { ClusterDefinition, ResourceVector } from '../model/definition.ts';
import type { ClusterName } from '../model/ids.ts';
import { withFoundDevices } from './evolve-allocation.ts';

/** The clusters as they are defined, as their nodes have turned out to be, and those that take no submissions at present. */
export class ClusterBook {
  readonly current = new Map<ClusterName, ClusterDefinition>();
  /** Definitions that were removed, of clusters that may still have allocations. */
  readonly retired = new Map<ClusterName, ClusterDefinition>();
  /** Why a cluster takes no submissions. */
  readonly held = new Map<ClusterName, string>();
  readonly #declared = new Map<ClusterName, ResourceVector>();

  define(clusters: readonly ClusterDefinition[]): void {
    for (const [name, cluster] of this.current) this.retired.set(name, cluster);
    this.current.clear();
    this.#declared.clear();
    this.held.clear();
    for (const cluster of clusters) {
      this.current.set(cluster.name, cluster);
      this.#declared.set(cluster.name, cluster.nodeResources);
      this.retired.delete(cluster.name);
    }
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

  hold(name: ClusterName, because: string | null): void {
    if (because === null) this.held.delete(name);
    else this.held.set(name, because);
  }
}
