import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { ok, sendRaw } from '@juqueue/http';
import type { TypedFastify } from '@juqueue/http';
import { principalOf } from '../access/access-gate.ts';
import type { Hub } from '../hub.ts';
import type { EventQuestion } from '../store/store-shapes.ts';
import { eventView } from './event-view.ts';
import { goneSignal } from './gone-signal.ts';
import { findJob, seesAll } from './job-routes.ts';
import {
  EventPageSchema,
  EventQuery,
  EventStreamQuery,
  HistorySchema,
  ReaderBody,
  ReaderParams,
  ReaderSchema,
} from './schemas/event-schemas.ts';
import { JobParams } from './schemas/job-schemas.ts';
import { Streams } from './streams.ts';

const streamPage = 500;
/** Proxies close connections on which nothing is said. */
const keepAliveMs = 20_000;
const HistoryQuery = Type.Object(
  { after: Type.Optional(Type.Integer({ minimum: 0 })), limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })) },
  { additionalProperties: false },
);

/**
 * What happened, for as many readers as there are: each says behind which event it goes on. A named reader may leave that with
 * the hub.
 */
export function addEventRoutes(app: TypedFastify, hub: Hub, streams: Streams): void {
  app.get('/events', {
    schema: {
      operationId: 'listEvents',
      tags: ['events'],
      summary: 'What happened to your jobs since; waits for news when asked to; 410 when some of it is not kept any more',
      querystring: EventQuery,
      response: ok(EventPageSchema),
    },
    handler: async (request, reply) => {
      const { limit = 200, waitMs = 0, reader } = request.query;
      const question = { ...(await questionOf(hub, request, request.query, reader ?? null)), limit };
      const untilMs = performance.now() + Math.min(waitMs, hub.times.longestWaitMs);
      const gone = goneSignal(reply);
      for (;;) {
        const news = hub.news.next(untilMs - performance.now(), gone);
        const { events, nextAfter } = await hub.store.read.call('events', question).catch((error: unknown) => {
          news.stop();
          throw error;
        });
        if (events.length > 0 || performance.now() >= untilMs || gone.aborted) {
          news.stop();
          return { events: events.map(eventView), nextAfter };
        }
        await news.promise;
      }
    },
  });

  app.get('/events/stream', {
    schema: {
      operationId: 'streamEvents',
      tags: ['events'],
      summary: 'The same as server-sent events; goes on behind Last-Event-ID',
      querystring: EventStreamQuery,
      produces: ['text/event-stream'],
    },
    handler: async (request, reply) => {
      const lastId = request.headers['last-event-id'];
      const question = { ...(await questionOf(hub, request, request.query, request.query.reader ?? null)), limit: streamPage };
      const afterSeq = typeof lastId === 'string' && /^\d{1,15}$/.test(lastId) ? Number(lastId) : question.afterSeq;
      // Whoever is too late hears it as a refusal, before anything streams.
      await hub.store.read.call('events', { ...question, afterSeq, limit: 1 });
      const gone = streams.open(goneSignal(reply));
      return sendRaw(
        reply.type('text/event-stream').header('x-accel-buffering', 'no'),
        Readable.from(eventLines(hub, { ...question, afterSeq }, gone)),
      );
    },
  });

  app.get('/jobs/:id/history', {
    schema: {
      operationId: 'getJobHistory',
      tags: ['jobs'],
      summary: 'Everything that happened to a job: when, by whom',
      params: JobParams,
      querystring: HistoryQuery,
      response: ok(HistorySchema),
    },
    handler: async (request) => {
      const job = await findJob(hub, principalOf(request), request.params.id);
      const { after = 0, limit = 1000 } = request.query;
      const { events, nextAfter } = await hub.store.read.call('eventsOfJob', { job: job.id, afterSeq: after, limit });
      return { events: events.map(eventView), nextAfter };
    },
  });

  app.get('/readers/:name', {
    schema: {
      operationId: 'getReader',
      tags: ['events'],
      summary: 'How far a reader of yours has come',
      params: ReaderParams,
      response: ok(ReaderSchema),
    },
    handler: async (request) =>
      (await hub.store.read.call('reader', { owner: principalOf(request).name, name: request.params.name })) ?? {
        name: request.params.name,
        afterSeq: 0,
        atMs: 0,
      },
  });

  app.put('/readers/:name', {
    config: { access: 'viewer' },
    schema: {
      operationId: 'putReader',
      tags: ['events'],
      summary: 'Note how far a reader of yours has come',
      params: ReaderParams,
      body: ReaderBody,
      response: ok(ReaderSchema),
    },
    handler: async (request) => {
      const reader = { name: request.params.name, afterSeq: request.body.after, atMs: hub.clock.nowMs() };
      await hub.store.write.call('putReader', { ...reader, owner: principalOf(request).name });
      return reader;
    },
  });
}

async function questionOf(
  hub: Hub,
  request: FastifyRequest,
  query: { readonly after?: number; readonly queue?: string },
  reader: string | null,
): Promise<Omit<EventQuestion, 'limit'>> {
  const user = principalOf(request);
  const known =
    reader === null || query.after !== undefined ? null : await hub.store.read.call('reader', { owner: user.name, name: reader });
  return { afterSeq: query.after ?? known?.afterSeq ?? 0, owner: seesAll(user) ? null : user.name, queue: query.queue ?? null };
}

/** Reads as fast as the client takes it: the generator goes on only when the socket has room. */
async function* eventLines(hub: Hub, question: EventQuestion, gone: AbortSignal): AsyncGenerator<string> {
  let { afterSeq } = question;
  yield ': events of this hub\n\n';
  while (!gone.aborted) {
    const news = hub.news.next(keepAliveMs, gone);
    const { events, nextAfter } = await hub.store.read.call('events', { ...question, afterSeq });
    if (events.length > 0)
      yield events.map((event) => `id: ${event.seq}\nevent: ${event.event.kind}\ndata: ${JSON.stringify(eventView(event))}\n\n`).join('');
    afterSeq = nextAfter;
    if (events.length === question.limit) news.stop();
    else await news.promise;
    if (events.length === 0 && !gone.aborted) yield `id: ${afterSeq}\n: still here\n\n`;
  }
}
