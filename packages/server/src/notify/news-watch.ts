import type {
  Allocation,
  BudgetState,
  ClusterName,
  EngineApi,
  ExperimentName,
  ExperimentView,
  JuqueueEvent,
  NotifyDefinition,
  RunId,
} from '@juqueue/core';
import { duration } from './duration.ts';
import { newsOf } from './news.ts';
import type { News } from './news.ts';

/** Five failures of one experiment within ten minutes are more than bad luck; told again after an hour at the earliest. */
const burstFailures = 5;
const burstWithinMs = 10 * 60_000;
const burstAgainMs = 60 * 60_000;

interface Watched {
  /** Whether runs of it waited or ran when we last looked: only then its end is news. */
  isBusy: boolean;
  hasFailed: boolean;
  failuresAtMs: number[];
  burstToldAtMs: number;
}

type Seen = Pick<EngineApi, 'snapshot' | 'experiments' | 'run' | 'budgets'>;

/** The parts of a budget whose spending is news: time to think, and the end. */
const budgetLevels = [0.8, 1] as const;

/**
 * What of everything that happens is news. An event costs the same whatever there is; `look` asks for what did not happen.
 * What was so when the manager started is no news.
 */
export class NewsWatch {
  readonly #engine: Seen;
  readonly #experiments = new Map<ExperimentName, Watched>();
  readonly #pendingTold = new Set<string>();
  readonly #held = new Map<ClusterName, string>();
  readonly #budgetLevels = new Map<string, number>();
  #movedAtMs: number;
  #isStalledTold = false;

  constructor(engine: Seen, nowMs: number) {
    this.#engine = engine;
    this.#movedAtMs = nowMs;
    for (const state of engine.budgets) this.#budgetLevels.set(keyOf(state), levelOf(state));
    for (const view of engine.experiments.values())
      this.#experiments.set(view.name, {
        isBusy: isBusy(view),
        hasFailed: view.counts.failed > 0,
        failuresAtMs: [],
        burstToldAtMs: Number.NEGATIVE_INFINITY,
      });
  }

  /** News of events that have just become durable. */
  follow(events: readonly JuqueueEvent[], nowMs: number): readonly News[] {
    const touched = new Set<ExperimentName>();
    const news = events.flatMap((event) => this.#followOne(event, touched, nowMs));
    return [...news, ...[...touched].flatMap((name) => this.#experimentNews(name, nowMs))];
  }

  /** News of what has lasted too long. Costs what allocations there are. */
  look({ stalledAfterMs, pendingAfterMs }: Pick<NotifyDefinition, 'stalledAfterMs' | 'pendingAfterMs'>, nowMs: number): readonly News[] {
    const waiting = this.#engine.snapshot.allocations.filter(isPending);
    const long = waiting.filter(({ id, requestedAtMs }) => nowMs - requestedAtMs >= pendingAfterMs && !this.#pendingTold.has(id));
    for (const { id } of long) this.#pendingTold.add(id);
    for (const id of this.#pendingTold) if (waiting.every((allocation) => allocation.id !== id)) this.#pendingTold.delete(id);
    return [
      ...byCluster(long).map(([cluster, allocations]) => pendingNews(cluster, allocations, nowMs)),
      ...this.#stalledNews(waiting.length > 0, stalledAfterMs, nowMs),
      ...this.#budgetNews(nowMs),
    ];
  }

  #followOne(event: JuqueueEvent, touched: Set<ExperimentName>, nowMs: number): readonly News[] {
    switch (event.kind) {
      case 'run-started':
        this.#moved(nowMs);
        return [];
      case 'run-ended':
        this.#moved(nowMs);
        touched.add(experimentOf(event.run));
        return this.#failureNews(event.run, nowMs);
      case 'runs-resumed':
      case 'runs-cancelled':
        for (const run of event.runs) touched.add(experimentOf(run));
        return [];
      case 'experiment-defined':
        touched.add(event.experiment);
        return [];
      case 'experiment-removed':
        this.#experiments.delete(event.experiment);
        return [];
      case 'cluster-held':
        return this.#heldNews(event.cluster, event.because, nowMs);
      default:
        return [];
    }
  }

  #failureNews(id: RunId, nowMs: number): readonly News[] {
    const run = this.#engine.run(id);
    if (run?.status !== 'failed') return [];
    const experiment = experimentOf(id);
    const watched = this.#watched(experiment);
    watched.failuresAtMs = [...watched.failuresAtMs.filter((atMs) => nowMs - atMs < burstWithinMs), nowMs];
    const detail = run.detail === null ? '' : `: ${run.detail}`;
    const news: News[] = [];
    if (!watched.hasFailed)
      news.push(newsOf('first-failure', nowMs, `${id} failed, the first of ${experiment}${detail}`, { experiment, run: id }));
    watched.hasFailed = true;
    if (watched.failuresAtMs.length >= burstFailures && nowMs - watched.burstToldAtMs >= burstAgainMs) {
      watched.burstToldAtMs = nowMs;
      const within = duration(nowMs - (watched.failuresAtMs[0] ?? nowMs));
      const sentence = `${watched.failuresAtMs.length} runs of ${experiment} failed within ${within}, the last one ${id}${detail}`;
      news.push(newsOf('failure-burst', nowMs, sentence, { experiment, run: id }));
    }
    return news;
  }

  /** An experiment is done when none of its runs waits or runs, after one did. */
  #experimentNews(name: ExperimentName, nowMs: number): readonly News[] {
    const view = this.#engine.experiments.get(name);
    if (view === undefined) return [];
    const watched = this.#watched(name);
    const wasBusy = watched.isBusy;
    watched.isBusy = isBusy(view);
    // A resume of everything begins anew.
    if (!wasBusy && watched.isBusy) watched.hasFailed = view.counts.failed > 0;
    if (!wasBusy || watched.isBusy) return [];
    const { finished, failed, inactive } = view.counts;
    const left = inactive === 0 ? '' : `, ${inactive} inactive`;
    return [newsOf('experiment-done', nowMs, `${name} is done: ${finished} finished, ${failed} failed${left}`, { experiment: name })];
  }

  #heldNews(cluster: ClusterName, because: string | null, nowMs: number): readonly News[] {
    const before = this.#held.get(cluster);
    if (because === null) {
      this.#held.delete(cluster);
      return [];
    }
    this.#held.set(cluster, because);
    return before === undefined ? [newsOf('cluster-held', nowMs, `${cluster} takes no submissions: ${because}`, { cluster })] : [];
  }

  /** Each level once, until the budget is raised or a month begins. */
  #budgetNews(nowMs: number): readonly News[] {
    return this.#engine.budgets.flatMap((state): readonly News[] => {
      const { scope, sentence } = state;
      const level = levelOf(state);
      const before = this.#budgetLevels.get(keyOf(state)) ?? 0;
      this.#budgetLevels.set(keyOf(state), level);
      if (level <= before) return [];
      const about = scope.kind === 'experiment' ? { experiment: scope.name } : { cluster: scope.name };
      return [newsOf('budget', nowMs, `${level * 100} % of a budget: ${sentence}`, about)];
    });
  }

  /** Runs wait, nothing runs, and no allocation is on its way that would change that. */
  #stalledNews(hasPending: boolean, stalledAfterMs: number, nowMs: number): readonly News[] {
    const { readyCount } = this.#engine.snapshot;
    const isRunning = [...this.#engine.experiments.values()].some(({ counts }) => counts.running > 0);
    if (readyCount === 0 || isRunning || hasPending) {
      this.#moved(nowMs);
      return [];
    }
    if (this.#isStalledTold || nowMs - this.#movedAtMs < stalledAfterMs) return [];
    this.#isStalledTold = true;
    const since = duration(nowMs - this.#movedAtMs);
    return [newsOf('stalled', nowMs, `${readyCount} runs are ready and none has started for ${since}; juqueue explain says why`)];
  }

  #moved(nowMs: number): void {
    this.#movedAtMs = nowMs;
    this.#isStalledTold = false;
  }

  #watched(name: ExperimentName): Watched {
    const known = this.#experiments.get(name);
    if (known !== undefined) return known;
    const watched: Watched = { isBusy: false, hasFailed: false, failuresAtMs: [], burstToldAtMs: Number.NEGATIVE_INFINITY };
    this.#experiments.set(name, watched);
    return watched;
  }
}

function levelOf({ spentNodeMs, nodeMs }: BudgetState): number {
  return budgetLevels.findLast((level) => spentNodeMs >= level * nodeMs) ?? 0;
}

function keyOf({ scope }: BudgetState): string {
  return `${scope.kind} ${scope.name}`;
}

function isBusy({ counts }: ExperimentView): boolean {
  return counts.ready + counts.running > 0;
}

function isPending({ status, cancel }: Allocation): boolean {
  return (status === 'requested' || status === 'submitted') && cancel === null;
}

function pendingNews(cluster: ClusterName, allocations: readonly Allocation[], nowMs: number): News {
  const longest = Math.max(...allocations.map(({ requestedAtMs }) => nowMs - requestedAtMs));
  const reason = allocations.find(({ waitingFor }) => waitingFor !== null)?.waitingFor ?? null;
  const count = allocations.length === 1 ? `${allocations[0]?.id ?? ''} waits` : `${allocations.length} allocations of ${cluster} wait`;
  return newsOf('allocation-pending', nowMs, `${count} for ${duration(longest)}${reason === null ? '' : ` (${reason})`}`, { cluster });
}

function byCluster(allocations: readonly Allocation[]): readonly (readonly [ClusterName, readonly Allocation[]])[] {
  return [...Map.groupBy(allocations, ({ cluster }) => cluster)];
}

function experimentOf(run: RunId): ExperimentName {
  return run.slice(0, run.indexOf('@'));
}
