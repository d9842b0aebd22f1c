import { Type } from 'typebox';
import { answer, Problem } from '@juqueue/http';
import type { TypedFastify } from '@juqueue/http';
import type { ServerContext } from '../app/server-context.ts';

const StopBody = Type.Object(
  { release: Type.Boolean({ description: 'Stop every run and give back every node, busy ones too.' }) },
  { title: 'StopServer', additionalProperties: false, examples: [{ release: false }] },
);
const StopAnswer = answer('StopAccepted', { isStopping: Type.Boolean() });

export function addServerRoutes(app: TypedFastify, context: ServerContext): void {
  app.post('/server::stop', {
    schema: {
      operationId: 'stopServer',
      tags: ['server'],
      summary: 'Begin the stop of the manager; it answers at once and ends when what it stops has stopped',
      body: StopBody,
      response: { 202: StopAnswer, '4xx': Problem, '5xx': Problem },
    },
    handler: async ({ body }, reply) => {
      context
        .requestStop(body.release ? 'release' : 'leave')
        .catch((error: unknown) => context.log.warn(`The stop failed: ${String(error)}`));
      return reply.code(202).send({ isStopping: true });
    },
  });
}
