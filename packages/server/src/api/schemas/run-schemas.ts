import { Type } from 'typebox';
import { runReasons, runSortKeys, runStatuses, stopCauses } from '@juqueue/core';
import { Count, NullableTimeMs, PageLimit, TimeMs, answer, nullableInteger, nullableNumber, nullableString, words } from './primitives.ts';
import { SelectorSchema, selectorParts } from './selector-schemas.ts';

export const RunStatusSchema = words(runStatuses);
export const RunReasonSchema = words([...new Set(Object.values(runReasons).flat())]);
export const StopCauseSchema = words(stopCauses);

const ParameterValueSchema = Type.Unsafe<string | number | boolean>({ type: ['string', 'number', 'boolean'] });
export const Parameters = Type.Record(Type.String(), ParameterValueSchema);

const runRowFields = {
  id: Type.String({ description: 'Global id, `experiment@run`.' }),
  experiment: Type.String(),
  name: Type.String(),
  status: RunStatusSchema,
  reason: RunReasonSchema,
  detail: nullableString('A sentence on the status.'),
  clusters: Type.Array(Type.String(), { description: 'Preferred first.' }),
  node: nullableString('Where it executes.'),
  attempt: Type.Integer({ minimum: 0, description: 'Number of the newest attempt; 0 before the first.' }),
  priority: Type.Integer(),
  slots: Type.Integer({ minimum: 1 }),
  parameters: Parameters,
  createdAtMs: TimeMs,
  changedAtMs: TimeMs,
  startedAtMs: NullableTimeMs,
  endedAtMs: NullableTimeMs,
  exitCode: nullableInteger('Exit code of the newest attempt that ended by itself.'),
};

export const RunRowSchema = answer('Run', runRowFields);

export const RunListQuery = Type.Object(
  {
    ...selectorParts,
    sort: Type.Optional(words(runSortKeys.flatMap((key) => [key, `-${key}`]), 'Sort key; a leading minus sorts from the largest.')),
    cursor: Type.Optional(Type.String({ maxLength: 1024, description: '`nextCursor` of the page before.' })),
    limit: PageLimit,
    count: Type.Optional(Type.Boolean({ description: 'Whether to count all matching runs for `total`.' })),
  },
  { additionalProperties: false },
);

export const RunPageSchema = answer('RunPage', {
  runs: Type.Array(RunRowSchema),
  nextCursor: nullableString('Cursor of the next page; null on the last one.'),
  total: nullableInteger('Number of all matching runs, when it was asked for.'),
});

export const OutcomeSchema = answer('AttemptOutcome', {
  kind: words(['exit', 'signal', 'out-of-memory', 'never-started', 'lost']),
  exitCode: nullableInteger('Exit code, when it ended with one.'),
  signal: nullableString('Name of the signal that ended it.'),
  stopCause: Type.Unsafe<(typeof stopCauses)[number] | null>({ type: ['string', 'null'], enum: [...stopCauses, null], description: 'Why we had asked it to stop.' }),
  startedAtMs: NullableTimeMs,
  endedAtMs: TimeMs,
  checkpointAtMs: NullableTimeMs,
  progress: nullableNumber('0 to 1.'),
  detail: Type.String(),
});

const NullableOutcome = Type.Union([OutcomeSchema, Type.Null()]);

export const AttemptSchema = answer('Attempt', {
  run: Type.String(),
  attempt: Type.Integer({ minimum: 1 }),
  node: Type.String(),
  slots: Type.Array(Type.Integer()),
  pid: nullableInteger('Process id on its node.'),
  placedAtMs: TimeMs,
  startedAtMs: NullableTimeMs,
  endedAtMs: NullableTimeMs,
  outcome: NullableOutcome,
});

export const AttemptListSchema = answer('AttemptList', { attempts: Type.Array(AttemptSchema) });

const CheckpointSchema = Type.Object(
  {
    kind: words(['undeclared', 'none', 'assumed', 'every', 'signal']),
    everyMs: Type.Optional(Type.Integer()),
    signal: Type.Optional(Type.String()),
    graceMs: Type.Optional(Type.Integer()),
    exitCode: Type.Optional(Type.Integer()),
  },
  { title: 'Checkpoint' },
);

const ExecutorSchema = answer('Executor', {
  env: Type.Record(Type.String(), Type.String()),
  venv: nullableString('Folder of a Python virtual environment.'),
  pythonSearchPath: Type.Array(Type.String()),
  prependScript: Type.Array(Type.String()),
  cuda: Type.Boolean(),
});

const DefinitionSchema = answer('RunDefinition', {
  cmd: Type.Array(Type.String()),
  parameterFormat: words(['argparse', 'eq']),
  resources: Type.Record(Type.String(), Type.Number()),
  timeMs: nullableInteger('Expected duration.'),
  timeLimitMs: nullableInteger('Limit of one attempt.'),
  dependsOn: Type.Array(Type.String()),
  retries: Type.Integer(),
  checkpoint: CheckpointSchema,
  executor: ExecutorSchema,
});

const ExecutionSchema = answer('Execution', {
  node: Type.String(),
  slots: Type.Array(Type.Integer(), { description: 'Empty while it waits on its node for a slot.' }),
  placedAtMs: TimeMs,
  startedAtMs: NullableTimeMs,
  pid: nullableInteger('Process id on its node.'),
  stopCause: Type.Unsafe<(typeof stopCauses)[number] | null>({ type: ['string', 'null'], enum: [...stopCauses, null], description: 'Why it is asked to stop.' }),
});

export const RunDetailSchema = answer('RunDetail', {
  ...runRowFields,
  directory: Type.String({ description: 'The run directory, absolute.' }),
  definition: DefinitionSchema,
  execution: Type.Union([ExecutionSchema, Type.Null()]),
  outcome: NullableOutcome,
  retriesUsed: Count,
  crashes: Count,
  eligibleAtMs: NullableTimeMs,
  progress: nullableNumber('0 to 1, of the executing attempt.'),
  progressText: nullableString('What the run wrote behind its progress.'),
  checkpointAtMs: NullableTimeMs,
});

export const RunIdParams = Type.Object({ id: Type.String({ maxLength: 512, description: 'Global id, `experiment@run`.' }) });

export const RunCommandBody = Type.Object(
  {
    selector: SelectorSchema,
    expectCount: Type.Optional(Type.Integer({ minimum: 0, description: 'Refuse with 409 when another number of runs matches.' })),
    dryRun: Type.Optional(Type.Boolean({ description: 'Say what would happen; change nothing.' })),
    reason: Type.Optional(Type.String({ maxLength: 500, description: 'Kept in the history.' })),
    force: Type.Optional(Type.Boolean({ description: 'For cancel: stop executing runs too.' })),
  },
  { title: 'RunCommand', additionalProperties: false },
);

export const RunCommandAnswer = answer('RunCommandResult', {
  matched: Count,
  byStatus: Type.Record(Type.String(), Count, { description: 'The matching runs by status, before the command.' }),
  affected: Type.Integer({ minimum: 0, description: 'Runs that the command changed; 0 for a dry run.' }),
  skippedCount: Count,
  skipped: Type.Array(Type.Object({ run: Type.String(), because: Type.String() }), { description: 'The first 100 of those that were left alone.' }),
});
