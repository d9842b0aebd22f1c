import { JuqueueError, runStatuses } from '@juqueue/core';
import type { ExperimentView } from '@juqueue/core';
import { Type } from 'typebox';
import type { ServerContext } from '../app/server-context.ts';
import type { TypedFastify } from '../app/typed-fastify.ts';
import { summariseClusters } from './cluster-summary.ts';
import { PageLimit, ok } from './schemas/primitives.ts';
import type { Answer } from './schemas/primitives.ts';
import { ExperimentPageSchema, ExperimentSchema, HealthSchema, OverviewSchema } from './schemas/overview-schemas.ts';

export function addOverviewRoutes(app: TypedFastify, context: ServerContext): void {
  app.get('/overview', {
    schema: { operationId: 'getOverview', tags: ['server'], summary: 'What the manager is doing and whether something is wrong', response: ok(OverviewSchema) },
    handler: async (): Promise<Answer<typeof OverviewSchema>> => overview(context),
  });

  app.get('/health', {
    schema: { operationId: 'getHealth', tags: ['server'], summary: 'Whether the manager can work', response: ok(HealthSchema) },
    handler: async (): Promise<Answer<typeof HealthSchema>> => {
      const { health } = context.engine;
      return { ...health, isHealthy: health.storeTrouble === null, notices: [...health.notices] };
    },
  });

  const ExperimentQuery = Type.Object({ cursor: Type.Optional(Type.String({ maxLength: 512 })), limit: PageLimit }, { additionalProperties: false });
  app.get('/experiments', {
    schema: { operationId: 'listExperiments', tags: ['experiments'], summary: 'Experiments with their runs counted, oldest first', querystring: ExperimentQuery, response: ok(ExperimentPageSchema) },
    handler: async ({ query }) => experimentPage(context, query.cursor ?? null, query.limit ?? 200),
  });

  app.get('/experiments/:name', {
    schema: { operationId: 'getExperiment', tags: ['experiments'], summary: 'One experiment', params: Type.Object({ name: Type.String({ maxLength: 256 }) }), response: ok(ExperimentSchema) },
    handler: async ({ params }) => {
      const experiment = context.engine.experiments.get(params.name);
      if (experiment === undefined) throw new JuqueueError('JQ_EXPERIMENT_NOT_FOUND', `There is no experiment '${params.name}'.`, 'List them with GET /api/v1/experiments.');
      return experimentSummary(experiment);
    },
  });
}

export function overview(context: ServerContext): Answer<typeof OverviewSchema> {
  const { engine, identity, definitions } = context;
  const runs = { inactive: 0, ready: 0, running: 0, finished: 0, failed: 0 };
  for (const experiment of engine.experiments.values()) {
    for (const status of runStatuses) runs[status] += experiment.counts[status];
  }
  return {
    server: { ...identity, startedAtMs: engine.health.startedAtMs, epoch: engine.health.epoch, isReadOnly: context.isReadOnly, isStopping: context.isStopping() },
    seq: context.engine.newestSeq,
    runs,
    experiments: engine.experiments.size,
    clusters: summariseClusters(engine.snapshot),
    problems: definitions.state.problems.filter((problem) => problem.severity === 'error').length,
    hasPendingPlan: definitions.state.plan !== null,
    storeTrouble: engine.health.storeTrouble,
    notices: [...engine.health.notices],
    lastTickMs: engine.health.lastTickMs,
  };
}

/** The cursor is the order number of the page's last experiment; numbers are never given twice. */
function experimentPage(context: ServerContext, cursor: string | null, limit: number): Answer<typeof ExperimentPageSchema> {
  const after = cursor === null ? 0 : Number(cursor);
  if (!Number.isSafeInteger(after) || after < 0) throw new JuqueueError('JQ_BAD_CURSOR', `The cursor is '${cursor}', expected the nextCursor of a page.`);
  const following = [...context.engine.experiments.values()].filter((experiment) => experiment.order > after).sort((a, b) => a.order - b.order);
  const page = following.slice(0, limit);
  const last = page.at(-1);
  return { experiments: page.map(experimentSummary), nextCursor: last === undefined || following.length <= limit ? null : String(last.order) };
}

function experimentSummary(experiment: ExperimentView): Answer<typeof ExperimentSchema> {
  const { name, autostart, createdAtMs, runIds, counts } = experiment;
  return { name, autostart, createdAtMs, runs: runIds.size, counts };
}
