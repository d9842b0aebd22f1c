import { Type } from 'typebox';
import { answer, Count, nullableString, TimeMs } from '@juqueue/http';

export const FailureGroupSchema = answer('FailureGroup', {
  id: Type.String({ description: 'For selectors: `failure:` and this id mean its runs.' }),
  signature: Type.String({
    description: 'What the failures have in common: the sentence without numbers, folders, times and names that differ.',
  }),
  count: Type.Integer({ minimum: 1, description: 'Runs that are failed so now; a resumed run is not counted any more.' }),
  experiments: Type.Array(Type.Object({ name: Type.String(), count: Count }), { description: 'Those with the most of them, at most ten.' }),
  example: Type.Object(
    { run: Type.String(), detail: nullableString('The sentence of this run, as it was.') },
    { description: 'One of the runs.' },
  ),
  lastAtMs: TimeMs,
});

export const FailurePageSchema = answer('FailurePage', {
  groups: Type.Array(FailureGroupSchema, { description: 'The largest groups, largest first.' }),
  groupCount: Type.Integer({ minimum: 0, description: 'Of all groups, listed or not.' }),
  runCount: Type.Integer({ minimum: 0, description: 'Failed runs in all groups.' }),
});
