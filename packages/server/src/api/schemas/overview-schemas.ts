import { Type } from 'typebox';
import { answer, Count, nullableNumber, nullableString, NullableTimeMs, TimeMs, words } from '@juqueue/http';
import { NullableBudgetSchema } from './budget-schemas.ts';
import { ClusterSchema } from './cluster-schemas.ts';

export const StatusCounts = answer('StatusCounts', { inactive: Count, ready: Count, running: Count, finished: Count, failed: Count });

export const ServerSchema = answer('Server', {
  version: Type.String(),
  workDir: Type.String(),
  defDir: Type.String(),
  host: Type.String(),
  pid: Type.Integer(),
  startedAtMs: TimeMs,
  epoch: Type.Integer({ description: 'Number of this start of the manager.' }),
  isReadOnly: Type.Boolean(),
  isStopping: Type.Boolean(),
});

/** What the newest decision did and left undone; null before the first. */
const DecisionSchema = answer('Decision', {
  did: Type.Array(Type.String(), { description: 'Up to 20 sentences on what was done; empty when nothing was to do.' }),
  left: Type.Array(
    answer('Verdict', {
      kind: words(['shape', 'node', 'cluster']),
      of: Type.String({ description: 'Id of the node, name of the cluster, or key of the shape.' }),
      code: Type.String(),
      sentence: Type.String(),
    }),
    { description: 'Up to 20 reasons why something was not done.' },
  ),
  nextAtMs: NullableTimeMs,
});

export const RemainingTimeSchema = answer('RemainingTime', {
  lowMs: Type.Number(),
  likelyMs: Type.Number(),
  highMs: Type.Number({ description: 'Nine times out of ten it is between low and high.' }),
});

export const OverviewSchema = answer('Overview', {
  server: ServerSchema,
  seq: Type.Integer({ description: 'Number of the newest durable event; events after it are news to this answer.' }),
  runs: StatusCounts,
  remaining: Type.Union([RemainingTimeSchema, Type.Null()], {
    description:
      'Until all ready and running runs have ended, with as many at a time as now; null when no run executes whose time is known.',
  }),
  runsOfUnknownTime: Type.Integer({
    minimum: 0,
    description: 'Ready and running runs that it leaves out: fewer than five of their experiment have finished.',
  }),
  experiments: Count,
  clusters: Type.Array(ClusterSchema),
  problems: Type.Integer({ minimum: 0, description: 'Errors in the definitions.' }),
  hasPendingPlan: Type.Boolean({ description: 'Whether changed definitions wait for being applied.' }),
  storeTrouble: nullableString('Why the journal cannot be written at present.'),
  notices: Type.Array(Type.String(), { description: 'Sentences for people.' }),
  hubAgent: Type.Union(
    [
      answer('HubAgent', {
        agent: Type.String(),
        url: Type.String({ description: 'Of the hub.' }),
        state: words(['running', 'restarting']),
        sentence: nullableString('What it said last.'),
      }),
      Type.Null(),
    ],
    { description: 'The agent that takes jobs of a hub for this manager; null without one.' },
  ),
  refusedRequests: answer('RefusedRequests', {
    count: Type.Integer({
      minimum: 0,
      description: 'Requests without a valid token since the start; from the tenth in a minute on they are answered ever more slowly.',
    }),
    lastAtMs: NullableTimeMs,
  }),
  decision: Type.Union([DecisionSchema, Type.Null()], { description: 'The newest decision; null before the first.' }),
  lastTickMs: nullableNumber('How long the newest decision took.'),
});

export const HealthSchema = answer('Health', {
  isHealthy: Type.Boolean(),
  epoch: Type.Integer(),
  startedAtMs: TimeMs,
  storeTrouble: nullableString('Why the journal cannot be written at present.'),
  notices: Type.Array(Type.String()),
  lastTickMs: nullableNumber('How long the newest decision took.'),
});

export const ExperimentSchema = answer('ExperimentSummary', {
  name: Type.String(),
  autostart: Type.Union([Type.Boolean(), words(['first'])], {
    description: 'Whether new runs start by themselves; `first`: one, and the others when a run has finished.',
  }),
  heldBecause: nullableString('Why none of its runs starts, by its budget or its failures; null while they may.'),
  budget: NullableBudgetSchema,
  createdAtMs: TimeMs,
  runs: Count,
  counts: StatusCounts,
  expectedRunMs: nullableNumber('Mean duration of the runs that finished, newer ones weighing more; null before the first.'),
  remaining: Type.Union([RemainingTimeSchema, Type.Null()], {
    description:
      'Until its ready and running runs have ended, with as many at a time as now; null when nothing runs or fewer than five have finished.',
  }),
});

export const ExperimentPageSchema = answer('ExperimentPage', {
  experiments: Type.Array(ExperimentSchema),
  nextCursor: nullableString('Cursor of the next page; null on the last one.'),
});
