import { Type } from 'typebox';
import { answer, nullableInteger, NullableTimeMs, TimeMs, words } from '@juqueue/http';

const budget = {
  nodeMs: Type.Integer({ description: 'Node-time that may be billed, in ms.' }),
  spentNodeMs: Type.Number({ description: 'Node-time that was billed up to the newest decision, in ms.' }),
  per: words(['total', 'month']),
  atLimit: words(['finish', 'stop']),
  isSpent: Type.Boolean(),
  overshootNodeMs: nullableInteger(
    'What running allocations may still bill beyond it when they go on to their walltime; null without a walltime.',
  ),
  sentence: Type.String(),
};

export const BudgetSchema = answer('Budget', budget);

/** Null where none is set. */
export const NullableBudgetSchema = Type.Union([BudgetSchema, Type.Null()]);

const PaceSchema = answer('BudgetPace', {
  sinceMs: TimeMs,
  nodeMsPerDay: Type.Number({ description: 'Mean since then.' }),
  emptyAtMs: NullableTimeMs,
});

export const BudgetListSchema = answer('BudgetList', {
  budgets: Type.Array(
    answer('BudgetWithPace', {
      kind: words(['cluster', 'experiment']),
      name: Type.String(),
      ...budget,
      billedNodes: Type.Integer({
        minimum: 0,
        description: 'Nodes that are billed at this moment; for an experiment those of all clusters.',
      }),
      emptyAtMs: Type.Unsafe<number | null>({
        type: ['integer', 'null'],
        description: 'When these nodes have spent it, if they all go on; null when it is spent or none is billed.',
      }),
      pace: Type.Union([PaceSchema, Type.Null()], {
        description:
          'How fast it was spent in the last seven days, or since the month or the first allocation began; null before anything was spent.',
      }),
      restoredAtMs: Type.Unsafe<number | null>({
        type: ['integer', 'null'],
        description: 'When the next month begins; null for a budget of the total.',
      }),
    }),
  ),
});
