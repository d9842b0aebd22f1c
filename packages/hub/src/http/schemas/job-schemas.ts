import { Type } from 'typebox';
import type { ResourceVector } from '@juqueue/core';
import { answer, Count, nullableInteger, nullableNumber, nullableString, NullableTimeMs, TimeMs, words } from '@juqueue/http';
import { routeObstacles } from '../../decide/route.ts';
import type { RouteObstacle } from '../../decide/route.ts';
import { jobReasons, jobStatuses } from '../../model/job.ts';
import type { Job, JobAttempt, JobCommand, JobPlace, JobProgress, JobReason, JobResult, JobResultSummary } from '../../model/job.ts';
import { webhookOccasions } from '../../store/store-shapes.ts';

const text = (maxLength: number, description?: string) => Type.String({ maxLength, ...(description === undefined ? {} : { description }) });
const nullable = <const T extends object>(schema: T) => ({ anyOf: [schema, { type: 'null' }] });
const closed = { additionalProperties: false } as const;

export const JobId = Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$', description: 'In the order of creation.' });
export const JobParams = Type.Object({ id: JobId }, closed);
export const Name = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$', description: 'Letters, digits, . _ -' });

const CommandSchema = Type.Union(
  [
    Type.Object({ kind: words(['argv']), argv: Type.Array(text(100_000), { minItems: 1, maxItems: 1000 }) }, closed),
    Type.Object(
      {
        kind: words(['script']),
        script: text(65_536, 'Executed as a file.'),
        interpreter: Type.Array(text(1000), { minItems: 1, maxItems: 20, description: 'The script is its last argument.' }),
      },
      closed,
    ),
  ],
  { description: 'Never shell text; a script names its interpreter.' },
);

const FileSchema = Type.Union(
  [
    Type.Object(
      {
        kind: words(['inline']),
        path: text(1000),
        contentBase64: text(87_384, 'At most 64 KiB.'),
        mode: Type.Integer({ minimum: 0, maximum: 0o777 }),
      },
      closed,
    ),
    Type.Object(
      {
        kind: words(['artifact']),
        path: text(1000, 'Where it is put.'),
        artifact: text(100),
        file: nullableString('A file of the artifact; null: all of it.'),
      },
      closed,
    ),
  ],
  { description: 'Paths are relative and stay below the folder of the job.' },
);

const CallbackSchema = Type.Object(
  {
    on: Type.Array(words(webhookOccasions), { minItems: 1, maxItems: 3, uniqueItems: true }),
    url: text(2000),
    payload: Type.Unknown({ description: 'Given back in the body.' }),
  },
  closed,
);

const Labels = Type.Record(Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$' }), text(500), closed);
const Env = Type.Record(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]{0,199}$' }), text(32_768), closed);
const ResourcesSchema = Type.Unsafe<ResourceVector>({
  type: 'object',
  properties: { slots: { type: 'integer', minimum: 1 } },
  required: ['slots'],
  additionalProperties: { type: 'number', minimum: 0 },
  description: 'Slots; other dimensions by name: `cpus` and `gpus` count devices, `mem` counts bytes.',
});
/** The body of a submission. What is left out has a default. */
export const SubmitJobSchema = Type.Object(
  {
    queue: Type.Optional(Name),
    name: Type.Optional(text(200)),
    profile: Type.Optional(text(200, '`processor/profile` that an agent offers.')),
    image: Type.Optional(
      text(
        1000,
        'A container image of a registry, or git+https://host/repo.git#commit:folder, which is built from a Dockerfile; an agent has to offer the profile `image` or `build`.',
      ),
    ),
    command: Type.Optional(CommandSchema),
    input: Type.Optional(Type.Unknown({ description: 'Any JSON; `input.json` in the folder of the job.' })),
    files: Type.Optional(Type.Array(FileSchema, { maxItems: 100 })),
    env: Type.Optional(Env),
    resources: Type.Optional(ResourcesSchema),
    timeLimitMs: Type.Optional(Type.Integer({ minimum: 1000 })),
    priority: Type.Optional(Type.Integer({ minimum: -1000, maximum: 1000, description: 'Higher is earlier; 0 when left out.' })),
    retries: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 100,
        description: 'Attempts after the first that infrastructure errors and lost agents may use; 3 when left out.',
      }),
    ),
    retryDelayMs: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 86_400_000, description: 'Before the second attempt; doubles with each. 30 s when left out.' }),
    ),
    callbacks: Type.Optional(Type.Array(CallbackSchema, { maxItems: 10 })),
    dedupe: Type.Optional(words(['content'], 'Answer your job of equal definition that is open or has finished, instead of a new one.')),
    supersedes: Type.Optional(text(200, 'Within a queue your newest job of this group replaces the others.')),
    labels: Type.Optional(Labels),
    cluster: Type.Optional(text(200, 'Only this cluster will do.')),
    outputResidence: Type.Optional(words(['hub', 'cluster'], 'Where the files of the result are kept; `hub` when left out.')),
  },
  { ...closed, title: 'SubmitJob', examples: [{ image: 'docker://alpine:3.18.5', command: { kind: 'argv', argv: ['echo', 'hello'] } }] },
);

const CommandOut = Type.Unsafe<JobCommand | null>(nullable(CommandSchema));

const DefinitionSchema = answer('JobDefinition', {
  profile: nullableString('`processor/profile`; null: an image, or the host.'),
  image: nullableString('A container image.'),
  command: CommandOut,
  input: Type.Unknown(),
  files: Type.Array(FileSchema),
  env: Type.Record(Type.String(), Type.String()),
  resources: ResourcesSchema,
  timeLimitMs: nullableInteger('Null: none of its own.'),
});

const OrderSchema = answer('JobOrder', {
  queue: Type.String(),
  name: nullableString('For people.'),
  priority: Type.Integer(),
  retries: Count,
  retryDelayMs: Count,
  callbacks: Type.Array(CallbackSchema),
  supersedes: nullableString('Group within the queue.'),
  labels: Type.Record(Type.String(), Type.String()),
  cluster: nullableString('Only this one will do.'),
  outputResidence: words(['hub', 'cluster']),
});

const PlaceSchema = answer('JobPlace', {
  cluster: nullableString('Cluster of the agent.'),
  node: nullableString('Node of the cluster.'),
  run: nullableString('The run that the job is there.'),
});

export const JobResultSchema = answer('JobResult', {
  outcome: words(['finished', 'failed', 'cancelled']),
  exitCode: nullableInteger('Null when a signal ended it.'),
  signal: nullableString('Name of the signal.'),
  output: Type.Unknown({ description: 'What the job wrote to `output.json`.' }),
  stdoutTail: Type.String(),
  stderrTail: Type.String(),
  outputArtifact: nullableString('The files that it left.'),
  logArtifact: nullableString('Its whole logs.'),
  startedAtMs: NullableTimeMs,
  endedAtMs: TimeMs,
  place: PlaceSchema,
});
const ProgressSchema = answer('JobProgress', {
  phase: nullableString('A word.'),
  message: nullableString('A sentence.'),
  fraction: nullableNumber('0 to 1.'),
});

const AttemptSchema = answer('JobAttempt', {
  attempt: Type.Integer(),
  agent: Type.String(),
  claimedAtMs: TimeMs,
  leaseUntilMs: TimeMs,
  startedAtMs: NullableTimeMs,
  place: Type.Unsafe<JobPlace | null>(nullable(PlaceSchema)),
});

const jobFields = {
  id: JobId,
  owner: Type.String(),
  contentHash: Type.String({ description: 'SHA-256 of the canonical JSON of the definition.' }),
  order: OrderSchema,
  status: words(jobStatuses),
  reason: Type.Unsafe<JobReason | null>({ type: ['string', 'null'], enum: [...jobReasons, null] }),
  detail: nullableString('A sentence.'),
  createdAtMs: TimeMs,
  launchedAtMs: NullableTimeMs,
  endedAtMs: NullableTimeMs,
  attempts: Count,
  attemptsAllowed: Count,
  attempt: Type.Unsafe<JobAttempt | null>(nullable(AttemptSchema)),
  notBeforeMs: TimeMs,
  cancelRequested: Type.Unsafe<Job['cancelRequested']>(
    nullable(answer('CancelRequest', { by: Type.String(), reason: words(['user-cancelled', 'superseded']), atMs: TimeMs })),
  ),
  progress: Type.Unsafe<JobProgress | null>(nullable(ProgressSchema)),
  result: Type.Unsafe<JobResult | null>(nullable(JobResultSchema)),
  waitsFor: Type.Unsafe<RouteObstacle | null>({
    type: ['string', 'null'],
    enum: [...routeObstacles, null],
    description: 'Why no agent has taken it yet; null when it does not wait for one.',
  }),
};

const { output: _output, stdoutTail: _stdoutTail, stderrTail: _stderrTail, ...shortFields } = JobResultSchema.properties;
const ResultSummarySchema = answer('JobResultSummary', shortFields);

export const JobSummarySchema = answer('JobSummary', {
  ...jobFields,
  result: Type.Unsafe<JobResultSummary | null>(nullable(ResultSummarySchema)),
});
export const JobSchema = answer('Job', { ...jobFields, definition: DefinitionSchema });
export const JobPageSchema = answer('JobPage', {
  jobs: Type.Array(JobSummarySchema),
  nextCursor: nullableString('Pass it as `cursor` for older ones; null at the end.'),
});
