import { Readable } from 'node:stream';
import { attemptTimeOf, failureSignature, JuqueueError, parseRunId, remainingOf, runFolder, suggest } from '@juqueue/core';
import type { ExecutorDefinition, HistoryEvent, Run, RunId, RunSort } from '@juqueue/core';
import { Type } from 'typebox';
import { attachment, ok, Problem, sendRaw } from '@juqueue/http';
import type { Answer, Sent, TypedFastify } from '@juqueue/http';
import type { ServerContext } from '../app/server-context.ts';
import { projected, readFields } from './run-fields.ts';
import { phasesOfRun } from './run-phases.ts';
import { runsAsCsv } from './run-csv.ts';
import type { ExecutorSchema } from './schemas/run-schemas.ts';
import {
  AttemptListSchema,
  RunCsvQuery,
  RunDetailSchema,
  RunFacetsQuery,
  RunFacetsSchema,
  RunIdParams,
  RunListQuery,
  RunPageSchema,
  RunTimelineSchema,
  smallPageBytes,
  smallPageRows,
} from './schemas/run-schemas.ts';
import { readSelector } from './selector-input.ts';

const tags = ['runs'];

export function addRunRoutes(app: TypedFastify, context: ServerContext): void {
  app.get('/runs', {
    schema: {
      operationId: 'listRuns',
      tags,
      summary: 'Runs that match a selector, page by page',
      querystring: RunListQuery,
      response: ok(RunPageSchema),
    },
    handler: async ({ query }, reply): Promise<Sent<typeof RunPageSchema>> => {
      const page = await runPage(context, query);
      if (query.fields === undefined) return page;
      const fields = readFields(query.fields);
      return sendRaw(
        reply.type('application/json; charset=utf-8'),
        Buffer.from(JSON.stringify({ ...page, runs: page.runs.map((run) => projected(run, fields)) })),
      );
    },
  });

  app.get('/runs/facets', {
    schema: {
      operationId: 'countFacets',
      tags,
      summary: 'Runs that match a selector, counted by status, reason, experiment, cluster, node, and values of their parameters',
      querystring: RunFacetsQuery,
      response: ok(RunFacetsSchema),
    },
    handler: async ({ query }): Promise<Sent<typeof RunFacetsSchema>> => context.index.countFacets(readSelector(query)),
  });

  app.get('/runs.csv', {
    schema: {
      operationId: 'exportRuns',
      tags,
      summary: 'All runs that match a selector as CSV, with a column for each parameter',
      querystring: RunCsvQuery,
      response: {
        200: { description: 'A header line, then a line per run in the order of ids', content: { 'text/csv': { schema: Type.String() } } },
        '4xx': Problem,
        '5xx': Problem,
      },
    },
    handler: async ({ query }, reply) => {
      const selector = readSelector(query);
      return sendRaw(
        reply.type('text/csv; charset=utf-8').header('content-disposition', attachment('runs.csv')),
        Readable.from(runsAsCsv(context.index, selector)),
      );
    },
  });

  app.get('/runs/:id', {
    schema: {
      operationId: 'getRun',
      tags,
      summary: 'One run with its definition and newest attempt',
      params: RunIdParams,
      response: ok(RunDetailSchema),
    },
    handler: async ({ params }) => runDetail(findRun(context, params.id), context),
  });

  app.get('/runs/:id/attempts', {
    schema: {
      operationId: 'listAttempts',
      tags,
      summary: 'All attempts of a run, oldest first',
      params: Type.Object({ ...RunIdParams.properties }),
      response: ok(AttemptListSchema),
    },
    handler: async ({ params }): Promise<Answer<typeof AttemptListSchema>> => {
      const rows = await context.index.attempts(findRun(context, params.id).id);
      return { attempts: rows.map((row) => ({ ...row, slots: [...row.slots] })) };
    },
  });

  app.get('/runs/:id/timeline', {
    schema: {
      operationId: 'getRunTimeline',
      tags,
      summary: 'What became of a run over time: waiting, executing, being stopped',
      params: Type.Object({ ...RunIdParams.properties }),
      response: ok(RunTimelineSchema),
    },
    handler: async ({ params }): Promise<Answer<typeof RunTimelineSchema>> => {
      const run = findRun(context, params.id);
      const phases = phasesOfRun(run, await context.index.attempts(run.id), await eventsOf(context, run.id));
      return { phases: phases.map((phase) => ({ ...phase, ...placeOf(context, phase.node) })) };
    },
  });
}

async function eventsOf(context: ServerContext, run: RunId): Promise<readonly HistoryEvent[]> {
  const all: HistoryEvent[] = [];
  for (let afterSeq = 0; ;) {
    const page = await context.index.events({ afterSeq, limit: eventsPerPage, run });
    all.push(...page);
    afterSeq = page.at(-1)?.seq ?? afterSeq;
    if (page.length < eventsPerPage) return all;
  }
}

const eventsPerPage = 1_000;

function placeOf({ engine }: ServerContext, node: string | null): { readonly cluster: string | null; readonly host: string | null } {
  const allocation = node === null ? undefined : engine.snapshot.allocation(node);
  return { cluster: allocation?.cluster ?? null, host: allocation?.node?.host ?? null };
}

async function runPage(context: ServerContext, query: Answer<typeof RunListQuery>): Promise<Sent<typeof RunPageSchema>> {
  const selector = readSelector(query);
  const { sort = 'id', limit = smallPageRows, skip = 0, cursor = null } = query;
  const descending = sort.startsWith('-');
  const page = await context.index.listRuns({
    selector,
    sort: (descending ? sort.slice(1) : sort) as RunSort,
    descending,
    limit,
    skip,
    ...(limit <= smallPageRows ? { maxBytes: smallPageBytes } : {}),
    cursor,
  });
  const total = query.count === true ? await context.index.countRuns(selector) : null;
  return { runs: page.rows, nextCursor: page.nextCursor, total };
}

/** Names among more than these are not compared: a typing error is not worth a tenth of a second. */
const mostCompared = 2_000;

/** The run of that id, or a problem that says which half of the id is unknown, and what it may have been. */
export function findRun(context: ServerContext, id: string): Run {
  const run = context.engine.run(id);
  if (run !== undefined) return run;
  const { experiments } = context.engine;
  const parts = parseRunId(id);
  if (parts === null) throw new JuqueueError('JQ_RUN_NOT_FOUND', `'${id}' is not the id of a run; expected experiment@run.`);
  const experiment = experiments.get(parts.experiment);
  if (experiment === undefined) {
    const near = suggest(parts.experiment, [...experiments.keys()]);
    throw new JuqueueError(
      'JQ_RUN_NOT_FOUND',
      `There is no experiment '${parts.experiment}', so no run '${id}'.`,
      near === null ? listHint : `Did you mean '${near}@${parts.name}'?`,
    );
  }
  const near = experiment.runIds.size > mostCompared ? null : suggest(id, [...experiment.runIds]);
  throw new JuqueueError(
    'JQ_RUN_NOT_FOUND',
    `Experiment '${parts.experiment}' has no run '${parts.name}'.`,
    near === null ? listHint : `Did you mean '${near}'?`,
  );
}

const listHint = 'List runs with `juqueue runs` or GET /api/v1/runs.';

function executorAnswer({ container, ...executor }: ExecutorDefinition): Answer<typeof ExecutorSchema> {
  return {
    ...executor,
    pythonSearchPath: [...executor.pythonSearchPath],
    prependScript: [...executor.prependScript],
    ...(container === undefined ? {} : { container: { ...container, bind: [...container.bind], args: [...container.args] } }),
  };
}

export function runDetail(run: Run, context: ServerContext): Answer<typeof RunDetailSchema> {
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
    failure: failureSignature(run)?.id ?? null,
    directory: `${context.identity.workDir}/${runFolder(run.experiment, run.name)}`,
    definition: {
      cmd: [...definition.cmd],
      parameterFormat: definition.parameterFormat,
      resources: definition.resources,
      timeMs: definition.timeMs,
      timeLimitMs: definition.timeLimitMs,
      dependsOn: [...definition.dependsOn],
      retries: definition.retries,
      ...(definition.retryOn === undefined ? {} : { retryOn: [...definition.retryOn] }),
      ...(definition.retryDelayMs === undefined ? {} : { retryDelayMs: definition.retryDelayMs }),
      checkpoint: definition.checkpoint,
      executor: executorAnswer(definition.executor),
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
    expected: expectedTime(run, context),
    progress: observation?.progress ?? null,
    progressText: observation?.progressText ?? null,
    checkpointAtMs: observation?.checkpointAtMs ?? run.newestCheckpointAtMs,
    usage: observation?.usage ?? null,
  };
}

function expectedTime(run: Run, { engine, clock }: ServerContext): Answer<typeof RunDetailSchema>['expected'] {
  if (run.status === 'finished') return null;
  const time = run.status === 'running' ? remainingOf(engine.snapshot, run, clock.nowMs()) : attemptTimeOf(engine.snapshot, run);
  return time === null ? null : { ...time, ms: Math.round(time.ms), upperMs: Math.round(time.upperMs) };
}
