import { assertNever, JuqueueError, planSentences, remainingTime, remainingTimeOfAll, runStatuses, suggest } from '@juqueue/core';
import type { ExperimentView, Plan, Verdict } from '@juqueue/core';
import { Type } from 'typebox';
import { ok, PageLimit } from '@juqueue/http';
import type { Answer, TypedFastify } from '@juqueue/http';
import type { ServerContext } from '../app/server-context.ts';
import { budgetOf } from './budget-answer.ts';
import { summariseClusters } from './cluster-summary.ts';
import { ExperimentPageSchema, ExperimentSchema, HealthSchema, OverviewSchema } from './schemas/overview-schemas.ts';

export function addOverviewRoutes(app: TypedFastify, context: ServerContext): void {
  app.get('/overview', {
    schema: {
      operationId: 'getOverview',
      tags: ['server'],
      summary: 'What the manager is doing and whether something is wrong',
      response: ok(OverviewSchema),
    },
    handler: async (): Promise<Answer<typeof OverviewSchema>> => overview(context),
  });

  app.get('/health', {
    schema: { operationId: 'getHealth', tags: ['server'], summary: 'Whether the manager can work', response: ok(HealthSchema) },
    handler: async (): Promise<Answer<typeof HealthSchema>> => {
      const { health } = context.engine;
      return { ...health, isHealthy: health.storeTrouble === null, notices: [...health.notices] };
    },
  });

  const ExperimentQuery = Type.Object(
    { cursor: Type.Optional(Type.String({ maxLength: 512 })), limit: PageLimit },
    { additionalProperties: false },
  );
  app.get('/experiments', {
    schema: {
      operationId: 'listExperiments',
      tags: ['experiments'],
      summary: 'Experiments with their runs counted, oldest first',
      querystring: ExperimentQuery,
      response: ok(ExperimentPageSchema),
    },
    handler: async ({ query }) => experimentPage(context, query.cursor ?? null, query.limit ?? 200),
  });

  app.get('/experiments/:name', {
    schema: {
      operationId: 'getExperiment',
      tags: ['experiments'],
      summary: 'One experiment',
      params: Type.Object({ name: Type.String({ maxLength: 256 }) }),
      response: ok(ExperimentSchema),
    },
    handler: async ({ params }) => {
      const experiment = context.engine.experiments.get(params.name);
      if (experiment === undefined) {
        const near = suggest(params.name, [...context.engine.experiments.keys()]);
        throw new JuqueueError(
          'JQ_EXPERIMENT_NOT_FOUND',
          `There is no experiment '${params.name}'.`,
          near === null ? 'List them with GET /api/v1/experiments.' : `Did you mean '${near}'?`,
        );
      }
      return experimentSummary(context, experiment);
    },
  });
}

export function overview(context: ServerContext): Answer<typeof OverviewSchema> {
  const { engine, identity, definitions } = context;
  const runs = { inactive: 0, ready: 0, running: 0, finished: 0, failed: 0 };
  for (const experiment of engine.experiments.values()) {
    for (const status of runStatuses) runs[status] += experiment.counts[status];
  }
  const remaining = remainingTimeOfAll(
    [...engine.experiments.values()].map(({ name, counts }) => ({ counts, learned: engine.learnedDuration(name) })),
  );
  return {
    server: {
      ...identity,
      startedAtMs: engine.health.startedAtMs,
      epoch: engine.health.epoch,
      isReadOnly: context.isReadOnly,
      isStopping: context.isStopping(),
    },
    seq: context.engine.newestSeq,
    runs,
    remaining: remaining.time,
    runsOfUnknownTime: remaining.runsOfUnknownTime,
    experiments: engine.experiments.size,
    clusters: summariseClusters(engine.snapshot, engine.budgets),
    problems: definitions.state.problems.filter((problem) => problem.severity === 'error').length,
    hasPendingPlan: definitions.state.plan !== null,
    storeTrouble: engine.health.storeTrouble,
    notices: [...engine.health.notices],
    decision: engine.lastPlan === null ? null : decision(engine.lastPlan),
    hubAgent: context.hubAgent(),
    refusedRequests: context.refusals.total,
    lastTickMs: engine.health.lastTickMs,
  };
}

const mostSentences = 20;

function decision(plan: Plan): NonNullable<Answer<typeof OverviewSchema>['decision']> {
  return {
    did: planSentences(plan).slice(0, mostSentences),
    left: plan.verdicts.slice(0, mostSentences).map(verdict),
    nextAtMs: plan.wakeAtMs,
  };
}

function verdict({ subject, code, sentence }: Verdict): NonNullable<Answer<typeof OverviewSchema>['decision']>['left'][number] {
  switch (subject.kind) {
    case 'shape':
      return { kind: 'shape', of: subject.key, code, sentence };
    case 'node':
      return { kind: 'node', of: subject.node, code, sentence };
    case 'cluster':
      return { kind: 'cluster', of: subject.cluster, code, sentence };
    default:
      return assertNever(subject);
  }
}

/** The cursor is the order number of the page's last experiment; numbers are never given twice. */
function experimentPage(context: ServerContext, cursor: string | null, limit: number): Answer<typeof ExperimentPageSchema> {
  const after = cursor === null ? 0 : Number(cursor);
  if (!Number.isSafeInteger(after) || after < 0)
    throw new JuqueueError('JQ_BAD_CURSOR', `The cursor is '${cursor}', expected the nextCursor of a page.`);
  const following = [...context.engine.experiments.values()]
    .filter((experiment) => experiment.order > after)
    .sort((a, b) => a.order - b.order);
  const page = following.slice(0, limit);
  const last = page.at(-1);
  return {
    experiments: page.map((experiment) => experimentSummary(context, experiment)),
    nextCursor: last === undefined || following.length <= limit ? null : String(last.order),
  };
}

function experimentSummary({ engine }: ServerContext, experiment: ExperimentView): Answer<typeof ExperimentSchema> {
  const { name, autostart, hold, createdAtMs, runIds, counts } = experiment;
  const learned = engine.learnedDuration(name);
  return {
    name,
    autostart,
    heldBecause: hold?.because ?? null,
    budget: budgetOf(engine.budgets, 'experiment', name),
    createdAtMs,
    runs: runIds.size,
    counts,
    expectedRunMs: learned?.meanMs ?? null,
    remaining: remainingTime(counts, learned),
  };
}
