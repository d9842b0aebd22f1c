import type { BudgetState } from '@juqueue/core';
import type { Answer } from '@juqueue/http';
import type { BudgetSchema } from './schemas/budget-schemas.ts';

/** The budget of this cluster or experiment as of the newest decision; null when it has none. */
export function budgetOf(
  budgets: readonly BudgetState[],
  kind: BudgetState['scope']['kind'],
  name: string,
): Answer<typeof BudgetSchema> | null {
  const state = budgets.find(({ scope }) => scope.kind === kind && scope.name === name);
  return state === undefined ? null : budgetAnswer(state);
}

export function budgetAnswer(state: BudgetState): Answer<typeof BudgetSchema> {
  const { nodeMs, spentNodeMs, per, atLimit, isSpent, overshootNodeMs, sentence } = state;
  return {
    nodeMs,
    spentNodeMs,
    per,
    atLimit,
    isSpent,
    overshootNodeMs: overshootNodeMs === null ? null : Math.round(overshootNodeMs),
    sentence,
  };
}
