import { Accounts, Changes, defaultLimits, estimate, MemoryRunIndex, runChange, runStatuses, silentLog, World } from '@juqueue/core';
import { sampleCluster, sampleRun, sampleRunDefinition } from '@juqueue/core/samples';
import type {
  Allocation,
  AttemptRow,
  BudgetState,
  Clock,
  ClusterDefinition,
  Command,
  CommandOutcome,
  DispatchSample,
  DurableEvent,
  EngineApi,
  EngineHealth,
  EventListener,
  ExperimentView,
  JuqueueEvent,
  LearnedDuration,
  LoadSample,
  Observation,
  Plan,
  Problem,
  Run,
  RunIndex,
  RunStatus,
  Snapshot,
  StopMode,
  StoredEvent,
  Touched,
} from '@juqueue/core';
import { AccessTokens } from '../src/auth/access-tokens.ts';
import { Refusals } from '../src/auth/refusals.ts';
import { systemClock } from '@juqueue/http';
import type { ApplyOutcome, DefinitionsService, ServerContext } from '../src/app/server-context.ts';
import type { WatchedState } from '../src/definitions/definitions-service.ts';
import type { ImageView } from '../src/images/image-cache.ts';
import type { LogReader } from '../src/logs/log-reader.ts';
import type { ChannelTrial } from '../src/notify/notifier.ts';
import type { CleanWish } from '../src/clean/run-cleaner.ts';
import { ManagerMetrics } from '../src/metrics/manager-metrics.ts';
import type { ClusterSiteAccount } from '../src/site-accounts.ts';
import { emptyLog } from '../src/logs/log-window.ts';
import { noMatches } from '../src/logs/search-log.ts';

/** A manager that keeps runs in a map: what the routes ask is answered from it, what they command is written down. */
export class FakeManager {
  readonly runs = new Map<string, Run>();
  readonly clusters = new Map<string, ClusterDefinition>();
  readonly allocations: Allocation[] = [];
  /** Further ones that there ever were. */
  readonly ended: Allocation[] = [];
  readonly heldClusters = new Map<string, string>();
  readonly observations = new Map<string, Observation>();
  readonly learnedTimes = new Map<string, NonNullable<ReturnType<Snapshot['learnedTimes']>>>();
  readonly attempts: AttemptRow[] = [];
  readonly history: StoredEvent[] = [];
  readonly load: LoadSample[] = [];
  readonly dispatch: DispatchSample[] = [];
  readonly budgets: BudgetState[] = [];
  readonly images: ImageView[] = [];
  readonly imageUpdates: (readonly string[] | null)[] = [];
  readonly commands: Command[] = [];
  readonly stops: StopMode[] = [];
  readonly experimentOrder: string[] = [];
  definitions: WatchedState = { loadedAtMs: 1_000, problems: [], plan: null, applied: null, files: [], notify: null, hub: null };
  storeTrouble: string | null = null;
  lastPlan: Plan | null = null;
  readonly learned = new Map<string, LearnedDuration>();
  refusal: Problem | null = null;
  ticksRequested = 0;
  pollsRequested = 0;
  logs: LogReader = { read: async () => emptyLog, search: async () => noMatches, script: async () => null, usage: async () => [] };
  /** What is told to these two is what the account is made of. */
  readonly recorded = new World();
  readonly accounts = new Accounts();
  readonly metrics = new ManagerMetrics();
  readonly cleanings: CleanWish[] = [];
  trials: readonly ChannelTrial[] = [];
  siteAccounts: readonly ClusterSiteAccount[] = [];
  readonly #listeners = new Set<EventListener>();

  add(run: Run): this {
    this.runs.set(run.id, run);
    if (!this.experimentOrder.includes(run.experiment)) this.experimentOrder.push(run.experiment);
    return this;
  }

  /** Tells the account what was recorded. */
  record(atMs: number, ...events: readonly DurableEvent[]): this {
    for (const event of events) {
      this.recorded.apply(event, atMs, new Changes());
      this.accounts.follow(event, atMs, this.recorded);
    }
    return this;
  }

  /** Something happened: listeners hear of it and the history holds it. */
  happen(event: DurableEvent, atMs = 5_000): void {
    this.history.push({ seq: this.history.length + 1, atMs, event });
    this.tell([event]);
  }

  /** Listeners hear of it, with the records that it names and these. */
  tell(events: readonly JuqueueEvent[], more: Partial<Touched> = {}): void {
    const runs = events.flatMap((event) => ('run' in event ? [event.run] : 'runs' in event ? event.runs : []));
    const touched: Touched = {
      runs: new Set(runs),
      removedRuns: new Set(),
      allocations: new Set(events.flatMap((event) => ('node' in event ? [event.node] : []))),
      ...more,
    };
    for (const listener of this.#listeners) listener(events, touched);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  context(changes: Partial<Pick<ServerContext, 'isReadOnly' | 'clock'>> = {}): ServerContext {
    const clock: Clock = changes.clock ?? systemClock;
    return {
      identity: { version: '1.0.0', workDir: '/work', defDir: '/defs', host: 'login1', pid: 4711 },
      isReadOnly: changes.isReadOnly ?? false,
      engine: this.#engine(),
      index: this.#index(),
      definitions: this.#definitions(),
      images: { views: this.images, update: async (names) => void this.imageUpdates.push(names) },
      logs: this.logs,
      clock,
      log: silentLog,
      refusals: new Refusals(clock),
      hubAgent: () => null,
      tokens: new AccessTokens(async () => undefined),
      metrics: this.metrics,
      estimator: { estimate: async (question) => estimate(question) },
      cleaner: { clean: async (wish) => (this.cleanings.push(wish), { cleaned: wish.runs.length, skipped: [] }) },
      notifier: { test: async () => this.trials },
      siteAccounts: { read: async () => this.siteAccounts },
      isStopping: () => this.stops.length > 0,
      requestStop: async (mode) => {
        this.stops.push(mode);
      },
    };
  }

  #engine(): EngineApi {
    const manager = this;
    return {
      budgets: manager.budgets,
      get snapshot(): Snapshot {
        return {
          version: 1,
          clusters: manager.clusters,
          allocations: manager.allocations,
          readyShapes: [],
          readyCount: 0,
          waitingCount: 0,
          run: (id) => manager.runs.get(id),
          allocation: (id) => manager.allocations.find((allocation) => allocation.id === id),
          observation: (id) => manager.observations.get(id),
          demandChangedAtMs: 0,
          learnedTimes: (run) => manager.learnedTimes.get(run.id) ?? null,
          spentBudgets: new Map(),
          suspectNodes: new Set(),
          declaredError: 0,
          heldClusters: manager.heldClusters,
        };
      },
      accounts: {
        at: (_snapshot, nowMs) => manager.accounts.at(manager.recorded, nowMs),
        billOf: (id, _snapshot, nowMs) => manager.accounts.billOf(id, manager.recorded, nowMs),
        startUpMs: (cluster) => manager.accounts.startUpMs(cluster),
      },
      get allAllocations() {
        return [...manager.recorded.allAllocations, ...manager.ended];
      },
      get experiments() {
        return new Map(manager.experimentOrder.map((name, index) => [name, manager.#experiment(name, index + 1)]));
      },
      get health(): EngineHealth {
        return { epoch: 3, startedAtMs: 900, storeTrouble: manager.storeTrouble, notices: [], lastTickMs: 0.75 };
      },
      get newestSeq() {
        return manager.history.length;
      },
      get lastPlan() {
        return manager.lastPlan;
      },
      learnedDuration: (experiment) => manager.learned.get(experiment) ?? null,
      run: (id) => manager.runs.get(id),
      command: async (command) => manager.#obey(command),
      onEvents: (listener) => {
        manager.#listeners.add(listener);
        return () => manager.#listeners.delete(listener);
      },
      pollClusters: async () => {
        manager.pollsRequested += 1;
      },
      requestTick: () => {
        manager.ticksRequested += 1;
      },
      stop: async () => ({ stoppedRuns: 0, endedNodes: 0, remainingNodes: [], cancelledAllocations: 0 }),
    };
  }

  #experiment(name: string, order: number): ExperimentView {
    const runs = [...this.runs.values()].filter((run) => run.experiment === name);
    const counts = Object.fromEntries(runStatuses.map((status) => [status, runs.filter((run) => run.status === status).length])) as Record<
      RunStatus,
      number
    >;
    return {
      name,
      order,
      autostart: false,
      limits: defaultLimits,
      hold: null,
      createdAtMs: 1_000,
      counts,
      runIds: new Set(runs.map((run) => run.id)),
    };
  }

  /** Executing runs are left alone without force; everything else is affected. */
  #obey(command: Command): CommandOutcome {
    this.commands.push(command);
    if (this.refusal !== null) return { kind: 'refused', problem: this.refusal };
    if (!('runs' in command)) return { kind: 'done', affected: [], skipped: [] };
    const isSpared = (id: string): boolean => command.kind === 'cancel-runs' && !command.force && this.runs.get(id)?.status === 'running';
    return {
      kind: 'done',
      affected: command.runs.filter((id) => !isSpared(id)),
      skipped: command.runs.filter(isSpared).map((run) => ({ run, because: 'it is running, and force was not given' })),
    };
  }

  /** Filled anew for every question: tests change runs as they go. */
  #index(): RunIndex {
    const filled = (): MemoryRunIndex => {
      const index = new MemoryRunIndex();
      index.apply(this.history.length, [
        ...[...this.runs.values()].map(runChange),
        ...this.attempts.map((row) => ({ kind: 'attempt', row }) as const),
        ...this.load.map((sample) => ({ kind: 'load', sample }) as const),
        ...this.dispatch.map((sample) => ({ kind: 'dispatch', sample }) as const),
        ...this.history.map((stored) => ({ kind: 'event', stored, runs: 'run' in stored.event ? [stored.event.run] : [] }) as const),
      ]);
      return index;
    };
    return {
      listRuns: (query) => filled().listRuns(query),
      countRuns: (selector) => filled().countRuns(selector),
      countFacets: (selector) => filled().countFacets(selector),
      selectRuns: (selector) => filled().selectRuns(selector),
      failures: (question) => filled().failures(question),
      attempts: (run) => filled().attempts(run),
      slotSegments: (question) => filled().slotSegments(question),
      nodeMarks: (question) => filled().nodeMarks(question),
      loadCurve: (question) => filled().loadCurve(question),
      dispatchStretches: (question) => filled().dispatchStretches(question),
      events: (question) => filled().events(question),
      close: async () => undefined,
    };
  }

  #definitions(): DefinitionsService {
    const manager = this;
    return {
      get state() {
        return manager.definitions;
      },
      reload: async () => manager.definitions,
      apply: async (planId): Promise<ApplyOutcome> => {
        const { plan } = manager.definitions;
        if (planId !== null && plan?.id !== planId) {
          return {
            kind: 'refused',
            problem: { code: 'JQ_PLAN_CHANGED', message: `The plan is '${plan?.id ?? 'none'}', expected '${planId}'.`, hint: null },
          };
        }
        manager.definitions = { ...manager.definitions, plan: null };
        return { kind: 'applied', plan };
      },
    };
  }
}

/** A run of one slot on the cluster `local`, ready unless told otherwise. */
export function aRun(id: string, changes: Partial<Run> = {}, parameters: Run['definition']['parameters'] = { lr: 0.1 }): Run {
  const [experiment = '', name = ''] = id.split('@');
  const executor = { env: { MODE: 'fast' }, venv: null, pythonSearchPath: [], prependScript: [], cuda: false };
  return sampleRun(experiment, name, {
    definition: sampleRunDefinition(name, { cmd: ['python3', 'train.py'], parameters, executor }),
    definitionHash: 'h',
    ...changes,
  });
}

export function aRunningRun(id: string, node = 'a1'): Run {
  const execution = { node, nonce: 'x', slots: [0], placedAtMs: 3_000, startedAtMs: 3_100, pid: 77, stop: null };
  return aRun(id, { status: 'running', reason: 'running', attempt: 1, execution });
}

export function aCluster(name = 'local', changes: Partial<ClusterDefinition> = {}): ClusterDefinition {
  return sampleCluster({ name, slotsPerNode: 2, maxAllocations: 4, ...changes });
}

/** A running allocation with a connected node of two slots. */
export function anAllocation(
  id: string,
  occupants: readonly (string | null)[] = [null, null],
  changes: Partial<Allocation> = {},
): Allocation {
  return {
    id,
    cluster: 'local',
    token: 't',
    status: 'running',
    jobId: '99',
    slots: occupants.length,
    resources: { slots: occupants.length },
    walltimeMs: null,
    leaseMs: null,
    requestedAtMs: 1_000,
    startedAtMs: 1_500,
    endedAtMs: null,
    host: null,
    endState: null,
    isConfirmed: false,
    cancel: null,
    waitingFor: null,
    node: {
      id,
      nonce: 'x',
      status: 'connected',
      host: 'n1',
      pid: 5,
      helloAtMs: 1_600,
      found: null,
      deadlineMs: null,
      drain: null,
      occupants,
      ahead: [],
      idleSinceMs: null,
    },
    ...changes,
  };
}
