import { JuqueueError } from '@juqueue/core';
import { ok } from '@juqueue/http';
import type { Answer, TypedFastify } from '@juqueue/http';
import type { ServerContext } from '../app/server-context.ts';
import { CleanAnswer, CleanBody } from './schemas/run-schemas.ts';
import { namesEverything, readSelector } from './selector-input.ts';

const maxListedSkips = 100;

export function addCleanRoutes(app: TypedFastify, { index, cleaner }: ServerContext): void {
  app.post('/runs::clean', {
    schema: {
      operationId: 'cleanRuns',
      tags: ['runs'],
      summary: 'Delete the folders of runs that have ended: outputs, logs, history of attempts; the runs stay',
      body: CleanBody,
      response: ok(CleanAnswer),
    },
    handler: async ({ body }): Promise<Answer<typeof CleanAnswer>> => {
      const selector = readSelector(body.selector);
      if (namesEverything(selector))
        throw new JuqueueError(
          'JQ_BAD_SELECTOR',
          'The selector is empty and so names every run.',
          'Say {"q": "*@*"} when every run is meant.',
        );
      const runs = await index.selectRuns(selector);
      if (body.expectCount !== undefined && body.expectCount !== runs.length)
        throw new JuqueueError(
          'JQ_COUNT_CHANGED',
          `${runs.length} runs match, expected ${body.expectCount}.`,
          'Look at the list again, then repeat the command.',
        );
      const { cleaned, skipped } = await cleaner.clean({ runs, olderThanMs: body.olderThanMs ?? 0, isDryRun: body.dryRun ?? false });
      return { matched: runs.length, cleaned, skippedCount: skipped.length, skipped: skipped.slice(0, maxListedSkips) };
    },
  });
}
