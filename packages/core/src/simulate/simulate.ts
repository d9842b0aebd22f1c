import type { NodeInterval } from '../ledger/ledger.ts';
import type { DurableEvent } from '../model/events.ts';
import type { Plan, PlanMemory } from '../model/plan.ts';
import type { AttemptOutcome, Run } from '../model/run.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Policy, Scenario, SimulatedRun, SimulationResult } from './scenario.ts';
import { checkPlan } from '../decide/check-plan.ts';
import { applyPlan } from '../decide/apply-plan.ts';
import { Changes } from '../evolve/changes.ts';
import { World } from '../evolve/world.ts';
import { Ledger } from '../ledger/ledger.ts';
import { runId } from '../model/ids.ts';
import { emptyMemory } from '../model/plan.ts';
import { EventQueue } from './event-queue.ts';

type Happening =
  | { readonly kind: 'arrival'; readonly runs: readonly SimulatedRun[] }
  | { readonly kind: 'node-starts'; readonly node: string }
  | { readonly kind: 'node-connects'; readonly node: string }
  | { readonly kind: 'node-ends'; readonly node: string; readonly why: 'walltime' | 'death' }
  | { readonly kind: 'run-ends'; readonly run: string; readonly attempt: number }
  | { readonly kind: 'wake' };

/** The work of one run: what the checkpoints hold, and since when the present attempt works. */
interface Work {
  readonly run: SimulatedRun;
  savedMs: number;
  startedAtMs: number;
  worksFromMs: number;
}

/**
 * Runs a policy over a simulated world in virtual time: the state is the real fold of events, each plan goes through the
 * real checker, and only nodes and runs are made up. Equal scenarios give equal results.
 */
export function simulate(scenario: Scenario, policy: Policy, promises: Promises = 'all'): SimulationResult {
  return new Simulation(scenario, policy, promises).run();
}

/** What each plan is checked for. Baselines stop runs for which no slot is free: only what is physically possible binds them. */
export type Promises = 'all' | 'possible';

/** The simulation starts here, so that no instant is zero. */
const beginMs = 1_000_000_000_000;
/** The ledger of a simulation tells no experiments apart. */
const experiment = 'simulated';
/** A plan that changes nothing follows after a few; more at one instant means that two rules undo each other. */
const plansPerInstantMax = 10_000;

class Simulation {
  readonly #scenario: Scenario;
  readonly #policy: Policy;
  readonly #promises: Promises;
  readonly #world = new World();
  readonly #snapshot: Snapshot;
  readonly #queue = new EventQueue<Happening>();
  readonly #work = new Map<string, Work>();
  readonly #ledger = new Ledger();
  #memory: PlanMemory = emptyMemory;
  #nowMs = beginMs;
  #wakeAtMs: number | null = null;
  #unfinished = 0;
  #lastEndMs = beginMs;
  #billedMs = 0;
  #runningNodes = 0;
  #peakNodes = 0;
  #failedRuns = 0;
  #moves = 0;
  #redoneMs = 0;
  #ticks = 0;

  constructor(scenario: Scenario, policy: Policy, promises: Promises) {
    this.#promises = promises;
    this.#scenario = scenario;
    this.#policy = policy;
    this.#snapshot = this.#observed();
    const arrivals = new Map<number, SimulatedRun[]>();
    for (const run of scenario.runs) arrivals.set(run.arrivesAtMs, [...(arrivals.get(run.arrivesAtMs) ?? []), run]);
    for (const [atMs, runs] of arrivals) this.#queue.add(beginMs + atMs, { kind: 'arrival', runs });
    this.#unfinished = scenario.runs.length;
    this.#note({ kind: 'clusters-defined', clusters: [scenario.cluster] });
  }

  run(): SimulationResult {
    for (let atMs = this.#queue.nextAtMs; atMs !== null; atMs = this.#queue.nextAtMs) {
      this.#bill(atMs - this.#nowMs);
      this.#nowMs = atMs;
      for (const happening of this.#queue.takeNext()) this.#happen(happening);
      this.#decide();
    }
    if (this.#unfinished > 0) throw new Error(`${this.#unfinished} runs never ended: nothing is to come and they still wait`);
    return {
      billedMs: this.#billedMs,
      makespanMs: this.#lastEndMs - beginMs,
      moves: this.#moves,
      allocations: this.#world.allocationCount,
      peakNodes: this.#peakNodes,
      failedRuns: this.#failedRuns,
      redoneMs: this.#redoneMs,
      ticks: this.#ticks,
      ledger: this.#ledger.total,
    };
  }

  /** Books the time in which nothing changed. */
  #bill(durationMs: number): void {
    const nodes: NodeInterval[] = [];
    for (const { id, slots, node, status } of this.#world.allocations) {
      if (status !== 'running') continue;
      const taken = (node?.occupants ?? []).filter((occupant) => occupant !== null).length;
      nodes.push({
        allocation: id,
        slots,
        isStarting: node === null,
        isClosing: node !== null && node.drain !== null,
        occupied: new Map(taken === 0 ? [] : [[experiment, taken]]),
      });
    }
    this.#ledger.addInterval({ durationMs, nodes, hasPlaceableRun: false });
  }

  /** Books what an attempt did up to now: what is saved as useful, all else as redone. */
  #settle(id: string, usefulMs: number): void {
    const { run, work } = this.#executing(id);
    const allocation = run.execution?.node ?? '';
    const book = (part: 'useful' | 'redone', ms: number) =>
      this.#ledger.settle({ allocation, experiment, part, slotMs: ms * work.run.definition.resources.slots });
    book('useful', usefulMs);
    book('redone', this.#nowMs - work.startedAtMs - usefulMs);
  }

  #note(...events: readonly DurableEvent[]): void {
    for (const event of events) this.#world.apply(event, this.#nowMs, new Changes());
  }

  #decide(): void {
    for (let i = 0; i < plansPerInstantMax; i += 1) {
      this.#ticks += 1;
      const plan = this.#policy(this.#snapshot, this.#nowMs, this.#memory);
      this.#memory = plan.memory;
      const violations = checkPlan(this.#snapshot, plan, this.#nowMs).filter(
        ({ code }) => this.#promises === 'all' || !code.startsWith('MOVE_'),
      );
      if (violations.length > 0)
        throw new Error(`the plan breaks a promise: ${violations.map((violation) => violation.sentence).join('; ')}`);
      if (!this.#apply(plan)) return this.#wakeAt(plan.wakeAtMs);
    }
    throw new Error('plans without end at one instant');
  }

  /** Answers whether the plan changed anything. */
  #apply(plan: Plan): boolean {
    const applied = applyPlan(this.#world, plan, () => 'token', this.#nowMs);
    this.#note(...applied.events);
    for (const { request } of applied.effects.submissions) {
      this.#note({ kind: 'allocation-submitted', allocation: request.allocation, jobId: request.allocation });
      this.#queue.add(this.#nowMs + this.#scenario.queueWaitMs(this.#world.allocationCount), {
        kind: 'node-starts',
        node: request.allocation,
      });
    }
    for (const { run } of applied.effects.starts) this.#start(run);
    for (const { run } of applied.effects.stops) this.#stop(run);
    for (const id of applied.effects.releases) this.#endNode(id, 'goodbye');
    for (const id of applied.effects.cancellations) this.#endAllocation(id, 'CANCELLED');
    return applied.events.length > 0;
  }

  #wakeAt(atMs: number | null): void {
    if (atMs === null || atMs === this.#wakeAtMs) return;
    this.#wakeAtMs = atMs;
    this.#queue.add(Math.max(atMs, this.#nowMs + 1), { kind: 'wake' });
  }

  #happen(happening: Happening): void {
    switch (happening.kind) {
      case 'arrival':
        return this.#arrive(happening.runs);
      case 'node-starts':
        return this.#startAllocation(happening.node);
      case 'node-connects':
        return this.#connect(happening.node);
      case 'node-ends':
        if (this.#world.allocation(happening.node)?.status === 'running')
          this.#endNode(happening.node, happening.why === 'death' ? 'lease-and-margins-passed' : 'guard');
        return;
      case 'run-ends':
        return this.#finish(happening.run, happening.attempt);
      case 'wake':
        this.#wakeAtMs = null;
        return;
    }
  }

  #arrive(runs: readonly SimulatedRun[]): void {
    for (const run of runs) this.#work.set(runId(run.experiment, run.definition.name), { run, savedMs: 0, startedAtMs: 0, worksFromMs: 0 });
    for (const [name, members] of Map.groupBy(runs, (run) => run.experiment)) {
      const added = members.map(({ definition }) => ({ definition, definitionHash: definition.name }));
      this.#note({ kind: 'experiment-defined', experiment: name, autostart: true, added, changed: [], removed: [] });
    }
  }

  #startAllocation(id: string): void {
    const allocation = this.#world.allocation(id);
    if (allocation?.status !== 'submitted') return;
    this.#note({ kind: 'allocation-started', allocation: id, startedAtMs: this.#nowMs, host: id });
    this.#runningNodes += 1;
    this.#peakNodes = Math.max(this.#peakNodes, this.#runningNodes);
    this.#queue.add(this.#nowMs + this.#scenario.startUpMs, { kind: 'node-connects', node: id });
    if (allocation.walltimeMs !== null)
      this.#queue.add(this.#nowMs + allocation.walltimeMs, { kind: 'node-ends', node: id, why: 'walltime' });
  }

  #connect(id: string): void {
    const allocation = this.#world.allocation(id);
    if (allocation?.status !== 'running') return;
    const deadlineMs =
      allocation.walltimeMs === null || allocation.startedAtMs === null ? null : allocation.startedAtMs + allocation.walltimeMs;
    this.#note({ kind: 'node-appeared', node: id, nonce: 'n', host: id, pid: 1, deadlineMs });
    const diesAfterMs = this.#scenario.nodeDiesAfterMs(this.#world.allocationCount);
    if (diesAfterMs !== null) this.#queue.add(this.#nowMs + diesAfterMs, { kind: 'node-ends', node: id, why: 'death' });
  }

  /** An attempt that was sent ahead waits on its node; `#startAhead` begins it. */
  #start(id: string): void {
    const { run } = this.#executing(id);
    if (run.execution !== null && run.execution.slots.length > 0) this.#begin(id, run.execution.slots);
  }

  #begin(id: string, slots: readonly number[]): void {
    const { run, work } = this.#executing(id);
    this.#note({ kind: 'run-started', run: id, attempt: run.attempt, slots, pid: 1, startedAtMs: this.#nowMs });
    work.startedAtMs = this.#nowMs;
    work.worksFromMs = this.#nowMs + (run.attempt > 1 ? this.#scenario.restartMs : 0);
    this.#queue.add(work.worksFromMs + work.run.durationMs - work.savedMs, { kind: 'run-ends', run: id, attempt: run.attempt });
  }

  /** The node gives a slot that became free to the first attempt that waits on it. */
  #startAhead(id: string): void {
    const node = this.#world.allocation(id)?.node ?? null;
    const [first] = node?.ahead ?? [];
    const slot = node?.occupants.indexOf(null) ?? -1;
    if (first !== undefined && slot >= 0) this.#begin(first, [slot]);
  }

  #stop(id: string): void {
    const { run } = this.#executing(id);
    if (run.execution?.stop?.cause === 'consolidation') this.#moves += 1;
    const checkpointAtMs = this.#keepSaved(id);
    this.#note({
      kind: 'run-ended',
      run: id,
      attempt: run.attempt,
      outcome: this.#outcome(id, { signal: 'SIGTERM', kind: 'signal', stopCause: run.execution?.stop?.cause ?? null, checkpointAtMs }),
    });
  }

  #finish(id: string, attempt: number): void {
    const run = this.#world.run(id);
    if (run === undefined || run.attempt !== attempt || run.execution === null) return;
    this.#settle(id, this.#nowMs - this.#executing(id).work.worksFromMs);
    this.#note({ kind: 'run-ended', run: id, attempt, outcome: this.#outcome(id, { kind: 'exit', exitCode: 0 }) });
    this.#lastEndMs = this.#nowMs;
    this.#unfinished -= 1;
    this.#startAhead(run.execution.node);
  }

  /** Books what the attempt saved and what it did for nothing; answers when it saved itself last. */
  #keepSaved(id: string): number | null {
    const { work } = this.#executing(id);
    const newMs = this.#newlySavedMs(work);
    this.#settle(id, newMs);
    this.#redoneMs += (this.#nowMs - work.startedAtMs - newMs) * work.run.definition.resources.slots;
    work.savedMs += newMs;
    return newMs > 0 ? work.worksFromMs + newMs : null;
  }

  /** The work of the present attempt that its checkpoints hold. */
  #newlySavedMs(work: Work): number {
    const workedMs = Math.max(0, this.#nowMs - work.worksFromMs);
    const { checkpointMs, definition } = work.run;
    if (definition.checkpoint.kind === 'signal') return workedMs;
    return checkpointMs === null ? 0 : workedMs - (workedMs % checkpointMs);
  }

  #endNode(id: string, proof: 'goodbye' | 'guard' | 'lease-and-margins-passed'): void {
    const node = this.#world.allocation(id)?.node ?? null;
    const held = [...new Set(node?.occupants ?? [])].filter((occupant) => occupant !== null);
    for (const occupant of held) this.#leave(occupant, proof);
    if (node !== null) this.#note({ kind: 'node-gone', node: id, nonce: node.nonce, proof });
    for (const occupant of held) if (this.#world.run(occupant)?.status === 'failed') this.#giveUp();
    this.#endAllocation(id, proof === 'goodbye' ? 'COMPLETED' : 'NODE_FAIL');
  }

  /** A run whose node ends was asked to save itself in time by the node at its walltime, and by nobody when the node dies. */
  #leave(id: string, proof: 'goodbye' | 'guard' | 'lease-and-margins-passed'): void {
    const { run } = this.#executing(id);
    const checkpointAtMs = this.#keepSaved(id);
    if (proof !== 'guard') return;
    this.#note({
      kind: 'run-ended',
      run: id,
      attempt: run.attempt,
      outcome: this.#outcome(id, { signal: 'SIGTERM', kind: 'signal', stopCause: 'walltime', checkpointAtMs }),
    });
  }

  /** A run that walltimes or deaths of nodes stopped too often has ended without its work. */
  #giveUp(): void {
    this.#failedRuns += 1;
    this.#unfinished -= 1;
    this.#lastEndMs = this.#nowMs;
  }

  #endAllocation(id: string, state: string): void {
    const startedAtMs = this.#world.allocation(id)?.startedAtMs ?? null;
    this.#note({ kind: 'allocation-ended', allocation: id, startedAtMs, endedAtMs: this.#nowMs, state, isConfirmed: true });
    if (startedAtMs === null) return;
    this.#billedMs += this.#nowMs - startedAtMs;
    this.#runningNodes -= 1;
  }

  #executing(id: string): { readonly run: Run; readonly work: Work } {
    const run = this.#world.run(id);
    const work = this.#work.get(id);
    if (run === undefined || work === undefined) throw new Error(`${id} is not part of the simulation`);
    return { run, work };
  }

  #outcome(id: string, traits: Partial<AttemptOutcome>): AttemptOutcome {
    const { work } = this.#executing(id);
    return {
      kind: 'exit',
      exitCode: null,
      signal: null,
      stopCause: null,
      startedAtMs: work.startedAtMs,
      endedAtMs: this.#nowMs,
      checkpointAtMs: null,
      progress: null,
      detail: 'simulated',
      ...traits,
    };
  }

  /** The world as the scheduler sees it, with what nodes would have told of the checkpoints of their runs, and what was learned before. */
  #observed(): Snapshot {
    const world = this.#world;
    const observation = (id: string) => {
      const { run, work } = this.#executing(id);
      if (run.execution === null) return undefined;
      const newMs = this.#newlySavedMs(work);
      const checkpointAtMs = newMs > 0 && run.definition.checkpoint.kind !== 'signal' ? work.worksFromMs + newMs : null;
      return { attempt: run.attempt, progress: null, progressText: null, checkpointAtMs, fileChangedAtMs: null };
    };
    const learnedTimes = (run: Run) => this.#executing(run.id).work.run.learned ?? world.learnedTimes(run);
    return new Proxy<Snapshot>(world, {
      get: (target, key) => {
        if (key === 'observation') return observation;
        if (key === 'learnedTimes') return learnedTimes;
        if (key === 'declaredError') return this.#scenario.declaredError ?? world.declaredError;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }
}
