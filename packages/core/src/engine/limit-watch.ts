import type { DurableEvent } from '../model/events.ts';
import type { RunId } from '../model/ids.ts';
import type { World } from '../evolve/world.ts';
import type { Accounts } from '../ledger/accounts.ts';
import type { Tally } from '../ledger/tally.ts';
import type { BudgetState } from '../ledger/budget-state.ts';
import { tooManyFailures } from '../decide/failures.ts';
import { clusterBudget, experimentBudget } from '../ledger/budget-state.ts';
import { engineTimes } from './engine-times.ts';
import { stopEvents } from './stop-events.ts';

/** What has to be recorded because limits were reached or are not reached any more, and when to look again. */
export interface LimitFindings {
  readonly events: readonly DurableEvent[];
  /** Runs that are asked to stop by these events. */
  readonly stops: readonly RunId[];
  readonly againAtMs: number | null;
}

const nothing: LimitFindings = { events: [], stops: [], againAtMs: null };

/**
 * Compares budgets and failures with what there is, before each decision. A look costs the open allocations for each
 * budget; without budgets only the experiments that have failed runs.
 */
export class LimitWatch {
  readonly #world: World;
  readonly #accounts: Accounts;
  #budgets: readonly BudgetState[] = [];
  #divided: { readonly atMs: number; readonly spent: ReadonlyMap<string, Pick<Tally, 'billedNodeMs'>> } | null = null;
  #lookedAt: { readonly version: number; readonly againAtMs: number | null } | null = null;

  constructor(world: World, accounts: Accounts) {
    this.#world = world;
    this.#accounts = accounts;
  }

  /** As of the newest look. */
  get budgets(): readonly BudgetState[] {
    return this.#budgets;
  }

  look(nowMs: number): LimitFindings {
    const world = this.#world;
    const before = this.#lookedAt;
    if (before?.version === world.version && (before.againAtMs === null || nowMs < before.againAtMs))
      return { ...nothing, againAtMs: before.againAtMs };
    this.#budgets = [...this.#clusterBudgets(nowMs), ...this.#experimentBudgets(nowMs)];
    const events = [...this.#clusterEvents(), ...this.#experimentEvents()];
    const stops = events.flatMap((event) =>
      event.kind === 'experiment-held' && event.reason === 'budget' ? this.#runsToStop(event.experiment) : [],
    );
    const againAtMs = this.#againAtMs(nowMs);
    this.#lookedAt = { version: world.version, againAtMs };
    return { events: [...events, ...stopEvents(world, stops, 'manager-stop')], stops, againAtMs };
  }

  #clusterBudgets(nowMs: number): readonly BudgetState[] {
    return [...this.#world.clusters.values()].flatMap(({ name, budget }) =>
      budget === undefined ? [] : [clusterBudget(this.#world, this.#accounts, name, budget, nowMs)],
    );
  }

  #experimentBudgets(nowMs: number): readonly BudgetState[] {
    const limited = [...this.#world.experiments.values()].filter(({ limits }) => limits.budget !== null);
    if (limited.length === 0) return [];
    const spent = this.#experimentAccounts(nowMs);
    return limited.flatMap(({ name, limits }) =>
      limits.budget === null ? [] : [experimentBudget(this.#world, name, limits.budget, spent.get(name)?.billedNodeMs ?? 0, nowMs)],
    );
  }

  /** Dividing what is shared costs more than comparing, so it is done at its own pace. */
  #experimentAccounts(nowMs: number): ReadonlyMap<string, Pick<Tally, 'billedNodeMs'>> {
    if (this.#divided === null || nowMs >= this.#divided.atMs + engineTimes.budgetLookMs)
      this.#divided = { atMs: nowMs, spent: this.#accounts.at(this.#world, nowMs).experiments };
    return this.#divided.spent;
  }

  #clusterEvents(): readonly DurableEvent[] {
    const { spentBudgets } = this.#world;
    const spent = new Map(
      this.#budgets.flatMap((state) => (state.scope.kind === 'cluster' && state.isSpent ? [[state.scope.name, state] as const] : [])),
    );
    const newly = [...spent].filter(([name, { atLimit }]) => spentBudgets.get(name)?.atLimit !== atLimit);
    const restored = [...spentBudgets.keys()].filter((name) => !spent.has(name));
    return [
      ...newly.map(([cluster, { atLimit, sentence }]) => ({ kind: 'cluster-budget-spent' as const, cluster, atLimit, because: sentence })),
      ...restored.map((cluster) => ({ kind: 'cluster-budget-restored' as const, cluster })),
    ];
  }

  /** A spent budget weighs more than failures: it is the one that a resume does not lift. */
  #experimentEvents(): readonly DurableEvent[] {
    const spent = new Map(
      this.#budgets.flatMap((state) => (state.scope.kind === 'experiment' && state.isSpent ? [[state.scope.name, state] as const] : [])),
    );
    return [...this.#world.experiments.values()].flatMap(({ name, hold, limits }): readonly DurableEvent[] => {
      const budget = spent.get(name);
      if (budget !== undefined)
        return hold?.reason === 'budget'
          ? []
          : [...released(name, hold), { kind: 'experiment-held', experiment: name, reason: 'budget', because: budget.sentence }];
      if (hold?.reason === 'budget') return [{ kind: 'experiment-released', experiment: name }];
      if (limits.maxFailuresShare === null) return released(name, hold);
      const count = hold === null ? this.#world.experience.failures.countOf(name) : null;
      const because = count === null ? null : tooManyFailures({ experiment: name, ...count }, limits.maxFailuresShare);
      return because === null ? [] : [{ kind: 'experiment-held', experiment: name, reason: 'held', because }];
    });
  }

  #runsToStop(experiment: string): readonly RunId[] {
    const view = this.#world.experiments.get(experiment);
    if (view?.limits.budget?.atLimit !== 'stop') return [];
    return [...view.runIds].filter((id) => {
      const run = this.#world.run(id);
      return run?.execution != null && run.execution.stop === null;
    });
  }

  /** Soon while something is being spent: what experiments pay changes with every run that ends. */
  #againAtMs(nowMs: number): number | null {
    const instants = this.#budgets.flatMap(({ changesAtMs, scope }) =>
      changesAtMs === null ? [] : [scope.kind === 'cluster' ? changesAtMs : Math.max(changesAtMs, nowMs + engineTimes.budgetLookMs)],
    );
    return instants.length === 0 ? null : Math.min(...instants);
  }
}

function released(experiment: string, hold: object | null): readonly DurableEvent[] {
  return hold === null ? [] : [{ kind: 'experiment-released', experiment }];
}
