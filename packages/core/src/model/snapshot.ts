import type { LearnedTimes } from '../decide/learn-times.ts';
import type { SpentBudget } from './budget.ts';
import type { Allocation } from './allocation.ts';
import type { ClusterDefinition, ResourceVector } from './definition.ts';
import type { AllocationId, ClusterName, RunId } from './ids.ts';
import type { ImageName } from './pulled-image.ts';
import type { Observation, Run } from './run.ts';

/** Runs that are equal to the packer: same resources, same cluster preference, same priority. */
export interface Shape {
  readonly key: string;
  readonly resources: ResourceVector;
  readonly clusters: readonly ClusterName[];
  readonly priority: number;
  /** The image that has to be pulled before; null when none has. */
  readonly image: ImageName | null;
}

/** The ready runs of one shape that may start now, iterated in the order of decide/order-runs. */
export interface ShapeQueue {
  readonly shape: Shape;
  readonly size: number;
  /** Iteration may stop early and costs only what it yields. */
  [Symbol.iterator](): Iterator<Run>;
}

/**
 * Everything a decision may look at. It is a read-only view of live state, valid until the next event; building it costs
 * nothing per run. Nothing in it may be kept across events.
 */
export interface Snapshot {
  /** Rises with every event. */
  readonly version: number;
  readonly clusters: ReadonlyMap<ClusterName, ClusterDefinition>;
  /** Allocations that have not ended or whose node is not yet proven gone, in the order of their ids. */
  readonly allocations: readonly Allocation[];
  readonly readyShapes: readonly ShapeQueue[];
  readonly readyCount: number;
  /** Ready runs that may not start yet (blocked, held, waiting for a retry) and so ask for no nodes. */
  readonly waitingCount: number;
  run(id: RunId): Run | undefined;
  allocation(id: AllocationId): Allocation | undefined;
  observation(id: RunId): Observation | undefined;
  /** What finished runs of its experiment teach of a whole attempt of this run; null when that is nothing. */
  learnedTimes(run: Run): LearnedTimes | null;
  /**
   * How wrong declared times proved to be: the deviation of the logarithm of taken over declared, whoever declared it. 0 while
   * too few such runs have ended to tell.
   */
  readonly declaredError: number;
  /** The last time that demand or supply changed: a run became ready, started or ended, a node came or went. */
  readonly demandChangedAtMs: number;
  /** Clusters whose node-hours are spent. */
  readonly spentBudgets: ReadonlyMap<ClusterName, SpentBudget>;
  /** Nodes on which runs fail that do not fail elsewhere. */
  readonly suspectNodes: ReadonlySet<AllocationId>;
  /** Why runs with this image have to wait; null when they need not. Worlds without images of registries need none. */
  readonly images?: { waitFor(image: ImageName | null): string | null };
  /** Clusters that take no submissions at present, with the sentence that says why. */
  readonly heldClusters: ReadonlyMap<ClusterName, string>;
}
