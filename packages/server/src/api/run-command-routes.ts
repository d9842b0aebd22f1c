import { JuqueueError } from '@juqueue/core';
import type { CommandOutcome, RunId } from '@juqueue/core';
import { Type } from 'typebox';
import { ok } from '@juqueue/http';
import type { Answer, TypedFastify } from '@juqueue/http';
import type { ServerContext } from '../app/server-context.ts';
import { PriorityBody, RunCommandAnswer, RunCommandBody, UndoAnswer } from './schemas/run-schemas.ts';
import { namesEverything, readSelector } from './selector-input.ts';
import { UndoBook } from './undo-book.ts';
import type { RunCommand } from './undo-book.ts';

type Body = Pick<Answer<typeof RunCommandBody>, 'selector' | 'except' | 'expectCount' | 'dryRun'>;
type Result = Answer<typeof RunCommandAnswer>;

const tags = ['runs'];
const maxListedSkips = 100;

/** Commands act on selectors, not on lists of ids: a hundred thousand runs are one small request. */
export function addRunCommandRoutes(app: TypedFastify, context: ServerContext): void {
  const undo = new UndoBook(context.engine.health.epoch);

  app.post('/runs::resume', {
    schema: {
      operationId: 'resumeRuns',
      tags,
      summary: 'Put runs that do not want to run into the queue',
      body: RunCommandBody,
      response: ok(RunCommandAnswer),
    },
    handler: ({ body }) =>
      execute(context, undo, body, (runs) => ({ kind: 'resume-runs', runs, by: 'api', ...(body.fresh === true ? { isFresh: true } : {}) })),
  });

  app.post('/runs::cancel', {
    schema: {
      operationId: 'cancelRuns',
      tags,
      summary: 'Take runs out of the queue; with force stop executing ones too',
      body: RunCommandBody,
      response: ok(RunCommandAnswer),
    },
    handler: ({ body }) =>
      execute(context, undo, body, (runs) => ({
        kind: 'cancel-runs',
        runs,
        force: body.force ?? false,
        by: 'api',
        reason: body.reason ?? null,
      })),
  });

  app.post('/runs::hold', {
    schema: {
      operationId: 'holdRuns',
      tags,
      summary: 'Keep ready runs from being started',
      body: RunCommandBody,
      response: ok(RunCommandAnswer),
    },
    handler: ({ body }) => execute(context, undo, body, (runs) => ({ kind: 'hold-runs', runs, by: 'api', reason: body.reason ?? null })),
  });

  app.post('/runs::release', {
    schema: {
      operationId: 'releaseRuns',
      tags,
      summary: 'Let held runs start again',
      body: RunCommandBody,
      response: ok(RunCommandAnswer),
    },
    handler: ({ body }) => execute(context, undo, body, (runs) => ({ kind: 'release-runs', runs, by: 'api' })),
  });

  app.post('/runs::priority', {
    schema: {
      operationId: 'prioritiseRuns',
      tags,
      summary: 'Give runs another priority, until their definition changes',
      body: PriorityBody,
      response: ok(RunCommandAnswer),
    },
    handler: ({ body }) => execute(context, undo, body, (runs) => ({ kind: 'prioritise-runs', runs, priority: body.priority, by: 'api' })),
  });

  app.post('/operations/:id(^[^:]+)::undo', {
    schema: {
      operationId: 'undoOperation',
      tags,
      summary: 'Undo a command on runs, where that is still possible',
      params: Type.Object({ id: Type.String({ maxLength: 64, description: '`operation` of the answer to the command.' }) }),
      response: ok(UndoAnswer),
    },
    handler: async ({ params }): Promise<Answer<typeof UndoAnswer>> => {
      const effects = [];
      for (const command of undo.take(params.id)) effects.push(await obey(context, command));
      const skipped = effects.flatMap((effect) => effect.skipped);
      return {
        affected: effects.reduce((sum, { affected }) => sum + affected.length, 0),
        skippedCount: skipped.length,
        skipped: skipped.slice(0, maxListedSkips),
      };
    },
  });
}

async function execute(
  context: ServerContext,
  undo: UndoBook,
  body: Body,
  commandOn: (runs: readonly RunId[]) => RunCommand,
): Promise<Result> {
  const selector = readSelector(body.selector);
  if (namesEverything(selector)) {
    throw new JuqueueError('JQ_BAD_SELECTOR', 'The selector is empty and so names every run.', 'Say {"q": "*@*"} when every run is meant.');
  }
  const except = new Set(body.except);
  const runs = (await context.index.selectRuns(selector)).filter((id) => !except.has(id));
  if (body.expectCount !== undefined && body.expectCount !== runs.length) {
    throw new JuqueueError(
      'JQ_COUNT_CHANGED',
      `${runs.length} runs match, expected ${body.expectCount}.`,
      'Look at the list again, then repeat the command.',
    );
  }
  const byStatus = countByStatus(context, runs);
  if (body.dryRun === true || runs.length === 0)
    return { matched: runs.length, byStatus, affected: 0, skippedCount: 0, skipped: [], operation: null };
  const command = commandOn(runs);
  const inverse = undo.inverseOf(command, (id) => context.engine.run(id));
  const { affected, skipped } = await obey(context, command);
  return {
    matched: runs.length,
    byStatus,
    affected: affected.length,
    skippedCount: skipped.length,
    skipped: skipped.slice(0, maxListedSkips),
    operation: undo.remember(inverse, affected),
  };
}

/** Throws when the engine refuses. */
async function obey({ engine }: ServerContext, command: RunCommand): Promise<Extract<CommandOutcome, { kind: 'done' }>> {
  const outcome = await engine.command(command);
  if (outcome.kind === 'refused') throw new JuqueueError(outcome.problem.code, outcome.problem.message, outcome.problem.hint);
  return outcome;
}

function countByStatus(context: ServerContext, runs: readonly RunId[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const id of runs) {
    const status = context.engine.run(id)?.status;
    if (status !== undefined) counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}
