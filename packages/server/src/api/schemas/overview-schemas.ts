import { Type } from 'typebox';
import { Count, TimeMs, answer, nullableNumber, nullableString } from './primitives.ts';
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

export const OverviewSchema = answer('Overview', {
  server: ServerSchema,
  seq: Type.Integer({ description: 'Number of the newest durable event; events after it are news to this answer.' }),
  runs: StatusCounts,
  experiments: Count,
  clusters: Type.Array(ClusterSchema),
  problems: Type.Integer({ minimum: 0, description: 'Errors in the definitions.' }),
  hasPendingPlan: Type.Boolean({ description: 'Whether changed definitions wait for being applied.' }),
  storeTrouble: nullableString('Why the journal cannot be written at present.'),
  notices: Type.Array(Type.String(), { description: 'Sentences for people.' }),
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
  autostart: Type.Boolean(),
  createdAtMs: TimeMs,
  runs: Count,
  counts: StatusCounts,
});

export const ExperimentPageSchema = answer('ExperimentPage', { experiments: Type.Array(ExperimentSchema), nextCursor: nullableString('Cursor of the next page; null on the last one.') });
