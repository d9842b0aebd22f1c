import type { LearnedTimes } from '../decide/learn-times.ts';
import type { ExperimentView } from '../engine/engine-api.ts';
import type { Allocation } from '../model/allocation.ts';
import type { SpentBudget } from '../model/budget.ts';
import type { ClusterDefinition, ResourceVector } from '../model/definition.ts';
import type { AllocationId, ClusterName, ExperimentName, NodeId, RunId } from '../model/ids.ts';
import type { Observation, Run } from '../model/run.ts';
import type { ShapeQueue, Snapshot } from '../model/snapshot.ts';
import { AllocationBook } from './allocation-book.ts';
import { ClusterBook } from './cluster-book.ts';
import { DependencyIndex } from './dependency-index.ts';
import { Experience } from './experience.ts';
import { ExperimentBook } from './experiment-book.ts';
import { ReadyIndex } from './ready-index.ts';
import { RunBook } from './run-book.ts';

/** The state as it is read: what decisions look at, and what views ask beyond that. Only `World` changes it. */
export class WorldState implements Snapshot {
  protected readonly books = {
    runs: new RunBook(),
    allocations: new AllocationBook(),
    clusters: new ClusterBook(),
    experiments: new ExperimentBook(),
    dependencies: new DependencyIndex(),
    ready: new ReadyIndex(),
  };
  protected readonly marks = { version: 0, demandChangedAtMs: 0, epoch: 0 };
  readonly images = this.books.ready.images;
  /** What ended attempts teach. */
  readonly experience = new Experience();

  get version(): number {
    return this.marks.version;
  }
  get epoch(): number {
    return this.marks.epoch;
  }
  /** How many allocations were ever requested; the next one's number is one more. */
  get allocationCount(): number {
    return this.books.allocations.count;
  }
  get clusters(): ReadonlyMap<ClusterName, ClusterDefinition> {
    return this.books.clusters.current;
  }
  /** What a node of this cluster has by its definition, whatever nodes have found. */
  declaredResources(cluster: ClusterName): ResourceVector | undefined {
    return this.books.clusters.declaredResources(cluster);
  }
  /** Definitions that were removed, of clusters that may still have allocations. */
  get retiredClusters(): ReadonlyMap<ClusterName, ClusterDefinition> {
    return this.books.clusters.retired;
  }
  get experiments(): ReadonlyMap<ExperimentName, ExperimentView> {
    return this.books.experiments.entries;
  }
  get readyShapes(): readonly ShapeQueue[] {
    return this.images.startable;
  }
  get readyCount(): number {
    return this.books.ready.count;
  }
  get waitingCount(): number {
    return this.books.ready.waiting;
  }
  get demandChangedAtMs(): number {
    return this.marks.demandChangedAtMs;
  }
  get spentBudgets(): ReadonlyMap<ClusterName, SpentBudget> {
    return this.books.clusters.spent;
  }
  get suspectNodes(): ReadonlySet<NodeId> {
    return this.experience.failures.suspectNodes;
  }
  get heldClusters(): ReadonlyMap<ClusterName, string> {
    return this.books.clusters.held;
  }
  /** Those of them that a user holds. */
  get userHolds(): ReadonlyMap<ClusterName, string> {
    return this.books.clusters.heldByUser;
  }
  /** Those that have not ended, and those whose node is not yet proven gone, in the order of their ids. */
  get allocations(): readonly Allocation[] {
    return this.books.allocations.open;
  }
  /** Allocations that have ended and whose bill the cluster has not confirmed yet. */
  get unconfirmedEnds(): readonly Allocation[] {
    return this.books.allocations.unconfirmedEnds;
  }
  /** Every allocation there ever was, ended ones included. */
  get allAllocations(): Iterable<Allocation> {
    return this.books.allocations.all;
  }
  get allRuns(): Iterable<Run> {
    return this.books.runs.byId.values();
  }
  run(id: RunId): Run | undefined {
    return this.books.runs.byId.get(id);
  }
  allocation(id: AllocationId): Allocation | undefined {
    return this.books.allocations.get(id);
  }
  observation(id: RunId): Observation | undefined {
    return this.books.runs.observations.get(id);
  }
  learnedTimes(run: Run): LearnedTimes | null {
    return this.experience.learnedTimes(run);
  }
}
