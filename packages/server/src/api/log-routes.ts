import { Type } from 'typebox';
import type { ServerContext } from '../app/server-context.ts';
import { sendRaw } from '../app/send-raw.ts';
import type { TypedFastify } from '../app/typed-fastify.ts';
import { maxWindowBytes } from '../logs/log-window.ts';
import { Problem, words } from './schemas/primitives.ts';
import { RunIdParams } from './schemas/run-schemas.ts';
import { findRun } from './run-routes.ts';

const LogQuery = Type.Object(
  {
    from: Type.Optional(Type.Integer({ minimum: 0, description: 'First byte; 0 when not given.' })),
    bytes: Type.Optional(Type.Integer({ minimum: 1, maximum: maxWindowBytes, default: 65_536, description: 'The most bytes to answer.' })),
    tail: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000, description: 'Instead of `from`: this many lines from the end, within the last MiB.' })),
  },
  { additionalProperties: false },
);

/**
 * Answers the bytes as they are; `juqueue-log-from` and `juqueue-log-size` say which part of how much it is. Following a
 * log is asking again from `from` plus the length of the answer. A smaller size than before means that it was shortened.
 */
export function addLogRoutes(app: TypedFastify, context: ServerContext): void {
  app.get('/runs/:id/logs/:stream', {
    schema: {
      operationId: 'readLog',
      tags: ['runs'],
      summary: 'A part of a log of a run; empty when the run has written nothing',
      params: Type.Object({ ...RunIdParams.properties, stream: words(['stdout', 'stderr']) }),
      querystring: LogQuery,
      response: { 200: { description: 'Bytes of the log', content: { 'text/plain': { schema: Type.String() } } }, '4xx': Problem, '5xx': Problem },
    },
    handler: async ({ params, query }, reply) => {
      const run = findRun(context, params.id);
      const part = query.tail === undefined ? { kind: 'from' as const, from: query.from ?? 0, bytes: query.bytes ?? 65_536 } : { kind: 'tail' as const, lines: query.tail };
      const window = await context.logs.read(run.experiment, run.name, params.stream, part);
      reply.type('text/plain; charset=utf-8').headers({ 'juqueue-log-from': window.from, 'juqueue-log-size': window.size });
      return sendRaw(reply, Buffer.from(window.bytes.buffer, window.bytes.byteOffset, window.bytes.byteLength));
    },
  });
}
