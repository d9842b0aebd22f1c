import { definitionProblemCodes } from '@juqueue/core';
import { answer, Count, nullableInteger, nullableString, NullableTimeMs, words } from '@juqueue/http';
import { runningRunsChoices } from '../../app/server-context.ts';
import { Type } from 'typebox';

export const DefinitionProblemSchema = answer('DefinitionProblem', {
  file: Type.String({ description: 'Relative to the definitions folder.' }),
  line: Type.Integer({ description: 'From 1; 0 when the problem is the file itself.' }),
  column: Type.Integer({ description: 'From 1; 0 when the problem is the file itself.' }),
  endColumn: nullableInteger('Column after the last character, on the same line; null when the place is a point.'),
  severity: words(['error', 'warning']),
  code: words(definitionProblemCodes),
  message: Type.String({ description: 'Names the thing, the expectation and the value.' }),
  hint: nullableString('What to do about it.'),
  excerpt: nullableString('The line in question with carets below.'),
});

export const DefinitionPlanSchema = answer('DefinitionPlan', {
  id: Type.String({ description: 'Names this plan; `definitions:apply` refuses when it is not the current one.' }),
  summary: Type.String({ description: 'The whole plan in lines for people.' }),
  clustersChanged: Type.Array(Type.String()),
  experiments: Type.Array(
    answer('ExperimentChange', {
      name: Type.String(),
      added: Count,
      changed: Count,
      removed: Count,
      isRemoved: Type.Boolean({ description: 'The whole experiment is gone from the definitions.' }),
      stopsRunning: Type.Array(Type.String(), { description: 'Up to 100 executing runs that applying would stop.' }),
      stopsRunningCount: Count,
      nodeHoursAtRisk: Type.Number({ description: 'Work that the stopped runs would do again.' }),
      changes: Type.Array(
        answer('ChangeGroup', {
          runCount: Count,
          runs: Type.Array(Type.String(), { description: 'Up to 5 of them.' }),
          keys: Type.Array(
            answer('ChangedKey', {
              key: Type.String(),
              from: Type.String({ description: 'JSON, or `unset`.' }),
              to: Type.String({ description: 'JSON, or `unset`.' }),
            }),
          ),
        }),
        { description: 'Changed runs, grouped by identical change, largest group first; up to 100 groups.' },
      ),
      changeGroupCount: Count,
      finishesRunningCount: Type.Integer({
        minimum: 0,
        description: 'Running runs that were let finish; in a plan that waits there are none.',
      }),
    }),
  ),
});

const DefinitionFileSchema = answer('DefinitionFile', {
  path: Type.String({ description: 'Relative to the definitions folder.' }),
  errors: Count,
  warnings: Count,
});

export const DefinitionsSchema = answer('Definitions', {
  loadedAtMs: NullableTimeMs,
  files: Type.Array(DefinitionFileSchema, {
    description: 'Every file that was read, and those that could not be; by path. What a file with errors said last goes on to hold.',
  }),
  problems: Type.Array(DefinitionProblemSchema),
  plan: Type.Union([DefinitionPlanSchema, Type.Null()], {
    description: 'Changes that wait for being applied because they would stop running runs; null when there are none.',
  }),
  applied: Type.Union([DefinitionPlanSchema, Type.Null()], { description: 'What was applied last.' }),
  appliedAtMs: NullableTimeMs,
});

export const ApplyAnswer = answer('AppliedDefinitions', {
  applied: Type.Union([DefinitionPlanSchema, Type.Null()], { description: 'What was applied; null when nothing waited.' }),
  problems: Type.Array(DefinitionProblemSchema),
});

export const ApplyBody = Type.Object(
  {
    planId: Type.Optional(Type.String({ maxLength: 200, description: 'Refuse with 409 when the plan is another one by now.' })),
    choices: Type.Optional(
      Type.Record(Type.String(), words(runningRunsChoices), {
        description:
          'By experiment, what becomes of running runs whose definition changed: `restart` stops them and starts the new version; `finish` lets them end and uses the new version next; `skip` applies nothing of this experiment.',
      }),
    ),
    others: Type.Optional(words(runningRunsChoices, 'The choice for experiments that `choices` does not name; `restart` when absent.')),
    clusters: Type.Optional(words(['apply', 'skip'])),
  },
  { title: 'ApplyDefinitions', additionalProperties: false },
);
