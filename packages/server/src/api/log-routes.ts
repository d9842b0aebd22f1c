import { Type } from 'typebox';
import { answer, nullableInteger, ok, Problem, sendRaw, words } from '@juqueue/http';
import type { Answer, Sent, TypedFastify } from '@juqueue/http';
import type { ServerContext } from '../app/server-context.ts';
import { maxWindowBytes } from '../logs/log-window.ts';
import type { LogPart } from '../logs/log-window.ts';
import { RunIdParams } from './schemas/run-schemas.ts';
import { findRun } from './run-routes.ts';

const LogQuery = Type.Object(
  {
    from: Type.Optional(Type.Integer({ minimum: 0, description: 'First byte; 0 when not given.' })),
    bytes: Type.Optional(Type.Integer({ minimum: 1, maximum: maxWindowBytes, default: 65_536, description: 'The most bytes to answer.' })),
    fromEnd: Type.Optional(Type.Boolean({ description: 'Instead of `from`: the last `bytes` of the log.' })),
    tail: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 100_000, description: 'Instead of `from`: this many lines from the end, within the last MiB.' }),
    ),
    raw: Type.Optional(
      Type.Boolean({ description: 'Every byte, also the overwritten pictures of progress bars, which are left out otherwise.' }),
    ),
  },
  { additionalProperties: false },
);

const SearchQuery = Type.Object(
  {
    text: Type.String({ minLength: 1, maxLength: 500, description: 'What the lines hold.' }),
    ignoreCase: Type.Optional(Type.Boolean({ description: 'Whether upper and lower case letters of ASCII are the same.' })),
    from: Type.Optional(Type.Integer({ minimum: 0, description: 'First byte to look at; `nextFrom` of the answer before.' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'The most lines to answer.' })),
  },
  { additionalProperties: false },
);

const LogMatchesSchema = answer('LogMatches', {
  size: Type.Integer({ minimum: 0, description: 'Bytes of the log at that moment.' }),
  matches: Type.Array(
    answer('LogMatch', {
      offset: Type.Integer({ minimum: 0, description: 'Byte at which the line begins.' }),
      line: Type.String({ description: 'With its ANSI sequences, cut after 2 000 bytes.' }),
    }),
  ),
  nextFrom: nullableInteger('Where to go on when the limit, or two seconds, were over before the end; null at the end.'),
});

const LogParams = Type.Object({ ...RunIdParams.properties, stream: words(['stdout', 'stderr']) });

/**
 * Answers text with its ANSI sequences; `juqueue-log-from`, `juqueue-log-next` and `juqueue-log-size` say which bytes of how
 * many it is. Following a log is asking again from `next`. A smaller size than before means that it was shortened.
 */
export function addLogRoutes(app: TypedFastify, context: ServerContext): void {
  app.get('/runs/:id/logs/:stream', {
    schema: {
      operationId: 'readLog',
      tags: ['runs'],
      summary: 'A part of a log of a run; empty when the run has written nothing',
      params: LogParams,
      querystring: LogQuery,
      response: {
        200: { description: 'Bytes of the log', content: { 'text/plain': { schema: Type.String() } } },
        '4xx': Problem,
        '5xx': Problem,
      },
    },
    handler: async ({ params, query }, reply) => {
      const run = findRun(context, params.id);
      const window = await context.logs.read(
        { experiment: run.experiment, run: run.name, stream: params.stream },
        partOf(query),
        query.raw ?? false,
      );
      reply
        .type('text/plain; charset=utf-8')
        .headers({ 'juqueue-log-from': window.from, 'juqueue-log-next': window.next, 'juqueue-log-size': window.size });
      return sendRaw(reply, Buffer.from(window.bytes.buffer, window.bytes.byteOffset, window.bytes.byteLength));
    },
  });

  app.get('/runs/:id/logs/:stream/search', {
    schema: {
      operationId: 'searchLog',
      tags: ['runs'],
      summary: 'Lines of the whole log that hold a text',
      params: LogParams,
      querystring: SearchQuery,
      response: ok(LogMatchesSchema),
    },
    handler: async ({ params, query }): Promise<Sent<typeof LogMatchesSchema>> => {
      const run = findRun(context, params.id);
      const { text, ignoreCase = false, from = 0, limit = 100 } = query;
      return context.logs.search(
        { experiment: run.experiment, run: run.name, stream: params.stream },
        { text, ignoresCase: ignoreCase, from, limit },
      );
    },
  });
}

function partOf({ from = 0, bytes = 65_536, fromEnd, tail }: Answer<typeof LogQuery>): LogPart {
  if (tail !== undefined) return { kind: 'tail', lines: tail };
  return fromEnd === true ? { kind: 'end', bytes } : { kind: 'from', from, bytes };
}
