import { Type } from 'typebox';
import { containerRuntimes, runReasons, runSortKeys, runStatuses, stopCauses } from '@juqueue/core';
import { answer, Count, nullableInteger, nullableNumber, nullableString, NullableTimeMs, repeatable, TimeMs, words } from '@juqueue/http';
import { runPhases } from '../run-phases.ts';
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
  failure: nullableString('Of a failed run: the id of its kind of failure.'),
};

export const RunRowSchema = answer('Run', runRowFields);

/** What `fields` may name besides `parameters.<name>`. */
export const runFields = Object.keys(runRowFields) as readonly (keyof typeof runRowFields)[];

/** Up to so many rows a page stays below `smallPageBytes`; larger ones are for programs that read everything. */
export const smallPageRows = 200;
/** With the names of the page's own keys around the rows it stays below 40 kB. */
export const smallPageBytes = 39_000;

export const RunListQuery = Type.Object(
  {
    ...selectorParts,
    sort: Type.Optional(
      Type.String({
        maxLength: 256,
        pattern: `^-?(${runSortKeys.join('|')}|parameters\\..+)$`,
        description: `One of ${runSortKeys.join(', ')}, or \`parameters.<name>\`; a leading minus sorts from the largest. Runs without the parameter come last either way.`,
      }),
    ),
    fields: repeatable(
      'Answer only these keys of each run, `parameters.<name>` for one parameter; separated by commas or repeated. `id` is always there.',
    ),
    cursor: Type.Optional(Type.String({ maxLength: 1024, description: '`nextCursor` of the page before.' })),
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1000,
        default: smallPageRows,
        description: `The most rows that the page may have. Up to ${smallPageRows} it also stays below 40 kB, and may have fewer rows for that.`,
      }),
    ),
    skip: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 10_000_000,
        default: 0,
        description: 'Matching rows to leave out first, to look at a far part of the list; cursors read a whole list more surely.',
      }),
    ),
    count: Type.Optional(Type.Boolean({ description: 'Whether to count all matching runs for `total`.' })),
  },
  { additionalProperties: false },
);

export const RunCsvQuery = Type.Object({ ...selectorParts }, { additionalProperties: false });

export const RunFacetsQuery = Type.Object({ ...selectorParts }, { additionalProperties: false });

const facet = (description: string) => Type.Array(answer('FacetCount', { value: Type.String(), runs: Count }), { description });

export const RunFacetsSchema = Type.Object(
  {
    total: Type.Integer({ minimum: 0, description: 'Runs that match the whole selector.' }),
    status: facet('By status.'),
    reason: facet('By reason of the status.'),
    experiment: facet('By experiment.'),
    cluster: facet('By cluster that they may use.'),
    node: facet('By node that they are on now.'),
    parameters: Type.Array(
      answer('ParameterFacet', {
        name: Type.String(),
        distinct: Type.Integer({ minimum: 0, description: 'Number of different values; counting stops at 1001.' }),
        isVarying: Type.Boolean({ description: 'Whether the runs differ in it, and it deserves a column.' }),
        minimum: nullableNumber('Of the values that are numbers.'),
        maximum: nullableNumber('Of the values that are numbers.'),
        values: facet('The values with their runs; empty when there are more than 20.'),
      }),
      { description: 'Parameters of all runs of the experiments that were found, by name; empty when there are more than 50 experiments.' },
    ),
  },
  {
    title: 'RunFacets',
    additionalProperties: false,
    description:
      'The most frequent value first, at most 100 of each property. The counts of a property leave that part of the selector out: they say what choosing another value would give.',
  },
);

export const RunPageSchema = answer('RunPage', {
  runs: Type.Array(RunRowSchema, { description: 'With `fields`, only those keys of each.' }),
  nextCursor: nullableString('Cursor of the next page; null on the last one.'),
  total: nullableInteger('Number of all matching runs, when it was asked for.'),
});

const UsageSchema = answer('Usage', {
  samples: Type.Integer({ minimum: 1, description: 'Its processes were looked at so often.' }),
  cpuMs: Type.Number({ description: 'Processor time of the whole process tree.' }),
  meanCores: Type.Number(),
  maxCores: Type.Number(),
  meanRssBytes: Type.Number(),
  maxRssBytes: Type.Number({ description: 'The most resident memory of the whole tree that a look found.' }),
  readBytes: Type.Number(),
  writtenBytes: Type.Number(),
  gpu: Type.Union([Type.Object({ meanPercent: Type.Number(), maxPercent: Type.Number(), maxMemoryBytes: Type.Number() }), Type.Null()]),
});

export const OutcomeSchema = answer('AttemptOutcome', {
  kind: words(['exit', 'signal', 'out-of-memory', 'never-started', 'lost']),
  exitCode: nullableInteger('Exit code, when it ended with one.'),
  signal: nullableString('Name of the signal that ended it.'),
  stopCause: Type.Unsafe<(typeof stopCauses)[number] | null>({
    type: ['string', 'null'],
    enum: [...stopCauses, null],
    description: 'Why we had asked it to stop.',
  }),
  startedAtMs: NullableTimeMs,
  endedAtMs: TimeMs,
  checkpointAtMs: NullableTimeMs,
  progress: nullableNumber('0 to 1.'),
  detail: Type.String(),
  usage: Type.Optional(UsageSchema),
  isBystander: Type.Optional(
    Type.Boolean({
      description: 'It ran out of memory that another run of its node had taken, and is tried again without using up a retry.',
    }),
  ),
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

export const RunTimelineSchema = answer('RunTimeline', {
  phases: Type.Array(
    answer('RunPhase', {
      phase: words(
        runPhases,
        'inactive: nobody wants it to run; waiting; held; starting: placed on a node; running; stopping: asked to stop; ended: finished or failed.',
      ),
      fromMs: TimeMs,
      toMs: NullableTimeMs,
      attempt: nullableInteger('The attempt that executes then.'),
      node: nullableString('Its node.'),
      cluster: nullableString("The node's cluster."),
      host: nullableString('Where the node ran.'),
      stopCause: Type.Unsafe<(typeof stopCauses)[number] | null>({
        type: ['string', 'null'],
        enum: [...stopCauses, null],
        description: 'Why it is asked to stop.',
      }),
    }),
    {
      description:
        'Oldest first, without gaps, from the definition of the run on; `toMs` of the last is null. What came of each attempt is told by /attempts.',
    },
  ),
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

const ContainerSchema = answer('Container', {
  runtime: words(containerRuntimes),
  image: Type.String(),
  bind: Type.Array(Type.String()),
  input: nullableString('Host folder that is /input inside.'),
  output: nullableString('Host folder that is /output inside.'),
  gpu: Type.Unsafe<'nvidia' | 'rocm' | null>({ type: ['string', 'null'], enum: ['nvidia', 'rocm', null] }),
  network: words(['host', 'none']),
  cleanEnv: Type.Boolean(),
  entrypoint: Type.Unsafe<boolean | string>({ type: ['boolean', 'string'] }),
  args: Type.Array(Type.String()),
});

export const ExecutorSchema = answer('Executor', {
  env: Type.Record(Type.String(), Type.String()),
  venv: nullableString('Folder of a Python virtual environment.'),
  pythonSearchPath: Type.Array(Type.String()),
  prependScript: Type.Array(Type.String()),
  cuda: Type.Boolean(),
  cwd: Type.Optional(Type.String({ description: 'Where the command starts; without it in the run directory.' })),
  stdin: Type.Optional(Type.String({ description: 'File from which it reads its standard input.' })),
  umask: Type.Optional(Type.String()),
  loginShell: Type.Optional(Type.Boolean()),
  cpuBinding: Type.Optional(Type.Boolean()),
  container: Type.Optional(ContainerSchema),
});

const DefinitionSchema = answer('RunDefinition', {
  cmd: Type.Array(Type.String()),
  parameterFormat: words(['argparse', 'eq']),
  resources: Type.Record(Type.String(), Type.Number()),
  timeMs: nullableInteger('Expected duration.'),
  timeLimitMs: nullableInteger('Limit of one attempt.'),
  dependsOn: Type.Array(Type.String()),
  retries: Type.Integer(),
  retryOn: Type.Optional(Type.Array(Type.Integer(), { description: 'Exit codes that are worth a retry; without it every failure is.' })),
  retryDelayMs: Type.Optional(Type.Integer()),
  checkpoint: CheckpointSchema,
  executor: ExecutorSchema,
});

const ExecutionSchema = answer('Execution', {
  node: Type.String(),
  slots: Type.Array(Type.Integer(), { description: 'Empty while it waits on its node for a slot.' }),
  placedAtMs: TimeMs,
  startedAtMs: NullableTimeMs,
  pid: nullableInteger('Process id on its node.'),
  stopCause: Type.Unsafe<(typeof stopCauses)[number] | null>({
    type: ['string', 'null'],
    enum: [...stopCauses, null],
    description: 'Why it is asked to stop.',
  }),
});

const ExpectedTimeSchema = answer('ExpectedTime', {
  ms: Type.Integer({ minimum: 0, description: 'Of an executing run what is left, of any other what its next attempt would take.' }),
  upperMs: Type.Integer({ minimum: 0, description: 'Hardly longer than this.' }),
  source: words(
    ['declared', 'learned', 'progress'],
    'declared: by its definition; learned: from finished runs of its experiment; progress: from what it wrote to its progress file.',
  ),
  by: nullableString('The parameter by whose value the finished runs were told apart.'),
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
  expected: Type.Union([ExpectedTimeSchema, Type.Null()], {
    description: 'By what decisions are made; null when nothing is known, and of a finished run.',
  }),
  progress: nullableNumber('0 to 1, of the executing attempt.'),
  progressText: nullableString('What the run wrote behind its progress.'),
  checkpointAtMs: NullableTimeMs,
  usage: Type.Union([UsageSchema, Type.Null()], {
    description:
      'What the executing attempt used so far; null before its first sample, and when nothing executes: then it stands with the attempts.',
  }),
});

export const RunIdParams = Type.Object({ id: Type.String({ maxLength: 512, description: 'Global id, `experiment@run`.' }) });

const commandParts = {
  selector: SelectorSchema,
  expectCount: Type.Optional(Type.Integer({ minimum: 0, description: 'Refuse with 409 when another number of runs matches.' })),
  dryRun: Type.Optional(Type.Boolean({ description: 'Say what would happen; change nothing.' })),
  reason: Type.Optional(Type.String({ maxLength: 500, description: 'Kept in the history.' })),
  except: Type.Optional(
    Type.Array(Type.String(), {
      maxItems: 1_000,
      description: 'Ids of runs that are left out although they match; `expectCount` counts without them.',
    }),
  ),
};

export const RunCommandBody = Type.Object(
  {
    ...commandParts,
    force: Type.Optional(Type.Boolean({ description: 'For cancel: stop executing runs too.' })),
    fresh: Type.Optional(Type.Boolean({ description: 'For resume: start in an empty directory; what is there is set aside beside it.' })),
  },
  {
    title: 'RunCommand',
    additionalProperties: false,
    examples: [{ selector: { q: 'sweep@*', state: ['failed'] }, expectCount: 12, reason: 'node n17 was broken' }],
  },
);

export const PriorityBody = Type.Object(
  {
    ...commandParts,
    priority: Type.Integer({
      minimum: -1_000_000,
      maximum: 1_000_000,
      description: 'Higher starts earlier. It holds until the definition of the run changes.',
    }),
  },
  { title: 'PriorityCommand', additionalProperties: false, examples: [{ selector: { where: ['lr<1e-3'] }, priority: 10 }] },
);

const Skipped = Type.Array(Type.Object({ run: Type.String(), because: Type.String() }), {
  description: 'The first 100 of those that were left alone.',
});

export const RunCommandAnswer = answer('RunCommandResult', {
  matched: Count,
  byStatus: Type.Record(Type.String(), Count, { description: 'The matching runs by status, before the command.' }),
  affected: Type.Integer({ minimum: 0, description: 'Runs that the command changed; 0 for a dry run.' }),
  skippedCount: Count,
  skipped: Skipped,
  operation: nullableString('Names it for /operations/{id}:undo; null when nothing was changed.'),
});

export const UndoAnswer = answer('UndoResult', { affected: Count, skippedCount: Count, skipped: Skipped });

export const CleanBody = Type.Object(
  {
    selector: SelectorSchema,
    expectCount: commandParts.expectCount,
    dryRun: commandParts.dryRun,
    olderThanMs: Type.Optional(Type.Integer({ minimum: 0, description: 'Only runs that ended at least so long ago.' })),
  },
  { title: 'CleanCommand', additionalProperties: false, examples: [{ selector: { state: ['finished'] }, olderThanMs: 2_592_000_000 }] },
);

export const CleanAnswer = answer('CleanResult', {
  matched: Count,
  cleaned: Type.Integer({ minimum: 0, description: 'Runs whose folder is deleted, or with `dryRun` would be.' }),
  skippedCount: Count,
  skipped: Skipped,
});
