import { Readable } from 'node:stream';
import { JuqueueError } from '@juqueue/core';
import type { HistoryEvent, RunId } from '@juqueue/core';
import { ok, sendRaw } from '@juqueue/http';
import type { Answer, TypedFastify } from '@juqueue/http';
import type { ServerContext } from '../app/server-context.ts';
import { summariseEvent } from '../live/event-summary.ts';
import { EventPageSchema, EventQuery } from './schemas/event-schemas.ts';

type EventRow = Answer<typeof EventPageSchema>['events'][number];

const ndjson = 'application/x-ndjson';
const maxFollowers = 32;
const streamPage = 1000;

/** History. JSON answers one page; with `Accept: application/x-ndjson` all events follow, one line each. */
export function addEventRoutes(app: TypedFastify, context: ServerContext): void {
  let followers = 0;

  app.get('/events', {
    schema: {
      operationId: 'listEvents',
      tags: ['events'],
      summary: 'What happened, from a sequence number on; a page of JSON, or all of it as NDJSON',
      querystring: EventQuery,
      response: ok(EventPageSchema),
    },
    handler: async (request, reply) => {
      const { since = 0, limit = 200, run = null, follow = false } = request.query;
      if (!(request.headers.accept ?? '').includes(ndjson)) return page(context, since, limit, run);
      if (followers >= maxFollowers)
        throw new JuqueueError(
          'JQ_BUSY',
          `${maxFollowers} clients read events as a stream already.`,
          'Close one of them, or read pages of JSON.',
        );
      followers += 1;
      const end = new AbortController();
      reply.raw.once('close', () => {
        followers -= 1;
        end.abort();
      });
      return sendRaw(reply.type(ndjson), Readable.from(lines(context, { since, run, follow }, end.signal)));
    },
  });
}

async function page(context: ServerContext, since: number, limit: number, run: RunId | null): Promise<Answer<typeof EventPageSchema>> {
  const stored = await context.index.events({ afterSeq: since, limit, run });
  return { events: stored.map(eventRow), nextSince: stored.at(-1)?.seq ?? since };
}

/** Reads as fast as the client takes it: the generator is only resumed when the socket has room. */
async function* lines(
  context: ServerContext,
  question: { readonly since: number; readonly run: RunId | null; readonly follow: boolean },
  end: AbortSignal,
): AsyncGenerator<string> {
  let since = question.since;
  while (!end.aborted) {
    const news = question.follow ? nextEvents(context, end) : null;
    const stored = await context.index.events({ afterSeq: since, limit: streamPage, run: question.run });
    if (stored.length > 0) {
      since = stored.at(-1)?.seq ?? since;
      yield stored.map((event) => `${JSON.stringify(eventRow(event))}\n`).join('');
    }
    if (stored.length === streamPage) continue;
    if (news === null) return;
    await news;
  }
}

/** Resolves when something has happened since the call, or the client has gone. */
function nextEvents(context: ServerContext, end: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stopListening = context.engine.onEvents(() => settle());
  const settle = (): void => {
    stopListening();
    end.removeEventListener('abort', settle);
    resolve();
  };
  end.addEventListener('abort', settle);
  return promise;
}

function eventRow(stored: HistoryEvent): EventRow {
  return { seq: stored.seq, atMs: stored.atMs, kind: stored.event.kind, ...summariseEvent(stored.event, stored.cut) };
}
