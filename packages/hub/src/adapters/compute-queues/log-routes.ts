import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { JuqueueError } from '@juqueue/core';
import { goneSignal } from '../../http/gone-signal.ts';
import type { AdapterContext } from '../adapter.ts';
import { finishedReason, stateView } from './job-view.ts';
import { wholeLines } from './log-lines.ts';
import type { FoundJob } from './queues.ts';

const options = { config: { access: 'own' }, schema: { hide: true } } as const;
const sliceBytes = 65_536;
const lookEveryMs = 1_000;

interface LogParams {
  readonly queue?: string;
  readonly id: string;
}

/** Logs of a job from a cursor on, and as they come. The cursor counts bytes of standard output. */
export function addLogRoutes(app: FastifyInstance, { hub }: AdapterContext, find: (params: LogParams) => Promise<FoundJob>): void {
  const read = async (job: FoundJob['job'], since: number) => {
    const { bytes, next, size } = await hub.logs.read(
      { job: job.id, attempt: Math.max(1, job.attempts), stream: 'stdout' },
      since,
      sliceBytes,
    );
    const hasEnded = finishedReason(job) !== null;
    const { lines, taken } = wholeLines(bytes, bytes.length === sliceBytes || (hasEnded && next >= size));
    return { lines, next: since + taken, isEnd: hasEnded && since + taken >= size };
  };

  for (const prefix of ['/q/:queue/j/:id', '/j/:id']) {
    app.get<{ Params: LogParams; Querystring: { since?: string } }>(`${prefix}/run-logs.json`, options, async (request) => {
      const { job } = await find(request.params);
      const since = cursorOf(request.query.since);
      const { lines, next, isEnd } = await read(job, since);
      return { data: lines, sliceStart: since, nextCursor: next, isFinal: isEnd };
    });
    app.get<{ Params: LogParams }>(`${prefix}/build-logs.json`, options, async (request) => {
      await find(request.params);
      return { data: [], sliceStart: 0, nextCursor: 0, isFinal: true };
    });
    app.get<{ Params: LogParams; Querystring: { since?: string } }>(`${prefix}/stream`, options, async (request, reply) => {
      const { id } = await find(request.params);
      const since = cursorOf(request.headers['last-event-id']?.toString() ?? request.query.since);
      const gone = goneSignal(reply);
      const events = follow(request.params, since, () => gone.aborted);
      return reply
        .headers({ 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-job-id': id })
        .send(Readable.from(events));
    });
  }

  async function* follow(params: LogParams, since: number, isGone: () => boolean): AsyncGenerator<string> {
    let cursor = since;
    let told = '';
    while (!isGone()) {
      const { job, queued } = await find(params);
      const state = stateView(job, queued);
      if (String(state['state']) !== told) {
        told = String(state['state']);
        yield event('state', cursor, state);
      }
      const { lines, next, isEnd } = await read(job, cursor);
      const hasMore = next > cursor;
      cursor = next;
      if (lines.length > 0) yield event('run-log', cursor, lines);
      if (isEnd) {
        yield event('final', cursor, state);
        return;
      }
      if (!hasMore) {
        await new Promise<void>((resolve) => void hub.clock.after(lookEveryMs, resolve));
        yield ': \n\n';
      }
    }
  }
}

function event(name: string, cursor: number, data: unknown): string {
  return `id: ${cursor}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

function cursorOf(text: string | undefined): number {
  if (text === undefined || text === '') return 0;
  if (!/^\d{1,15}$/.test(text)) throw new JuqueueError('JQ_BAD_REQUEST', `since is '${text}', expected a cursor that this hub gave.`);
  return Number(text);
}
