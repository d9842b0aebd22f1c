import type { Allocation } from '../model/allocation.ts';
import type { JuqueueEvent } from '../model/events.ts';
import type { ExperimentName, NodeId } from '../model/ids.ts';
import type { AttemptOutcome, Execution, Run } from '../model/run.ts';
import type { RunTrigger } from './run-transitions.ts';
import type { Changes } from './changes.ts';
import { defaultLimits } from '../model/budget.ts';
import { assert, assertNever } from '../model/assert.ts';
import { runId } from '../model/ids.ts';
import { appearNode, evolveAllocation, evolveNode, heldRuns, occupy, requestAllocation, vacate } from './evolve-allocation.ts';
import {
  applyDependencies,
  cancelReadyRun,
  endRun,
  followsDependencies,
  freshRun,
  holdRun,
  markByNode,
  placeRun,
  prioritiseRun,
  recallRun,
  redefineRun,
  requestStop,
  resumeRun,
  startRun,
  withdrawStop,
} from './evolve-run.ts';
import { assertTransition } from './run-transitions.ts';
import { attemptRow } from './rows.ts';
import { defineRuns } from './define-run.ts';
import { divideNewRuns } from './first-run.ts';
import { heldBack, waitsForHold } from './hold-runs.ts';
import { lostWithNode } from './node-loss.ts';
import { WorldState } from './world-state.ts';

type Of<Kind extends JuqueueEvent['kind']> = Extract<JuqueueEvent, { readonly kind: Kind }>;

/**
 * The state: the fold of all events in their order. `apply` replaces records (they are readonly) and keeps the indices
 * that decisions and views need, so that neither ever walks over all runs. Nothing else changes it, and it does nothing
 * but change itself.
 */
export class World extends WorldState {
  /** Folds one event in. Throws when the event is not possible in this state: that is a bug of whoever recorded it. */
  apply(event: JuqueueEvent, atMs: number, changes: Changes): void {
    this.books.marks.version += 1;
    switch (event.kind) {
      case 'manager-started':
        assert(event.epoch > this.books.marks.epoch, `epoch ${event.epoch} follows ${this.books.marks.epoch}`);
        this.books.marks.epoch = event.epoch;
        return;
      case 'clusters-defined':
      case 'cluster-hold-requested':
      case 'cluster-hold-ended':
      case 'cluster-held':
      case 'cluster-budget-spent':
      case 'cluster-budget-restored':
        this.books.marks.demandChangedAtMs = atMs;
        return this.books.clusters.apply(event);
      case 'experiment-defined':
        return this.#defineExperiment(event, atMs, changes);
      case 'experiment-removed':
        return this.#removeExperiment(event.experiment, atMs, changes);
      case 'experiment-held': {
        const hold = { reason: event.reason, because: event.because };
        const waiting = [...this.books.experiments.setHold(event.experiment, hold)]
          .map((id) => this.books.runs.need(id))
          .filter((run) => heldBack(run, hold) !== run);
        for (const run of waiting) this.#replace({ ...run, changedAtMs: atMs }, event.kind, atMs, changes);
        return;
      }
      case 'experiment-released':
        return this.#releaseExperiment(event, atMs, changes);
      case 'runs-resumed':
        return event.runs.forEach((id) =>
          this.#resume(event.isFresh === true ? freshRun(this.books.runs.need(id)) : this.books.runs.need(id), event.kind, atMs, changes),
        );
      case 'runs-cancelled':
        return event.runs.forEach((id) =>
          this.#replace(cancelReadyRun(this.books.runs.need(id), event.reason, atMs), event.kind, atMs, changes),
        );
      case 'runs-held':
        return event.runs.forEach((id) => this.#replace(holdRun(this.books.runs.need(id), event.reason, atMs), event.kind, atMs, changes));
      case 'runs-released':
        return event.runs.forEach((id) => this.#replace(this.#wanted(this.books.runs.need(id), atMs), event.kind, atMs, changes));
      case 'runs-prioritised':
        for (const run of event.runs.map((id) => this.books.runs.need(id)))
          this.#store(run, prioritiseRun(run, event.priority, atMs), changes);
        this.books.marks.demandChangedAtMs = atMs;
        return;
      case 'run-retry-due':
        return this.#replace(
          { ...this.books.runs.need(event.run), changedAtMs: atMs, reason: 'queued', eligibleAtMs: null },
          event.kind,
          atMs,
          changes,
        );
      case 'run-placed':
        return this.#place(event, atMs, changes);
      case 'run-started':
        return this.#start(event, atMs, changes);
      case 'run-stop-requested':
        return this.#replace(
          requestStop(
            this.books.runs.needAttempt(event.run, event.attempt),
            { cause: event.cause, requestedAtMs: atMs, graceMs: event.graceMs },
            atMs,
          ),
          event.kind,
          atMs,
          changes,
        );
      case 'run-stop-withdrawn':
        return this.#replace(withdrawStop(this.books.runs.needAttempt(event.run, event.attempt), atMs), event.kind, atMs, changes);
      case 'run-ended':
        return this.#end(this.books.runs.needAttempt(event.run, event.attempt), event.outcome, event.kind, atMs, changes);
      case 'history-found':
        return this.#replace(recallRun(this.books.runs.need(event.run), event.attempt, event.outcome, atMs), event.kind, atMs, changes);
      case 'allocation-requested':
        return this.#setAllocation(requestAllocation(event, atMs), changes, atMs);
      case 'allocation-submitted':
      case 'allocation-refused':
      case 'allocation-waiting':
      case 'allocation-started':
      case 'allocation-cancel-requested':
      case 'allocation-ended':
        return this.#setAllocation(evolveAllocation(this.books.allocations.need(event.allocation), event, atMs), changes, atMs);
      case 'node-appeared': {
        const allocation = appearNode(this.books.allocations.need(event.node), event, atMs);
        this.books.clusters.expectSuchNodes(allocation.cluster, event.found ?? null);
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
        if (this.images.note(event)) this.books.marks.demandChangedAtMs = atMs;
        return;
      case 'run-observed':
        this.books.runs.observe(event.run, event.observation);
        return;
      default:
        return assertNever(event);
    }
  }

  /** All runs of the new definition exist before any becomes ready, so that a dependency among them is never missed. */
  #defineExperiment(event: Of<'experiment-defined'>, atMs: number, changes: Changes): void {
    const experiment = this.books.experiments.define(event.experiment, event.autostart, event.limits ?? defaultLimits, atMs);
    for (const id of event.removed) this.#removeRun(this.books.runs.need(id), atMs, changes);
    for (const { definition, definitionHash } of event.changed) {
      const run = this.books.runs.need(runId(event.experiment, definition.name));
      if (run.execution !== null) this.#store(run, { ...run, next: { kind: 'changed', definition, definitionHash } }, changes);
      else this.#redefine(run, redefineRun(run, definition, definitionHash, atMs), atMs, changes);
    }
    const defined = defineRuns(event.experiment, experiment.order, event.added, atMs);
    const { added, starting } = divideNewRuns(
      defined,
      event.autostart,
      experiment.counts.finished > 0,
      this.books.experiments.isWaitingForFirst(event.experiment),
    );
    for (const run of added) this.#insert(run, changes);
    for (const run of added) this.books.dependencies.addRun(run, this.books.runs.byId);
    if (event.autostart === 'first' && starting.length < added.length) this.books.experiments.waitForFirst(event.experiment);
    for (const run of starting) this.#resume(run, event.kind, atMs, changes);
    if (event.autostart === true) this.#startWaiting(event.experiment, atMs, changes);
  }

  /** The first run has shown that the others may start. */
  #startWaiting(name: ExperimentName, atMs: number, changes: Changes): void {
    const waiting = [...this.books.experiments.takeWaiting(name)]
      .map((id) => this.books.runs.need(id))
      .filter((run) => run.reason === 'new');
    for (const run of waiting) this.#resume(run, 'dependency', atMs, changes);
  }

  /** Failures are counted anew from here on. */
  #releaseExperiment({ kind, experiment }: Of<'experiment-released'>, atMs: number, changes: Changes): void {
    const hold = this.books.experiments.holdOf(experiment);
    if (hold?.reason === 'held') this.experience.failures.forgetExperiment(experiment);
    for (const id of this.books.experiments.setHold(experiment, null)) {
      const run = this.books.runs.need(id);
      if (hold === null || !waitsForHold(run, hold)) continue;
      this.#replace(
        applyDependencies(run, this.books.dependencies.stateFor(run), this.books.dependencies.describe(run), atMs),
        kind,
        atMs,
        changes,
      );
    }
  }

  #removeExperiment(name: ExperimentName, atMs: number, changes: Changes): void {
    for (const id of [...(this.books.experiments.entries.get(name)?.runIds ?? [])])
      this.#removeRun(this.books.runs.need(id), atMs, changes);
    this.#forgetEmptyExperiment(name);
  }

  #removeRun(run: Run, atMs: number, changes: Changes): void {
    if (run.execution !== null) {
      this.#store(run, { ...run, next: { kind: 'removed' } }, changes);
      return;
    }
    this.books.runs.byId.delete(run.id);
    this.books.runs.observations.delete(run.id);
    this.books.dependencies.removeRun(run);
    this.books.experiments.change(run, null);
    if (this.books.ready.change(run, null)) this.books.marks.demandChangedAtMs = atMs;
    changes.runs.delete(run.id);
    changes.removedRuns.add(run.id);
  }

  #forgetEmptyExperiment(name: ExperimentName): void {
    if (this.books.experiments.entries.get(name)?.runIds.size !== 0) return;
    this.books.experiments.remove(name);
    this.experience.forgetExperiment(name);
  }

  #redefine(run: Run, redefined: Run, atMs: number, changes: Changes): void {
    this.books.dependencies.removeRun(run);
    this.#store(run, redefined, changes);
    this.books.dependencies.addRun(redefined, this.books.runs.byId);
    if (redefined.status !== 'ready') return;
    if (this.books.dependencies.stateFor(redefined) === 'met') this.#followDependencies(redefined, atMs, changes);
    else
      this.#replace(
        applyDependencies(redefined, this.books.dependencies.stateFor(redefined), this.books.dependencies.describe(redefined), atMs),
        'dependency',
        atMs,
        changes,
      );
  }

  #resume(run: Run, trigger: RunTrigger, atMs: number, changes: Changes): void {
    this.#replace(
      resumeRun(run, this.books.dependencies.stateFor(run), this.books.dependencies.describe(run), atMs),
      trigger,
      atMs,
      changes,
    );
  }

  /** The run as its dependencies let it be. */
  #wanted(run: Run, atMs: number): Run {
    return applyDependencies(run, this.books.dependencies.stateFor(run), this.books.dependencies.describe(run), atMs);
  }

  #place(event: Of<'run-placed'>, atMs: number, changes: Changes): void {
    const run = this.books.runs.need(event.run);
    assert(event.attempt === run.attempt + 1, `attempt ${event.attempt} of ${run.id} follows ${run.attempt}`);
    const execution: Execution = {
      node: event.node,
      nonce: event.nonce,
      slots: event.slots,
      placedAtMs: atMs,
      startedAtMs: null,
      pid: null,
      stop: null,
    };
    this.#setNode(
      event.node,
      (node) => {
        assert(
          node.nonce === event.nonce && node.status !== 'gone',
          `${run.id} is placed on ${event.node} under a nonce that is not its own`,
        );
        for (const slot of event.slots)
          assert(node.occupants[slot] === null, `slot ${slot} of ${event.node} is taken by ${node.occupants[slot]}`);
        return occupy(node, run.id, event.slots);
      },
      changes,
      atMs,
    );
    const placed = placeRun(run, event.attempt, execution, atMs);
    this.books.runs.observations.delete(run.id);
    this.#replace(placed, event.kind, atMs, changes);
    changes.noteAttempt(attemptRow(placed, execution, null));
  }

  #start(event: Of<'run-started'>, atMs: number, changes: Changes): void {
    const run = startRun(this.books.runs.needAttempt(event.run, event.attempt), event, atMs);
    if (run.execution === null) return;
    this.#setNode(run.execution.node, (node) => occupy(node, run.id, event.slots), changes, atMs);
    this.#replace(run, event.kind, atMs, changes);
    changes.noteAttempt(attemptRow(run, run.execution, null));
  }

  #end(run: Run, outcome: AttemptOutcome, trigger: RunTrigger, atMs: number, changes: Changes): void {
    const { execution } = run;
    assert(execution !== null, `${run.id} ends without an execution`);
    this.#setNode(execution.node, (node) => vacate(node, run.id, atMs), changes, atMs);
    const allocation = this.books.allocations.need(execution.node);
    const ended = endRun(run, outcome, this.books.runs.observations.get(run.id), atMs, allocation.walltimeMs);
    this.books.runs.observations.delete(run.id);
    changes.noteAttempt(attemptRow(run, execution, outcome));
    const isRegrouped = this.experience.follow(run, ended, outcome, allocation.node?.host ?? '', atMs);
    this.#replace(ended, trigger, atMs, changes);
    if (isRegrouped)
      this.books.ready.regroup([...(this.experiments.get(run.experiment)?.runIds ?? [])].map((id) => this.books.runs.need(id)));
    if (run.next?.kind === 'changed')
      this.#redefine(ended, redefineRun({ ...ended, next: null }, run.next.definition, run.next.definitionHash, atMs), atMs, changes);
    if (ended.status === 'finished') this.#startWaiting(run.experiment, atMs, changes);
    if (run.next?.kind === 'removed') {
      this.#removeRun(ended, atMs, changes);
      this.#forgetEmptyExperiment(run.experiment);
    }
  }

  /** Everything the node still held is lost with it, in the same event, so that no crash can separate the two. */
  #loseNode(event: Of<'node-gone'>, atMs: number, changes: Changes): void {
    const allocation = this.books.allocations.need(event.node);
    if (allocation.node === null || allocation.node.nonce !== event.nonce || allocation.node.status === 'gone') return;
    for (const id of heldRuns(allocation.node)) {
      const run = this.books.runs.need(id);
      this.#end(run, lostWithNode(allocation, run, this.books.runs.observations.get(id), event.proof, atMs), event.kind, atMs, changes);
    }
    this.experience.forgetNode(event.node);
    this.#setNode(event.node, (node) => ({ ...node, status: 'gone' }), changes, atMs);
  }

  #markRunsOfNode(event: Of<'node-linked' | 'node-unlinked' | 'node-silent'>, atMs: number, changes: Changes): void {
    const node = this.books.allocations.get(event.node)?.node ?? null;
    for (const run of node === null ? [] : heldRuns(node).map((id) => this.books.runs.need(id))) {
      const marked = markByNode(run, event.kind, atMs);
      if (marked !== run) this.#replace(marked, event.kind, atMs, changes);
    }
  }

  /** Puts a run in the place of its earlier record, checked against the table, and lets its dependants follow. */
  #replace(next: Run, trigger: RunTrigger, atMs: number, changes: Changes): void {
    const run = heldBack(next, this.books.experiments.holdOf(next.experiment));
    const before = this.books.runs.need(run.id);
    assertTransition(run.id, before.status, trigger, run.status);
    const isDemandChanged = this.#store(before, run, changes);
    if (isDemandChanged || before.status !== run.status) this.books.marks.demandChangedAtMs = atMs;
    for (const dependant of this.books.dependencies.change(before, run))
      this.#followDependencies(this.books.runs.need(dependant), atMs, changes);
  }

  #followDependencies(run: Run, atMs: number, changes: Changes): void {
    if (!followsDependencies(run)) return;
    const next = this.#wanted(run, atMs);
    if (next.status !== run.status || next.reason !== run.reason) this.#replace(next, 'dependency', atMs, changes);
  }

  #insert(run: Run, changes: Changes): void {
    this.books.runs.byId.set(run.id, run);
    this.books.experiments.change(null, run);
    this.books.ready.change(null, run);
    changes.removedRuns.delete(run.id);
    changes.runs.add(run.id);
  }

  #store(before: Run, after: Run, changes: Changes): boolean {
    this.books.runs.byId.set(after.id, after);
    if (before.status !== after.status) this.books.experiments.change(before, after);
    changes.runs.add(after.id);
    return this.books.ready.change(before, after);
  }

  #setAllocation(allocation: Allocation, changes: Changes, atMs: number): void {
    if (this.books.allocations.set(allocation)) this.books.marks.demandChangedAtMs = atMs;
    changes.allocations.add(allocation.id);
  }

  #setNode(
    id: NodeId,
    change: (node: NonNullable<Allocation['node']>) => NonNullable<Allocation['node']>,
    changes: Changes,
    atMs: number,
  ): void {
    const allocation = this.books.allocations.need(id);
    if (allocation.node !== null) this.#setAllocation({ ...allocation, node: change(allocation.node) }, changes, atMs);
  }
}
