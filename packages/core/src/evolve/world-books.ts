import { AllocationBook } from './allocation-book.ts';
import { ClusterBook } from './cluster-book.ts';
import { DependencyIndex } from './dependency-index.ts';
import { Experience } from './experience.ts';
import { ExperimentBook } from './experiment-book.ts';
import { ReadyIndex } from './ready-index.ts';
import { RunBook } from './run-book.ts';

/** Everything that the state consists of, by topic. */
export class WorldBooks {
  readonly runs = new RunBook();
  readonly allocations: AllocationBook;
  readonly clusters = new ClusterBook();
  readonly experiments = new ExperimentBook();
  readonly dependencies = new DependencyIndex();
  readonly experience = new Experience();
  readonly ready = new ReadyIndex((run) => this.experience.groupOf(run));
  readonly marks = { version: 0, demandChangedAtMs: 0, epoch: 0 };

  constructor(allocations = new AllocationBook()) {
    this.allocations = allocations;
  }
}
