import type { LearnedTimes } from '../decide/learn-times.ts';
import type { ExperimentView } from '../engine/engine-api.ts';
import type { Allocation } from '../model/allocation.ts';
import type { SpentBudget } from '../model/budget.ts';
import type { ClusterDefinition, ResourceVector } from '../model/definition.ts';
import type { AllocationId, ClusterName, ExperimentName, NodeId, RunId } from '../model/ids.ts';
import type { Observation, Run } from '../model/run.ts';
import type { ShapeQueue, Snapshot } from '../model/snapshot.ts';
import type { Experience } from './experience.ts';
import type { ImageBook } from './image-book.ts';
import type { WorldRecord } from './saved-world.ts';
import { saveWorld } from './saved-world.ts';
import { WorldBooks } from './world-books.ts';

/** The state as it is read: what decisions look at, and what views ask beyond that. Only `World` changes it. */
export class WorldState implements Snapshot {
  protected readonly books: WorldBooks;
  readonly images: ImageBook;
  /** What ended attempts teach. */
  readonly experience: Experience;

  constructor(books = new WorldBooks()) {
    this.books = books;
    this.images = books.ready.images;
    this.experience = books.experience;
  }

  /** What a later start needs to go on from here without the events before. */
  saved(): Iterable<WorldRecord> {
    return saveWorld(this.books);
  }

  get version(): number {
    return this.books.marks.version;
  }
  get epoch(): number {
    return this.books.marks.epoch;
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
    return this.books.marks.demandChangedAtMs;
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
  get declaredError(): number {
    return this.experience.declaredError;
  }
  learnedTimes(run: Run): LearnedTimes | null {
    return this.experience.learnedTimes(run);
  }
}
