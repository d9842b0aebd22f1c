import { Readable } from 'node:stream';
import type { FastifyError } from 'fastify';
import { JuqueueError, runId } from '@juqueue/core';
import type { ExperimentName, RunId } from '@juqueue/core';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Problem, sendRaw } from '@juqueue/http';
import type { TypedFastify } from '@juqueue/http';
import type { ServerContext } from '../app/server-context.ts';
import { experimentsJson } from './experiments-stream.ts';
import { SharedStream } from './shared-stream.ts';
import { originalClusters } from './original-shapes.ts';
import { OriginalClusters, OriginalExperiments, OriginalSuccess, OriginalValidationError } from './original-schemas.ts';

type Success = Static<typeof OriginalSuccess>;

/** The original always sends both keys. */
const success: Success = { success: true, reason: null };
const answers = { 200: OriginalSuccess, 422: OriginalValidationError, '4xx': Problem, '5xx': Problem };
const clusterParams = Type.Object({ cluster_name: Type.String() });
const experimentParams = Type.Object({ experiment_name: Type.String() });

/** A whole reload or resume of a large experiment names its runs one by one. */
const bodyLimit = 16 * 1_048_576;

/**
 * The routes of the original JuQueue for its existing clients: same paths, same shapes, refusals as `success: false` with
 * status 200, and bodies of the wrong form as 422. New clients use /api/v1.
 */
export function addOriginalRoutes(app: TypedFastify, context: ServerContext): void {
  const { engine } = context;
  const experiments = new SharedStream(context.clock, () => experimentsJson(engine));
  const clusters = new SharedStream(context.clock, () => [JSON.stringify(originalClusters(engine.snapshot))]);

  app.setErrorHandler<FastifyError>((error, _request, reply) => {
    if (error.validation === undefined && error.code !== 'FST_ERR_CTP_INVALID_JSON_BODY') throw error;
    return reply.code(422).send(validationError(error));
  });

  app.get('/experiments', {
    schema: {
      operationId: 'originalExperiments',
      tags: ['original'],
      summary: 'All experiments with all their runs',
      response: { 200: OriginalExperiments, '4xx': Problem, '5xx': Problem },
    },
    handler: async (_request, reply) => sendRaw(reply.type('application/json; charset=utf-8'), Readable.from(experiments.read())),
  });

  app.get('/clusters', {
    schema: {
      operationId: 'originalClusters',
      tags: ['original'],
      summary: 'All clusters with their nodes and slots',
      response: { 200: OriginalClusters, '4xx': Problem, '5xx': Problem },
    },
    handler: async (_request, reply) => sendRaw(reply.type('application/json; charset=utf-8'), Readable.from(clusters.read())),
  });

  app.get('/clusters/:cluster_name/rescale', {
    config: { changesState: true },
    schema: {
      operationId: 'originalRescale',
      tags: ['original'],
      summary: 'Decide anew how many nodes are needed',
      params: clusterParams,
      response: answers,
    },
    handler: async ({ params }) =>
      attempt(async () => {
        checkCluster(context, params.cluster_name);
        engine.requestTick();
        return success;
      }),
  });

  app.get('/clusters/:cluster_name/sync', {
    config: { changesState: true },
    schema: {
      operationId: 'originalSync',
      tags: ['original'],
      summary: 'Ask the cluster for its state now',
      params: clusterParams,
      response: answers,
    },
    handler: async ({ params }) =>
      attempt(async () => {
        checkCluster(context, params.cluster_name);
        await engine.pollClusters();
        return success;
      }),
  });

  app.put('/experiment/:experiment_name/resume_runs', {
    bodyLimit,
    schema: {
      operationId: 'originalResumeRuns',
      tags: ['original'],
      summary: 'Resume runs that are not running already',
      params: experimentParams,
      body: Type.Array(Type.String()),
      response: answers,
    },
    handler: async ({ params, body }) =>
      attempt(async () => {
        await command(context, { kind: 'resume-runs', runs: findRuns(context, params.experiment_name, body), by: 'api' });
        return success;
      }),
  });

  const CancelBody = Type.Object(
    { run_ids: Type.Array(Type.String()), force: Type.Boolean({ description: 'Stop executing runs too.' }) },
    { title: 'CancelRunsBody' },
  );
  app.put('/experiment/:experiment_name/cancel_runs', {
    bodyLimit,
    schema: {
      operationId: 'originalCancelRuns',
      tags: ['original'],
      summary: 'Cancel runs',
      params: experimentParams,
      body: CancelBody,
      response: answers,
    },
    handler: async ({ params, body }) =>
      attempt(async () => {
        const runs = findRuns(context, params.experiment_name, body.run_ids);
        const outcome = await command(context, { kind: 'cancel-runs', runs, force: body.force, by: 'api', reason: null });
        const [first] = outcome.skipped;
        if (first === undefined) return success;
        const others = outcome.skipped.length - 1;
        return { success: true, reason: `${first.run}: ${first.because}${others === 0 ? '' : ` (and ${others} more)`}` };
      }),
  });

  app.put('/juqueue/stop', {
    schema: {
      operationId: 'originalStop',
      tags: ['original'],
      summary: 'Stop every run, give back every node, and end',
      response: { 200: Type.String(), '4xx': Problem, '5xx': Problem },
    },
    handler: async (_request, reply) => {
      await context.requestStop('release');
      return reply.type('application/json; charset=utf-8').serializer(JSON.stringify).send('Server stopped');
    },
  });

  for (const what of ['experiments', 'clusters'] as const) {
    app.put(`/juqueue/reload_${what}`, {
      schema: {
        operationId: `originalReload_${what}`,
        tags: ['original'],
        summary: 'Read the definitions again and apply them',
        response: answers,
      },
      handler: async () => attempt(() => reload(context)),
    });
  }
}

/** The original answered every failure of an action with status 200 and its text. */
async function attempt(action: () => Promise<Success>): Promise<Success> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof JuqueueError) return { success: false, reason: error.message };
    throw error;
  }
}

async function command(context: ServerContext, wish: Parameters<ServerContext['engine']['command']>[0]) {
  const outcome = await context.engine.command(wish);
  if (outcome.kind === 'refused') throw new JuqueueError(outcome.problem.code, outcome.problem.message, outcome.problem.hint);
  return outcome;
}

async function reload(context: ServerContext): Promise<Success> {
  const state = await context.definitions.reload();
  const outcome = await context.definitions.apply(state.plan?.id ?? null);
  if (outcome.kind === 'refused') return { success: false, reason: outcome.problem.message };
  const errors = state.problems.filter((problem) => problem.severity === 'error');
  const [first] = errors;
  if (first === undefined) return success;
  const place = first.line === 0 ? first.file : `${first.file}:${first.line}:${first.column}`;
  return {
    success: false,
    reason: `${place}: ${first.message}${errors.length === 1 ? '' : ` (and ${errors.length - 1} more)`} Everything valid was applied.`,
  };
}

function checkCluster(context: ServerContext, name: string): void {
  if (!context.engine.snapshot.clusters.has(name)) throw new JuqueueError('JQ_CLUSTER_NOT_FOUND', `There is no cluster '${name}'.`);
}

function findRuns(context: ServerContext, experiment: ExperimentName, names: readonly string[]): readonly RunId[] {
  const known = context.engine.experiments.get(experiment);
  if (known === undefined) throw new JuqueueError('JQ_EXPERIMENT_NOT_FOUND', `There is no experiment '${experiment}'.`);
  return names.map((name) => {
    const id = runId(experiment, name);
    if (!known.runIds.has(id)) throw new JuqueueError('JQ_RUN_NOT_FOUND', `Experiment '${experiment}' has no run '${name}'.`);
    return id;
  });
}

function validationError(error: FastifyError): Static<typeof OriginalValidationError> {
  const [found] = error.validation ?? [];
  const path = found?.instancePath.split('/').slice(1) ?? [];
  const missing = found?.params['missingProperty'];
  const loc = [error.validationContext ?? 'body', ...path, ...(typeof missing === 'string' ? [missing] : [])];
  return { detail: [{ loc, msg: found?.message ?? error.message, type: `value_error.${found?.keyword ?? 'jsondecode'}` }] };
}
