import type { Allocation } from '../model/allocation.ts';
import type { ClusterDefinition } from '../model/definition.ts';
import type { DurableEvent, JuqueueEvent } from '../model/events.ts';
import type { AllocationId, ExperimentName, NodeId, Nonce, RunId } from '../model/ids.ts';
import type { Plan } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import type { Accounts } from '../ledger/accounts.ts';
import type { BudgetState } from '../ledger/budget-state.ts';
import type { NodeMessage } from '../protocol/messages.ts';
import type { Command, CommandOutcome, StopMode } from './commands.ts';
import type { Recovered } from './recover.ts';
import type { EngineApi, EngineHealth, EventListener, ExperimentView, StopReport } from './engine-api.ts';
import type { LearnedDuration } from '../decide/remaining-time.ts';
import { checkPlan } from '../decide/check-plan.ts';
import { describePlan } from '../decide/describe-plan.ts';
import { planTick } from '../decide/plan-tick.ts';
import { assert } from '../model/assert.ts';
import { heldRuns } from '../evolve/evolve-allocation.ts';
import { firstHistories, importedFacts } from './first-import.ts';
import type { World } from '../evolve/world.ts';
import { announceAgain } from './announce-again.ts';
import { applyPlan, type Effects } from '../decide/apply-plan.ts';
import { ClusterWatch } from './cluster-watch.ts';
import { byCluster } from './cluster-of.ts';
import { commandEvents } from './command-events.ts';
import { Committer } from './committer.ts';
import { CompactionWatch } from './compaction-watch.ts';
import { durableOrTrouble, superseded } from './durable-or-trouble.ts';
import { EpochGate } from './epoch-gate.ts';
import type { EnginePorts, EngineStart } from './engine-ports.ts';
import { engineTimes } from './engine-times.ts';
import { LaterLooks } from './later-looks.ts';
import { clusterNotices } from './cluster-notices.ts';
import { LimitWatch } from './limit-watch.ts';
import { attemptOf, NodeDesk } from './node-desk.ts';
import { NodeWatch } from './node-watch.ts';
import { Recovery } from './recovery.ts';
import { RetryTimers } from './retry-timers.ts';
import { bothStops, stopManager } from './stop-manager.ts';
import { earlier, TickLoop } from './tick-loop.ts';

/**
 * The shell around the decisions: facts come in, are recorded, ask for a tick; the tick decides once from one snapshot;
 * each action's intent is recorded, and only when that is durable does its effect run and report back as a fact.
 */
export class Engine implements EngineApi {
  readonly #ports: EnginePorts;
  readonly #start: EngineStart;
  readonly #world: World;
  readonly #accounts: Accounts;
  readonly #gate: EpochGate;
  readonly #committer: Committer;
  readonly #limits: LimitWatch;
  readonly #ticks: TickLoop;
  readonly #clusters = new Map<string, ClusterWatch>();
  readonly #desk: NodeDesk;
  readonly #watch: NodeWatch;
  readonly #retries: RetryTimers;
  readonly #later: LaterLooks;
  readonly #compaction: CompactionWatch;
  readonly #startedAtMs: number;
  #recovery: Recovery | null;
  #lastPlan: Plan | null = null;
  #isDeciding = true;
  #stopMode: StopMode = 'leave';
  #stopping: Promise<StopReport> | null = null;

  /** `recovered` is the fold of everything in the store. */
  constructor(ports: EnginePorts, start: EngineStart, { world, accounts, nextSeq }: Recovered) {
    this.#ports = ports;
    this.#start = start;
    this.#world = world;
    this.#accounts = accounts;
    this.#startedAtMs = ports.clock.nowMs();
    this.#recovery = start.findings === null ? null : new Recovery(world, start.findings);
    const { store, index, clock, log } = ports;
    const { epoch, isPredecessorGone } = start.right;
    this.#gate = new EpochGate({ clock, files: ports.managerFiles, times: start.times, onSuperseded: ports.onSuperseded }, start.right);
    this.#committer = new Committer({ world, accounts, store, index, gate: this.#gate, clock }, nextSeq);
    this.#limits = new LimitWatch(world, accounts);
    this.#ticks = new TickLoop(clock, () => this.#turn(), ports.onTick);
    const record = (events: readonly DurableEvent[], afterwards?: () => void) => this.#record(events, afterwards);
    const note = (events: readonly JuqueueEvent[]) => this.#note(events);
    this.#later = new LaterLooks(clock);
    this.#compaction = new CompactionWatch({ compaction: store.compaction, mayAct: () => this.#gate.mayAct(), clock, log });
    this.#retries = new RetryTimers(
      clock,
      (run) => world.run(run)?.reason === 'retry-delay',
      (run) => this.#record([{ kind: 'run-retry-due', run }]),
    );
    this.#desk = new NodeDesk({
      world,
      link: ports.link,
      clock,
      log,
      epoch,
      protocol: start.protocol,
      times: start.times,
      newSecret: ports.newSecret,
      record,
      whenDurable: (action) => this.#whenDurable(action),
      note,
      isRecovering: () => this.#recovery !== null,
      onLinked: (node, nonce) => this.#watch.linked(node, nonce),
      onGone: (node) => this.#onNodeGone(node),
    });
    this.#watch = new NodeWatch({
      world,
      files: ports.nodeFiles,
      link: ports.link,
      clock,
      log,
      times: start.times,
      epoch,
      isPredecessorGone,
      newSecret: ports.newSecret,
      mayAnswer: () => this.#gate.mayAnswer(),
      record,
      note,
      onGone: (node) => this.#onNodeGone(node),
    });
  }

  get snapshot(): World {
    return this.#world;
  }
  get accounts(): Accounts {
    return this.#accounts;
  }
  get allAllocations(): Iterable<Allocation> {
    return this.#world.allAllocations;
  }
  get experiments(): ReadonlyMap<ExperimentName, ExperimentView> {
    return this.#world.experiments;
  }
  learnedDuration(experiment: ExperimentName): LearnedDuration | null {
    return this.#world.experience.means.of(experiment);
  }
  get newestSeq(): number {
    return this.#committer.durableSeq;
  }
  get budgets(): readonly BudgetState[] {
    return this.#limits.budgets;
  }
  get lastPlan(): Plan | null {
    return this.#lastPlan;
  }
  get health(): EngineHealth {
    return {
      epoch: this.#start.right.epoch,
      startedAtMs: this.#startedAtMs,
      storeTrouble: this.#ports.store.trouble,
      notices: [
        ...(this.#recovery === null ? [] : [this.#recovery.describe()]),
        ...clusterNotices(this.#world, this.#clusters.values(), this.budgets),
        ...this.#watch.notices,
      ],
      lastTickMs: this.#ticks.lastTookMs,
    };
  }
  run(id: RunId): Run | undefined {
    return this.#world.run(id);
  }

  /** Whether this manager is still the one that may act; waits until that is certain. */
  mayAct(): Promise<boolean> {
    return this.#gate.mayAct();
  }

  /** Begins to act: the start is recorded, what was in flight is taken up again, and the first tick is asked for. */
  async begin(): Promise<void> {
    const { right, host, pid, version } = this.#start;
    this.#committer.record([{ kind: 'manager-started', epoch: right.epoch, host, pid, version }]);
    this.#record(this.#recovery?.salvage() ?? []);
    await this.#committer.flush();
    const withAllocations = new Set(this.#world.allocations.map((allocation) => allocation.cluster));
    const retired = [...this.#world.retiredClusters.values()].filter((definition) => withAllocations.has(definition.name));
    for (const definition of [...this.#world.clusters.values(), ...retired]) this.#connect(definition);
    this.#adoptNodes(this.#world.allocations.map(({ id }) => id));
    for (const cluster of this.#clusters.values()) cluster.pollSoon(0);
    for (const run of this.#world.allRuns) this.#retries.follow(run);
    // Their rows may still show what an earlier manager had noted and nobody knows any more.
    this.#committer.showAgain(this.#world.allocations.flatMap(({ node }) => (node === null ? [] : heldRuns(node))));
    this.#ports.link.onMessage((node, nonce, message) => this.#onMessage(node, nonce, message));
    this.#ports.images?.onChange((image, because) => this.#note([{ kind: 'image-changed', image, because }]));
    this.#ports.link.onClosed((node, nonce) => this.#onClosed(node, nonce));
    announceAgain(this.#later, (effect) => this.#committer.act(effect), this.#ports);
    this.#ticks.request();
  }

  /** Nodes of an earlier start: taken as heard at this moment, until they connect or their folders say otherwise. */
  #adoptNodes(ids: readonly NodeId[]): void {
    for (const id of ids) {
      const node = this.#world.allocation(id)?.node;
      if (node == null || node.status === 'gone') continue;
      this.#note([{ kind: 'node-unlinked', node: id, nonce: node.nonce }]);
      this.#watch.adopted(id, node.nonce);
    }
  }

  /** The definitions were read once: after a loss, what only they explain is looked through again, and nodes are heard from now on. */
  admitNodes(): void {
    const salvaged = this.#recovery?.salvage() ?? [];
    this.#record(salvaged);
    this.#adoptNodes(salvaged.flatMap((event) => (event.kind === 'node-appeared' ? [event.node] : [])));
    if (salvaged.length > 0) for (const cluster of this.#clusters.values()) cluster.pollSoon(0);
    for (const hello of this.#recovery?.admit() ?? []) this.#desk.receive(hello.allocation, hello.nonce, hello);
    this.#ticks.request();
  }

  async command(command: Command): Promise<CommandOutcome> {
    const trouble = this.#ports.store.trouble;
    if (trouble !== null)
      return {
        kind: 'refused',
        problem: { code: 'JQ_STORE_UNAVAILABLE', message: trouble, hint: 'Nothing was changed. It is tried again by itself.' },
      };
    const histories =
      command.kind === 'define-experiment' ? await firstHistories(this.#world, this.#ports.histories, command.definition) : [];
    const effect = commandEvents(this.#world, command);
    if (effect.problem !== null) return { kind: 'refused', problem: effect.problem };
    if (effect.events.length > 0) {
      const stopped = effect.stopped.flatMap((run) => attemptOf(this.#world, run));
      this.#record([...effect.events, ...importedFacts(effect.events, histories)], () => {
        this.#desk.sendStops(stopped);
        this.#cancel(effect.cancelled);
      });
      if (command.kind === 'define-clusters') for (const definition of command.clusters) this.#connect(definition);
    }
    const durable = this.#committer.flush();
    const late = await durableOrTrouble(durable, this.#ports.store, this.#ports.clock);
    if (late !== null)
      return {
        kind: 'refused',
        problem: {
          code: 'JQ_STORE_UNAVAILABLE',
          message: late,
          hint: 'It takes effect as soon as it can be written, unless the manager ends before that.',
        },
      };
    if (!(await durable)) return { kind: 'refused', problem: superseded };
    return { kind: 'done', affected: effect.affected, skipped: effect.skipped };
  }

  onEvents(listener: EventListener): () => void {
    return this.#committer.onEvents(listener);
  }

  async pollClusters(): Promise<void> {
    await Promise.all([...this.#clusters.values()].map((cluster) => cluster.poll()));
  }

  requestTick(): void {
    this.#ticks.request();
  }

  /** Stops what `mode` says. A `release` that comes while a `leave` is under way follows it; every caller gets the one report. */
  stop(mode: StopMode): Promise<StopReport> {
    this.#isDeciding = false;
    if (mode === 'release') this.#stopMode = mode;
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<StopReport> {
    const first = this.#stopMode;
    let report = await this.#stopNodes(first);
    if (this.#stopMode !== first) report = bothStops(report, await this.#stopNodes(this.#stopMode));
    await this.halt();
    return report;
  }

  #stopNodes(mode: StopMode): Promise<StopReport> {
    return stopManager(mode, {
      world: this.#world,
      clock: this.#ports.clock,
      desk: this.#desk,
      record: (events, afterwards) => this.#record(events, afterwards),
      cancel: (cluster, ids) => this.#clusters.get(cluster)?.cancel(ids) ?? Promise.resolve(),
      flush: async () => void (await this.#committer.flush()),
      onEvents: (listener) => this.onEvents(listener),
    });
  }

  /** Ends all timers and waits for what was recorded. Nodes and runs go on; nothing outside is touched. */
  async halt(): Promise<void> {
    this.#isDeciding = false;
    this.#ticks.stop();
    this.#retries.stop();
    this.#later.stop();
    this.#compaction.stop();
    this.#watch.stop();
    await this.#committer.flush();
    this.#gate.stop();
    await Promise.all([...this.#clusters.values()].map((cluster) => cluster.stop()));
  }

  #record(events: readonly DurableEvent[], afterwards?: () => void): void {
    if (events.length === 0) return;
    this.#committer.record(events, afterwards);
    for (const event of events) {
      if (event.kind === 'run-ended') this.#retries.follow(this.#world.run(event.run));
      if (event.kind === 'allocation-ended' || event.kind === 'node-gone')
        this.#clearFolder(event.kind === 'node-gone' ? event.node : event.allocation);
    }
    this.#ticks.request();
  }

  /** The folder of a node is of no use once the node is gone and its allocation has ended: nobody writes there any more. */
  #clearFolder(id: NodeId): void {
    const allocation = this.#world.allocation(id);
    if (allocation?.status !== 'ended' || allocation.node?.status !== 'gone') return;
    const { nonce } = allocation.node;
    this.#committer.whenDurable(
      () =>
        void this.#ports.nodeFiles
          .removeFolder(id, nonce)
          .catch((error: unknown) => this.#ports.log.warn(`the folder of ${id} could not be removed: ${String(error)}`)),
    );
  }

  #whenDurable(action: () => void): void {
    this.#committer.whenDurable(action);
    this.#ticks.request();
  }

  #note(events: readonly JuqueueEvent[]): void {
    this.#committer.note(events);
    this.#ticks.request();
  }

  /** One turn: decide if anything can have changed, then hand everything recorded since the last turn to the store. */
  #turn(): void {
    if (this.#recovery?.isOver === true) {
      this.#recovery = null;
      this.#ports.log.info('every node is heard or gone: decisions begin');
    }
    if (this.#ports.store.trouble !== null) this.#later.after(engineTimes.troubleLookMs, () => this.#ticks.request());
    else if (this.#isDeciding && this.#recovery === null) this.#tick();
    void this.#committer.flush().then((isDurable) => isDurable && this.#compaction.look(this.#committer.durableSeq));
  }

  #tick(): void {
    const { clock, log, newSecret } = this.#ports;
    const limits = this.#limits.look(clock.nowMs());
    const stopped = limits.stops.flatMap((run) => attemptOf(this.#world, run));
    if (limits.events.length > 0) this.#committer.record(limits.events, () => this.#desk.sendStops(stopped));
    const plan = planTick(this.#world, clock.nowMs(), this.#lastPlan?.memory);
    const violations = checkPlan(this.#world, plan, clock.nowMs());
    assert(violations.length === 0, `the plan breaks an invariant: ${violations.map((violation) => violation.sentence).join('; ')}`);
    this.#lastPlan = plan;
    this.#ports.images?.want(this.#world.images.missing);
    this.#ticks.wakeAt(earlier(plan.wakeAtMs, limits.againAtMs));
    const applied = applyPlan(this.#world, plan, newSecret, clock.nowMs());
    for (const sentence of applied.skipped) log.info(`left out: ${sentence}`);
    if (applied.events.length === 0) return;
    log.info(describePlan(plan));
    this.#committer.record(applied.events, () => this.#perform(applied.effects));
  }

  #perform(effects: Effects): void {
    this.#desk.sendStarts(effects.starts);
    this.#desk.sendStops(effects.stops);
    for (const node of effects.releases) this.#release(node);
    for (const { cluster, request } of effects.submissions) void this.#clusters.get(cluster)?.submit(request);
    this.#cancel(effects.cancellations);
  }

  #cancel(ids: readonly AllocationId[]): void {
    for (const [cluster, ofCluster] of byCluster(this.#world, ids)) void this.#clusters.get(cluster)?.cancel(ofCluster);
  }

  /** A node that does not leave by itself after its release is ended through its cluster. */
  #release(node: NodeId): void {
    this.#desk.sendRelease(node);
    this.#later.after(engineTimes.releasePatienceMs, () => {
      const allocation = this.#world.allocation(node);
      if (allocation === undefined || allocation.status === 'ended' || allocation.cancel !== null) return;
      this.#record(
        [{ kind: 'allocation-cancel-requested', allocation: node, reason: 'released, but did not leave' }],
        () => void this.#clusters.get(allocation.cluster)?.cancel([node]),
      );
    });
  }

  #connect(definition: ClusterDefinition): void {
    void this.#clusters.get(definition.name)?.stop();
    const watch = new ClusterWatch({
      world: this.#world,
      cluster: this.#ports.connectCluster(definition),
      clock: this.#ports.clock,
      log: this.#ports.log,
      record: (events, afterwards) => this.#record(events, afterwards),
      note: (events) => this.#note(events),
      act: (effect) => this.#committer.act(effect),
    });
    this.#clusters.set(definition.name, watch);
    watch.pollSoon(0);
  }

  #onMessage(node: NodeId, nonce: Nonce, message: NodeMessage): void {
    if (message.kind === 'hello' && this.#recovery?.keeps(message) === true) return;
    if (message.kind === 'heartbeat') this.#watch.heartbeat(node, nonce, message.number);
    else this.#desk.receive(node, nonce, message);
  }

  #onClosed(node: NodeId, nonce: Nonce): void {
    const known = this.#world.allocation(node)?.node ?? null;
    if (known === null || known.nonce !== nonce || known.status === 'gone') return;
    this.#note([{ kind: 'node-unlinked', node, nonce }]);
    this.#watch.unlinked(node, nonce);
    this.#pollAfterwards(node);
  }

  #onNodeGone(node: NodeId): void {
    this.#watch.forget(node);
    this.#desk.forget(node);
    this.#pollAfterwards(node);
  }

  #pollAfterwards(node: NodeId): void {
    const cluster = this.#clusters.get(this.#world.allocation(node)?.cluster ?? '');
    for (const delayMs of engineTimes.aftermathReadsMs)
      this.#later.after(delayMs, () => {
        if (this.#world.allocation(node)?.status !== 'ended') cluster?.pollSoon(0);
      });
  }
}
