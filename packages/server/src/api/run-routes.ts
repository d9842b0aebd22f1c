import { JuqueueError, parseRunId, runFolder } from '@juqueue/core';
import type { Run, RunSortKey } from '@juqueue/core';
import { Type } from 'typebox';
import type { ServerContext } from '../app/server-context.ts';
import type { TypedFastify } from '../app/typed-fastify.ts';
import { ok } from './schemas/primitives.ts';
import type { Answer } from './schemas/primitives.ts';
import { AttemptListSchema, RunDetailSchema, RunIdParams, RunListQuery, RunPageSchema } from './schemas/run-schemas.ts';
import { readSelector } from './selector-input.ts';

const tags = ['runs'];

export function addRunRoutes(app: TypedFastify, context: ServerContext): void {
  app.get('/runs', {
    schema: { operationId: 'listRuns', tags, summary: 'Runs that match a selector, page by page', querystring: RunListQuery, response: ok(RunPageSchema) },
    handler: async ({ query }): Promise<Answer<typeof RunPageSchema>> => {
      const selector = readSelector(query);
      const sort = query.sort ?? 'id';
      const descending = sort.startsWith('-');
      const page = await context.index.listRuns({
        selector,
        sort: (descending ? sort.slice(1) : sort) as RunSortKey,
        descending,
        limit: query.limit ?? 200,
        cursor: query.cursor ?? null,
      });
      const total = query.count === true ? await context.index.countRuns(selector) : null;
      return { runs: page.rows.map(copyRow), nextCursor: page.nextCursor, total };
    },
  });

  app.get('/runs/:id', {
    schema: { operationId: 'getRun', tags, summary: 'One run with its definition and newest attempt', params: RunIdParams, response: ok(RunDetailSchema) },
    handler: async ({ params }) => runDetail(findRun(context, params.id), context),
  });

  app.get('/runs/:id/attempts', {
    schema: { operationId: 'listAttempts', tags, summary: 'All attempts of a run, oldest first', params: Type.Object({ ...RunIdParams.properties }), response: ok(AttemptListSchema) },
    handler: async ({ params }): Promise<Answer<typeof AttemptListSchema>> => {
      const rows = await context.index.attempts(findRun(context, params.id).id);
      return { attempts: rows.map((row) => ({ ...row, slots: [...row.slots] })) };
    },
  });
}

/** The run of that id, or a problem that says which half of the id is unknown. */
export function findRun(context: ServerContext, id: string): Run {
  const run = context.engine.run(id);
  if (run !== undefined) return run;
  const parts = parseRunId(id);
  if (parts === null) throw new JuqueueError('JQ_RUN_NOT_FOUND', `'${id}' is not the id of a run; expected experiment@run.`);
  const message = context.engine.experiments.has(parts.experiment)
    ? `Experiment '${parts.experiment}' has no run '${parts.name}'.`
    : `There is no experiment '${parts.experiment}', so no run '${id}'.`;
  throw new JuqueueError('JQ_RUN_NOT_FOUND', message, 'List runs with `juqueue runs` or GET /api/v1/runs.');
}

type RunRowAnswer = Answer<typeof RunPageSchema>['runs'][number];

function copyRow(row: { readonly clusters: readonly string[] } & Omit<RunRowAnswer, 'clusters'>): RunRowAnswer {
  return { ...row, clusters: [...row.clusters] };
}

function runDetail(run: Run, context: ServerContext): Answer<typeof RunDetailSchema> {
  const { definition, execution, outcome } = run;
  const observation = execution === null ? undefined : context.engine.snapshot.observation(run.id);
  return {
    id: run.id,
    experiment: run.experiment,
    name: run.name,
    status: run.status,
    reason: run.reason,
    detail: run.detail,
    clusters: [...definition.clusters],
    node: execution?.node ?? null,
    attempt: run.attempt,
    priority: definition.priority,
    slots: definition.resources.slots,
    parameters: definition.parameters,
    createdAtMs: run.createdAtMs,
    changedAtMs: run.changedAtMs,
    startedAtMs: execution === null ? (outcome?.startedAtMs ?? null) : execution.startedAtMs,
    endedAtMs: execution === null ? (outcome?.endedAtMs ?? null) : null,
    exitCode: outcome?.exitCode ?? null,
    directory: `${context.identity.workDir}/${runFolder(run.experiment, run.name)}`,
    definition: {
      cmd: [...definition.cmd],
      parameterFormat: definition.parameterFormat,
      resources: definition.resources,
      timeMs: definition.timeMs,
      timeLimitMs: definition.timeLimitMs,
      dependsOn: [...definition.dependsOn],
      retries: definition.retries,
      checkpoint: definition.checkpoint,
      executor: { ...definition.executor, pythonSearchPath: [...definition.executor.pythonSearchPath], prependScript: [...definition.executor.prependScript] },
    },
    execution:
      execution === null
        ? null
        : {
            node: execution.node,
            slots: [...execution.slots],
            placedAtMs: execution.placedAtMs,
            startedAtMs: execution.startedAtMs,
            pid: execution.pid,
            stopCause: execution.stop?.cause ?? null,
          },
    outcome,
    retriesUsed: run.retriesUsed,
    crashes: run.crashes,
    eligibleAtMs: run.eligibleAtMs,
    progress: observation?.progress ?? null,
    progressText: observation?.progressText ?? null,
    checkpointAtMs: observation?.checkpointAtMs ?? run.newestCheckpointAtMs,
  };
}
