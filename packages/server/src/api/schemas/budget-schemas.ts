import { Type } from 'typebox';
import { answer, nullableInteger, words } from '@juqueue/http';

export const BudgetSchema = answer('Budget', {
  nodeMs: Type.Integer({ description: 'Node-time that may be billed, in ms.' }),
  spentNodeMs: Type.Number({ description: 'Node-time that was billed up to the newest decision, in ms.' }),
  per: words(['total', 'month']),
  atLimit: words(['finish', 'stop']),
  isSpent: Type.Boolean(),
  overshootNodeMs: nullableInteger('What running allocations may still bill beyond it when they go on to their walltime; null without a walltime.'),
  sentence: Type.String(),
});

/** Null where none is set. */
export const NullableBudgetSchema = Type.Union([BudgetSchema, Type.Null()]);
