import type { Static } from 'typebox';
import type { Budget, ExperimentLimits } from '../model/budget.ts';
import type { ExperimentSource } from './experiment-schema.ts';
import type { budget } from './schema-parts.ts';
import { defaultLimits } from '../model/budget.ts';

const hourMs = 3_600_000;

/** A number alone is the node-hours that may ever be billed. */
export function readBudget(source: Static<typeof budget>): Budget {
  if (typeof source === 'number') return { nodeMs: Math.round(source * hourMs), per: 'total', atLimit: 'finish' };
  return { nodeMs: Math.round(source.node_hours * hourMs), per: source.per ?? 'total', atLimit: source.at_limit ?? 'finish' };
}

/** Null when the experiment says nothing about either. */
export function readLimits({ budget, max_failures }: Pick<ExperimentSource, 'budget' | 'max_failures'>): ExperimentLimits | null {
  if (budget === undefined && max_failures === undefined) return null;
  return {
    budget: budget === undefined ? null : readBudget(budget),
    maxFailuresShare: max_failures === undefined ? defaultLimits.maxFailuresShare : max_failures === 'off' ? null : max_failures,
  };
}
