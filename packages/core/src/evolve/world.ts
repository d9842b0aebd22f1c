import type { LearnedTimes } from '../decide/learn-times.ts';
import type { Allocation } from '../model/allocation.ts';
import type { ClusterDefinition, ResourceVector } from '../model/definition.ts';
import type { JuqueueEvent } from '../model/events.ts';
import type { AllocationId, ClusterName, ExperimentName, NodeId, RunId } from '../model/ids.ts';
import type { AttemptOutcome, Execution, Observation, Run } from '../model/run.ts';
import type { ShapeQueue, Snapshot } from '../model/snapshot.ts';
import type { ExperimentView } from '../engine/engine-api.ts';
import type { RunTrigger } from './run-transitions.ts';
import type { Changes } from './changes.ts';
import { defaultLimits } from '../model/budget.ts';
import type { SpentBudget } from '../model/budget.ts';
import { assert, assertNever } from '../model/assert.ts';
import { runId } from '../model/ids.ts';
import { appearNode, evolveAllocation, evolveNode, heldRuns, occupy, requestAllocation, vacate } from './evolve-allocation.ts';
import { AllocationBook } from './allocation-book.ts';
import { ClusterBook } from './cluster-book.ts';
import { applyDependencies, cancelReadyRun, endRun, followsDependencies, freshRun, holdRun, markByNode, placeRun, prioritiseRun, recallRun, redefineRun, requestStop, resumeRun, startRun, withdrawStop } from './evolve-run.ts';
import { assertTransition } from './run-transitions.ts';
import { attemptRow } from './rows.ts';
import { defineRuns } from './define-run.ts';
import { DependencyIndex } from './dependency-index.ts';
import { Experience } from './experience.ts';
import { ExperimentBook } from './experiment-book.ts';
import { divideNewRuns } from './first-run.ts';
import { heldBack, waitsForHold } from './hold-runs.ts';
import { lostWithNode } from './node-loss.ts';
import { ReadyIndex } from './ready-index.ts';
import { RunBook } from './run-book.ts';

type Of<Kind extends JuqueueEvent['kind']> = Extract<JuqueueEvent, { readonly kind: Kind }>;

/**
 * The state: the fold of all events in their order. `apply` replaces records (they are readonly) and keeps the indices
 * that decisions and views need, so that neither ever walks over all runs. Nothing else changes it, and it does nothing
 * but change itself.
 */
export class World implements Snapshot {
  readonly #runs = new RunBook();
  readonly #allocations = new AllocationBook();
  readonly #clusters = new ClusterBook();
  readonly #experiments = new ExperimentBook();
  readonly #dependencies = new DependencyIndex();
  readonly #ready = new ReadyIndex();
  readonly images = this.#ready.images;
  /** What ended attempts teach. */
  readonly experience = new Experience();
  #version = 0;
  #demandChangedAtMs = 0;
  #epoch = 0;

  get version(): number {
    return this.#version;
  }
  get epoch(): number {
    return this.#epoch;
  }
  /** How many allocations were ever requested; the next one's number is one more. */
  get allocationCount(): number {
    return this.#allocations.count;
  }
  get clusters(): ReadonlyMap<ClusterName, ClusterDefinition> {
    return this.#clusters.current;
  }
  /** What a node of this cluster has by its definition, whatever nodes have found. */
  declaredResources(cluster: ClusterName): ResourceVector | undefined {
    return this.#clusters.declaredResources(cluster);
  }
  /** Definitions that were removed, of clusters that may still have allocations. */
  get retiredClusters(): ReadonlyMap<ClusterName, ClusterDefinition> {
    return this.#clusters.retired;
  }
  get experiments(): ReadonlyMap<ExperimentName, ExperimentView> {
    return this.#experiments.entries;
  }
  get readyShapes(): readonly ShapeQueue[] {
    return this.images.startable;
  }
  get readyCount(): number {
    return this.#ready.count;
  }
  get waitingCount(): number {
    return this.#ready.waiting;
  }
  get demandChangedAtMs(): number {
    return this.#demandChangedAtMs;
  }
  get spentBudgets(): ReadonlyMap<ClusterName, SpentBudget> {
    return this.#clusters.spent;
  }
  get suspectNodes(): ReadonlySet<NodeId> {
    return this.experience.failures.suspectNodes;
  }
  get heldClusters(): ReadonlyMap<ClusterName, string> {
    return this.#clusters.held;
  }
  /** Those of them that a user holds. */
  get userHolds(): ReadonlyMap<ClusterName, string> {
    return this.#clusters.heldByUser;
  }
  /** Those that have not ended, and those whose node is not yet proven gone, in the order of their ids. */
  get allocations(): readonly Allocation[] {
    return this.#allocations.open;
  }
  /** Allocations that have ended and whose bill the cluster has not confirmed yet. */
  get unconfirmedEnds(): readonly Allocation[] {
    return this.#allocations.unconfirmedEnds;
  }
  /** Every allocation there ever was, ended ones included. */
  get allAllocations(): Iterable<Allocation> {
    return this.#allocations.all;
  }
  get allRuns(): Iterable<Run> {
    return this.#runs.byId.values();
  }
  run(id: RunId): Run | undefined {
    return this.#runs.byId.get(id);
  }
  allocation(id: AllocationId): Allocation | undefined {
    return this.#allocations.get(id);
  }
  observation(id: RunId): Observation | undefined {
    return this.#runs.observations.get(id);
  }
  learnedTimes(run: Run): LearnedTimes | null {
    return this.experience.learnedTimes(run);
  }

  /** Folds one event in. Throws when the event is not possible in this state: that is a bug of whoever recorded it. */
  apply(event: JuqueueEvent, atMs: number, changes: Changes): void {
    this.#version += 1;
    switch (event.kind) {
      case 'manager-started':
        assert(event.epoch > this.#epoch, `epoch ${event.epoch} follows ${this.#epoch}`);
        this.#epoch = event.epoch;
        return;
      case 'clusters-defined':
      case 'cluster-hold-requested':
      case 'cluster-hold-ended':
      case 'cluster-held':
      case 'cluster-budget-spent':
      case 'cluster-budget-restored':
        this.#demandChangedAtMs = atMs;
        return this.#clusters.apply(event);
      case 'experiment-defined':
        return this.#defineExperiment(event, atMs, changes);
      case 'experiment-removed':
        return this.#removeExperiment(event.experiment, atMs, changes);
      case 'experiment-held': {
        const hold = { reason: event.reason, because: event.because };
        const waiting = [...this.#experiments.setHold(event.experiment, hold)].map((id) => this.#runs.need(id)).filter((run) => heldBack(run, hold) !== run);
        for (const run of waiting) this.#replace({ ...run, changedAtMs: atMs }, event.kind, atMs, changes);
        return;
      }
      case 'experiment-released':
        return this.#releaseExperiment(event, atMs, changes);
      case 'runs-resumed':
        return event.runs.forEach((id) => this.#resume(event.isFresh === true ? freshRun(this.#runs.need(id)) : this.#runs.need(id), event.kind, atMs, changes));
      case 'runs-cancelled':
        return event.runs.forEach((id) => this.#replace(cancelReadyRun(this.#runs.need(id), event.reason, atMs), event.kind, atMs, changes));
      case 'runs-held':
        return event.runs.forEach((id) => this.#replace(holdRun(this.#runs.need(id), event.reason, atMs), event.kind, atMs, changes));
      case 'runs-released':
        return event.runs.forEach((id) => this.#replace(this.#wanted(this.#runs.need(id), atMs), event.kind, atMs, changes));
      case 'runs-prioritised':
        for (const run of event.runs.map((id) => this.#runs.need(id))) this.#store(run, prioritiseRun(run, event.priority, atMs), changes);
        this.#demandChangedAtMs = atMs;
        return;
      case 'run-retry-due':
        return this.#replace({ ...this.#runs.need(event.run), changedAtMs: atMs, reason: 'queued', eligibleAtMs: null }, event.kind, atMs, changes);
      case 'run-placed':
        return this.#place(event, atMs, changes);
      case 'run-started':
        return this.#start(event, atMs, changes);
      case 'run-stop-requested':
        return this.#replace(requestStop(this.#runs.needAttempt(event.run, event.attempt), { cause: event.cause, requestedAtMs: atMs, graceMs: event.graceMs }, atMs), event.kind, atMs, changes);
      case 'run-stop-withdrawn':
        return this.#replace(withdrawStop(this.#runs.needAttempt(event.run, event.attempt), atMs), event.kind, atMs, changes);
      case 'run-ended':
        return this.#end(this.#runs.needAttempt(event.run, event.attempt), event.outcome, event.kind, atMs, changes);
      case 'history-found':
        return this.#replace(recallRun(this.#runs.need(event.run), event.attempt, event.outcome, atMs), event.kind, atMs, changes);
      case 'allocation-requested':
        return this.#setAllocation(requestAllocation(event, atMs), changes, atMs);
      case 'allocation-submitted':
      case 'allocation-refused':
      case 'allocation-waiting':
      case 'allocation-started':
      case 'allocation-cancel-requested':
      case 'allocation-ended':
        return this.#setAllocation(evolveAllocation(this.#allocations.need(event.allocation), event, atMs), changes, atMs);
      case 'node-appeared': {
        const allocation = appearNode(this.#allocations.need(event.node), event, atMs);
        this.#clusters.expectSuchNodes(allocation.cluster, event.found ?? null);
        return this.#setAllocation(allocation, changes, atMs);
      }
      case 'node-drained':
      case 'node-undrained':
      case 'node-release-requested':
      case 'node-deadline-changed':
        return this.#setNode(event.node, (node) => evolveNode(node, event, atMs), changes, atMs);
      case 'node-linked':
      case 'node-unlinked':
      case 'node-silent':
        this.#setNode(event.node, (node) => evolveNode(node, event, atMs), changes, atMs);
        return this.#markRunsOfNode(event, atMs, changes);
      case 'node-fence-requested':
        return;
      case 'node-gone':
        return this.#loseNode(event, atMs, changes);
      case 'image-changed':
        if (this.images.note(event)) this.#demandChangedAtMs = atMs;
        return;
      case 'run-observed':
        this.#runs.observe(event.run, event.observation);
        return;
      default:
        return assertNever(event);
    }
  }

  /** All runs of the new definition exist before any becomes ready, so that a dependency among them is never missed. */
  #defineExperiment(event: Of<'experiment-defined'>, atMs: number, changes: Changes): void {
    const experiment = this.#experiments.define(event.experiment, event.autostart, event.limits ?? defaultLimits, atMs);
    for (const id of event.removed) this.#removeRun(this.#runs.need(id), atMs, changes);
    for (const { definition, definitionHash } of event.changed) {
      const run = this.#runs.need(runId(event.experiment, definition.name));
      if (run.execution !== null) this.#store(run, { ...run, next: { kind: 'changed', definition, definitionHash } }, changes);
      else this.#redefine(run, redefineRun(run, definition, definitionHash, atMs), atMs, changes);
    }
    const defined = defineRuns(event.experiment, experiment.order, event.added, atMs);
    const { added, starting } = divideNewRuns(defined, event.autostart, experiment.counts.finished > 0, this.#experiments.isWaitingForFirst(event.experiment));
    for (const run of added) this.#insert(run, changes);
    for (const run of added) this.#dependencies.addRun(run, this.#runs.byId);
    if (event.autostart === 'first' && starting.length < added.length) this.#experiments.waitForFirst(event.experiment);
    for (const run of starting) this.#resume(run, event.kind, atMs, changes);
    if (event.autostart === true) this.#startWaiting(event.experiment, atMs, changes);
  }

  /** The first run has shown that the others may start. */
  #startWaiting(name: ExperimentName, atMs: number, changes: Changes): void {
    const waiting = [...this.#experiments.takeWaiting(name)].map((id) => this.#runs.need(id)).filter((run) => run.reason === 'new');
    for (const run of waiting) this.#resume(run, 'dependency', atMs, changes);
  }

  /** Failures are counted anew from here on. */
  #releaseExperiment({ kind, experiment }: Of<'experiment-released'>, atMs: number, changes: Changes): void {
    const hold = this.#experiments.holdOf(experiment);
    if (hold?.reason === 'held') this.experience.failures.forgetExperiment(experiment);
    for (const id of this.#experiments.setHold(experiment, null)) {
      const run = this.#runs.need(id);
      if (hold === null || !waitsForHold(run, hold)) continue;
      this.#replace(applyDependencies(run, this.#dependencies.stateFor(run), this.#dependencies.describe(run), atMs), kind, atMs, changes);
    }
  }

  #removeExperiment(name: ExperimentName, atMs: number, changes: Changes): void {
    for (const id of [...(this.#experiments.entries.get(name)?.runIds ?? [])]) this.#removeRun(this.#runs.need(id), atMs, changes);
    this.#forgetEmptyExperiment(name);
  }

  #removeRun(run: Run, atMs: number, changes: Changes): void {
    if (run.execution !== null) {
      this.#store(run, { ...run, next: { kind: 'removed' } }, changes);
      return;
    }
    this.#runs.byId.delete(run.id);
    this.#runs.observations.delete(run.id);
    this.#dependencies.removeRun(run);
    this.#experiments.change(run, null);
    if (this.#ready.change(run, null)) this.#demandChangedAtMs = atMs;
    changes.runs.delete(run.id);
    changes.removedRuns.add(run.id);
  }

  #forgetEmptyExperiment(name: ExperimentName): void {
    if (this.#experiments.entries.get(name)?.runIds.size !== 0) return;
    this.#experiments.remove(name);
    this.experience.forgetExperiment(name);
  }

  #redefine(run: Run, redefined: Run, atMs: number, changes: Changes): void {
    this.#dependencies.removeRun(run);
    this.#store(run, redefined, changes);
    this.#dependencies.addRun(redefined, this.#runs.byId);
    if (redefined.status !== 'ready') return;
    if (this.#dependencies.stateFor(redefined) === 'met') this.#followDependencies(redefined, atMs, changes);
    else this.#replace(applyDependencies(redefined, this.#dependencies.stateFor(redefined), this.#dependencies.describe(redefined), atMs), 'dependency', atMs, changes);
  }

  #resume(run: Run, trigger: RunTrigger, atMs: number, changes: Changes): void {
    this.#replace(resumeRun(run, this.#dependencies.stateFor(run), this.#dependencies.describe(run), atMs), trigger, atMs, changes);
  }

  /** The run as its dependencies let it be. */
  #wanted(run: Run, atMs: number): Run {
    return applyDependencies(run, this.#dependencies.stateFor(run), this.#dependencies.describe(run), atMs);
  }

  #place(event: Of<'run-placed'>, atMs: number, changes: Changes): void {
    const run = this.#runs.need(event.run);
    assert(event.attempt === run.attempt + 1, `attempt ${event.attempt} of ${run.id} follows ${run.attempt}`);
    const execution: Execution = { node: event.node, nonce: event.nonce, slots: event.slots, placedAtMs: atMs, startedAtMs: null, pid: null, stop: null };
    this.#setNode(event.node, (node) => {
      assert(node.nonce === event.nonce && node.status !== 'gone', `${run.id} is placed on ${event.node} under a nonce that is not its own`);
      for (const slot of event.slots) assert(node.occupants[slot] === null, `slot ${slot} of ${event.node} is taken by ${node.occupants[slot]}`);
      return occupy(node, run.id, event.slots);
    }, changes, atMs);
    const placed = placeRun(run, event.attempt, execution, atMs);
    this.#runs.observations.delete(run.id);
    this.#replace(placed, event.kind, atMs, changes);
    changes.noteAttempt(attemptRow(placed, execution, null));
  }

  #start(event: Of<'run-started'>, atMs: number, changes: Changes): void {
    const run = startRun(this.#runs.needAttempt(event.run, event.attempt), event, atMs);
    if (run.execution === null) return;
    this.#setNode(run.execution.node, (node) => occupy(node, run.id, event.slots), changes, atMs);
    this.#replace(run, event.kind, atMs, changes);
    changes.noteAttempt(attemptRow(run, run.execution, null));
  }

  #end(run: Run, outcome: AttemptOutcome, trigger: RunTrigger, atMs: number, changes: Changes): void {
    const { execution } = run;
    assert(execution !== null, `${run.id} ends without an execution`);
    this.#setNode(execution.node, (node) => vacate(node, run.id, atMs), changes, atMs);
    const ended = endRun(run, outcome, this.#runs.observations.get(run.id), atMs);
    this.#runs.observations.delete(run.id);
    changes.noteAttempt(attemptRow(run, execution, outcome));
    this.experience.follow(run, ended, outcome, this.#allocations.get(execution.node)?.node?.host ?? '', atMs);
    this.#replace(ended, trigger, atMs, changes);
    if (run.next?.kind === 'changed') this.#redefine(ended, redefineRun({ ...ended, next: null }, run.next.definition, run.next.definitionHash, atMs), atMs, changes);
    if (ended.status === 'finished') this.#startWaiting(run.experiment, atMs, changes);
    if (run.next?.kind === 'removed') {
      this.#removeRun(ended, atMs, changes);
      this.#forgetEmptyExperiment(run.experiment);
    }
  }

  /** Everything the node still held is lost with it, in the same event, so that no crash can separate the two. */
  #loseNode(event: Of<'node-gone'>, atMs: number, changes: Changes): void {
    const allocation = this.#allocations.need(event.node);
    if (allocation.node === null || allocation.node.nonce !== event.nonce || allocation.node.status === 'gone') return;
    for (const id of heldRuns(allocation.node)) {
      const run = this.#runs.need(id);
      this.#end(run, lostWithNode(allocation, run, this.#runs.observations.get(id), event.proof, atMs), event.kind, atMs, changes);
    }
    this.experience.forgetNode(event.node);
    this.#setNode(event.node, (node) => ({ ...node, status: 'gone' }), changes, atMs);
  }

  #markRunsOfNode(event: Of<'node-linked' | 'node-unlinked' | 'node-silent'>, atMs: number, changes: Changes): void {
    const node = this.#allocations.get(event.node)?.node ?? null;
    for (const run of node === null ? [] : heldRuns(node).map((id) => this.#runs.need(id))) {
      const marked = markByNode(run, event.kind, atMs);
      if (marked !== run) this.#replace(marked, event.kind, atMs, changes);
    }
  }

  /** Puts a run in the place of its earlier record, checked against the table, and lets its dependants follow. */
  #replace(next: Run, trigger: RunTrigger, atMs: number, changes: Changes): void {
    const run = heldBack(next, this.#experiments.holdOf(next.experiment));
    const before = this.#runs.need(run.id);
    assertTransition(run.id, before.status, trigger, run.status);
    const isDemandChanged = this.#store(before, run, changes);
    if (isDemandChanged || before.status !== run.status) this.#demandChangedAtMs = atMs;
    for (const dependant of this.#dependencies.change(before, run)) this.#followDependencies(this.#runs.need(dependant), atMs, changes);
  }

  #followDependencies(run: Run, atMs: number, changes: Changes): void {
    if (!followsDependencies(run)) return;
    const next = this.#wanted(run, atMs);
    if (next.status !== run.status || next.reason !== run.reason) this.#replace(next, 'dependency', atMs, changes);
  }

  #insert(run: Run, changes: Changes): void {
    this.#runs.byId.set(run.id, run);
    this.#experiments.change(null, run);
    this.#ready.change(null, run);
    changes.removedRuns.delete(run.id);
    changes.runs.add(run.id);
  }

  #store(before: Run, after: Run, changes: Changes): boolean {
    this.#runs.byId.set(after.id, after);
    if (before.status !== after.status) this.#experiments.change(before, after);
    changes.runs.add(after.id);
    return this.#ready.change(before, after);
  }

  #setAllocation(allocation: Allocation, changes: Changes, atMs: number): void {
    if (this.#allocations.set(allocation)) this.#demandChangedAtMs = atMs;
    changes.allocations.add(allocation.id);
  }

  #setNode(id: NodeId, change: (node: NonNullable<Allocation['node']>) => NonNullable<Allocation['node']>, changes: Changes, atMs: number): void {
    const allocation = this.#allocations.need(id);
    if (allocation.node !== null) this.#setAllocation({ ...allocation, node: change(allocation.node) }, changes, atMs);
  }
}
