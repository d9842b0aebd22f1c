import { JuqueueError } from '@juqueue/core';
import type { Command, RunId } from '@juqueue/core';
import { ok } from '@juqueue/http';
import type { Answer, TypedFastify } from '@juqueue/http';
import type { ServerContext } from '../app/server-context.ts';
import { PriorityBody, RunCommandAnswer, RunCommandBody } from './schemas/run-schemas.ts';
import { namesEverything, readSelector } from './selector-input.ts';

type Body = Pick<Answer<typeof RunCommandBody>, 'selector' | 'expectCount' | 'dryRun'>;
type Result = Answer<typeof RunCommandAnswer>;

const tags = ['runs'];
const maxListedSkips = 100;

/** Commands act on selectors, not on lists of ids: a hundred thousand runs are one small request. */
export function addRunCommandRoutes(app: TypedFastify, context: ServerContext): void {
  app.post('/runs::resume', {
    schema: { operationId: 'resumeRuns', tags, summary: 'Put runs that do not want to run into the queue', body: RunCommandBody, response: ok(RunCommandAnswer) },
    handler: ({ body }) => execute(context, body, (runs) => ({ kind: 'resume-runs', runs, by: 'api', ...(body.fresh === true ? { isFresh: true } : {}) })),
  });

  app.post('/runs::cancel', {
    schema: { operationId: 'cancelRuns', tags, summary: 'Take runs out of the queue; with force stop executing ones too', body: RunCommandBody, response: ok(RunCommandAnswer) },
    handler: ({ body }) => execute(context, body, (runs) => ({ kind: 'cancel-runs', runs, force: body.force ?? false, by: 'api', reason: body.reason ?? null })),
  });

  app.post('/runs::hold', {
    schema: { operationId: 'holdRuns', tags, summary: 'Keep ready runs from being started', body: RunCommandBody, response: ok(RunCommandAnswer) },
    handler: ({ body }) => execute(context, body, (runs) => ({ kind: 'hold-runs', runs, by: 'api', reason: body.reason ?? null })),
  });

  app.post('/runs::release', {
    schema: { operationId: 'releaseRuns', tags, summary: 'Let held runs start again', body: RunCommandBody, response: ok(RunCommandAnswer) },
    handler: ({ body }) => execute(context, body, (runs) => ({ kind: 'release-runs', runs, by: 'api' })),
  });

  app.post('/runs::priority', {
    schema: { operationId: 'prioritiseRuns', tags, summary: 'Give runs another priority, until their definition changes', body: PriorityBody, response: ok(RunCommandAnswer) },
    handler: ({ body }) => execute(context, body, (runs) => ({ kind: 'prioritise-runs', runs, priority: body.priority, by: 'api' })),
  });
}

async function execute(context: ServerContext, body: Body, command: (runs: readonly RunId[]) => Command): Promise<Result> {
  const selector = readSelector(body.selector);
  if (namesEverything(selector)) {
    throw new JuqueueError('JQ_BAD_SELECTOR', 'The selector is empty and so names every run.', 'Say {"q": "*@*"} when every run is meant.');
  }
  const runs = await context.index.selectRuns(selector);
  if (body.expectCount !== undefined && body.expectCount !== runs.length) {
    throw new JuqueueError('JQ_COUNT_CHANGED', `${runs.length} runs match, expected ${body.expectCount}.`, 'Look at the list again, then repeat the command.');
  }
  const byStatus = countByStatus(context, runs);
  if (body.dryRun === true || runs.length === 0) return { matched: runs.length, byStatus, affected: 0, skippedCount: 0, skipped: [] };
  const outcome = await context.engine.command(command(runs));
  if (outcome.kind === 'refused') throw new JuqueueError(outcome.problem.code, outcome.problem.message, outcome.problem.hint);
  const { affected, skipped } = outcome;
  return { matched: runs.length, byStatus, affected: affected.length, skippedCount: skipped.length, skipped: skipped.slice(0, maxListedSkips) };
}

function countByStatus(context: ServerContext, runs: readonly RunId[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const id of runs) {
    const status = context.engine.run(id)?.status;
    if (status !== undefined) counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}
