import { JuqueueError } from '@juqueue/core';
import { Type } from 'typebox';
import { answer, attachment, ok, Problem, sendRaw } from '@juqueue/http';
import type { Answer, TypedFastify } from '@juqueue/http';
import type { ServerContext } from '../app/server-context.ts';
import { findRun } from './run-routes.ts';
import { RunIdParams } from './schemas/run-schemas.ts';

const ScriptSchema = answer('RunScript', {
  run: Type.String(),
  attempt: Type.Integer({ minimum: 1 }),
  script: Type.String({
    description:
      'A bash script that does the same by hand: directory, variables that were added, lines before the command, command. Secrets are read from their files.',
  }),
});

export function addScriptRoutes(app: TypedFastify, context: ServerContext): void {
  const Query = Type.Object(
    { attempt: Type.Optional(Type.Integer({ minimum: 1, description: 'Its number; the newest when not given.' })) },
    { additionalProperties: false },
  );
  app.get('/runs/:id/script', {
    schema: {
      operationId: 'getScript',
      tags: ['runs'],
      summary: 'What an attempt of a run executed, as a script to do the same by hand',
      params: RunIdParams,
      querystring: Query,
      response: ok(ScriptSchema),
    },
    handler: async ({ params, query: { attempt } }): Promise<Answer<typeof ScriptSchema>> => scriptOf(context, params.id, attempt ?? null),
  });

  app.get('/runs/:id/script.sh', {
    schema: {
      operationId: 'downloadScript',
      tags: ['runs'],
      summary: 'The same script as a file to be saved',
      params: RunIdParams,
      querystring: Query,
      response: {
        200: { description: 'The script', content: { 'text/x-shellscript': { schema: Type.String() } } },
        '4xx': Problem,
        '5xx': Problem,
      },
    },
    handler: async ({ params, query: { attempt } }, reply) => {
      const found = await scriptOf(context, params.id, attempt ?? null);
      reply.type('text/x-shellscript; charset=utf-8').header('content-disposition', attachment(`${found.run}-${found.attempt}.sh`));
      return sendRaw(reply, Buffer.from(found.script));
    },
  });
}

/** Throws JQ_RUN_NOT_FOUND, and JQ_NOT_FOUND when it is not on record. */
async function scriptOf(context: ServerContext, id: string, attempt: number | null): Promise<Answer<typeof ScriptSchema>> {
  const run = findRun(context, id);
  const found = await context.logs.script({ experiment: run.experiment, run: run.name }, attempt);
  if (found !== null) return { run: run.id, ...found };
  if (run.attempt === 0)
    throw new JuqueueError('JQ_NOT_FOUND', `${run.id} has not executed anything yet.`, 'Its definition is shown by `juqueue show`.');
  throw new JuqueueError(
    'JQ_NOT_FOUND',
    `What ${attempt === null ? run.id : `attempt ${attempt} of ${run.id}`} executed is not on record; its newest attempt is ${run.attempt}.`,
    'An attempt is on record once it has executed for a second.',
  );
}
