import { billedTime } from '@juqueue/core';
import type { BudgetState, EngineApi } from '@juqueue/core';
import { budgetAnswer } from './budget-answer.ts';
import type { Answer } from '@juqueue/http';
import type { BudgetListSchema } from './schemas/budget-schemas.ts';

type Listed = Answer<typeof BudgetListSchema>['budgets'][number];
type Engine = Pick<EngineApi, 'budgets' | 'allAllocations' | 'experiments'>;

const dayMs = 86_400_000;
const lookBackMs = 7 * dayMs;

/** Every budget with its pace. Walks over all allocations, so it is for who looks at budgets. */
export function budgetsWithPace(engine: Engine, nowMs: number): Listed[] {
  return engine.budgets.map((state) => ({
    kind: state.scope.kind,
    name: state.scope.name,
    ...budgetAnswer(state),
    billedNodes: state.billedNodes,
    emptyAtMs: state.isSpent ? null : state.changesAtMs,
    pace: paceOf(state, engine, nowMs),
    restoredAtMs: state.per === 'month' ? nextMonthMs(nowMs) : null,
  }));
}

function paceOf(state: BudgetState, engine: Engine, nowMs: number): Listed['pace'] {
  const past =
    state.scope.kind === 'cluster'
      ? clusterPast(state.scope.name, periodStartMs(state, nowMs), engine, nowMs)
      : experimentPast(state, engine, nowMs);
  if (past === null || past.nodeMs <= 0 || past.sinceMs >= nowMs) return null;
  const nodeMsPerDay = (past.nodeMs / (nowMs - past.sinceMs)) * dayMs;
  const leftMs = state.nodeMs - state.spentNodeMs;
  return { sinceMs: past.sinceMs, nodeMsPerDay, emptyAtMs: state.isSpent ? null : Math.round(nowMs + (leftMs / nodeMsPerDay) * dayMs) };
}

interface Past {
  readonly sinceMs: number;
  readonly nodeMs: number;
}

/** What was billed in the newest days of the period, from the first allocation in it on. */
function clusterPast(cluster: string, periodMs: number, { allAllocations }: Engine, nowMs: number): Past | null {
  const earliestMs = Math.max(periodMs, nowMs - lookBackMs);
  let sinceMs = nowMs;
  let nodeMs = 0;
  for (const allocation of allAllocations) {
    const time = allocation.cluster === cluster ? billedTime(allocation, nowMs) : null;
    if (time === null || time.toMs <= earliestMs) continue;
    const fromMs = Math.max(time.fromMs, earliestMs);
    sinceMs = Math.min(sinceMs, fromMs);
    nodeMs += time.toMs - fromMs;
  }
  return nodeMs === 0 ? null : { sinceMs, nodeMs };
}

/** Bills are not divided by experiment and day, so its whole time in the period counts. */
function experimentPast(state: BudgetState, { experiments }: Engine, nowMs: number): Past | null {
  const experiment = experiments.get(state.scope.name);
  return experiment === undefined
    ? null
    : { sinceMs: Math.max(experiment.createdAtMs, periodStartMs(state, nowMs)), nodeMs: state.spentNodeMs };
}

function periodStartMs({ per }: BudgetState, nowMs: number): number {
  const now = new Date(nowMs);
  return per === 'month' ? Date.UTC(now.getUTCFullYear(), now.getUTCMonth()) : 0;
}

function nextMonthMs(nowMs: number): number {
  const now = new Date(nowMs);
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1);
}
