import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { JuqueueError } from '@juqueue/core';
import { answer, ok, Problem, sendRaw, words } from '@juqueue/http';
import type { TypedFastify } from '@juqueue/http';
import { principalOf } from '../access/access-gate.ts';
import { holds } from '../decide/agent-decide.ts';
import type { Hub } from '../hub.ts';
import { logStreams } from '../logs/job-logs.ts';
import type { LogName } from '../logs/job-logs.ts';
import { isFinal } from '../model/job.ts';
import type { JobState } from '../model/job.ts';
import { goneSignal } from './gone-signal.ts';
import { findJob } from './job-routes.ts';
import { AttemptParams } from './schemas/agent-schemas.ts';
import { JobParams } from './schemas/job-schemas.ts';
import type { Streams } from './streams.ts';

const closed = { additionalProperties: false } as const;
const mostPartBytes = 1_048_576;
const keepAliveMs = 20_000;
const attempt = Type.Optional(Type.Integer({ minimum: 1, description: 'The newest when left out.' }));
const LogQuery = Type.Object(
  {
    stream: Type.Optional(words(logStreams)),
    attempt,
    offset: Type.Optional(Type.Integer({ minimum: 0, description: 'First byte.' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: mostPartBytes, description: 'The most bytes; 64 KiB when left out.' })),
  },
  closed,
);
const WriteParams = Type.Object({ ...AttemptParams.properties, stream: words(logStreams) }, closed);
const WriteQuery = Type.Object({ offset: Type.Integer({ minimum: 0, description: 'Where the bytes begin.' }) }, closed);
const WrittenSchema = answer('LogWritten', { size: Type.Integer({ description: 'Bytes that the hub has; go on there.' }) });

/** Logs of jobs while they run and afterwards, by bytes. */
export function addLogRoutes(app: TypedFastify, hub: Hub, streams: Streams): void {
  app.get('/jobs/:id/logs', {
    schema: {
      operationId: 'readJobLog',
      tags: ['jobs'],
      summary: 'A part of a log; the header next-offset says where the next one begins, log-size how long the log is',
      params: JobParams,
      querystring: LogQuery,
      response: {
        200: { description: 'Bytes of the log', content: { 'text/plain': { schema: Type.String() } } },
        '4xx': Problem,
        '5xx': Problem,
      },
    },
    handler: async (request, reply) => {
      const job = await findJob(hub, principalOf(request), request.params.id);
      const { stream = 'stdout', offset = 0, limit = 65_536 } = request.query;
      const part = await hub.logs.read(logName(job, request.query.attempt, stream), offset, limit);
      reply.type('text/plain; charset=utf-8').headers({ 'next-offset': part.next, 'log-size': part.size });
      return sendRaw(reply, Buffer.from(part.bytes.buffer, part.bytes.byteOffset, part.bytes.byteLength));
    },
  });

  app.get('/jobs/:id/logs/stream', {
    schema: {
      operationId: 'streamJobLog',
      tags: ['jobs'],
      summary: 'A log as server-sent events, until the job has ended',
      params: JobParams,
      querystring: Type.Object({ stream: LogQuery.properties.stream, attempt, offset: LogQuery.properties.offset }, closed),
      produces: ['text/event-stream'],
    },
    handler: async (request, reply) => {
      const job = await findJob(hub, principalOf(request), request.params.id);
      const { stream = 'stdout', offset = 0 } = request.query;
      const lastId = request.headers['last-event-id'];
      const from = typeof lastId === 'string' && /^\d{1,15}$/.test(lastId) ? Number(lastId) : offset;
      const gone = streams.open(goneSignal(reply));
      return sendRaw(
        reply.type('text/event-stream').header('x-accel-buffering', 'no'),
        Readable.from(logLines(hub, job, request.query.attempt, stream, from, gone)),
      );
    },
  });
}

/** How agents send what runs write. */
export function addLogWriteRoutes(app: TypedFastify, hub: Hub): void {
  app.addContentTypeParser(
    'application/octet-stream',
    { parseAs: 'buffer', bodyLimit: mostPartBytes },
    async (_request: unknown, body: Buffer) => body,
  );
  app.put('/jobs/:id/attempts/:attempt/logs/:stream', {
    config: { access: 'agent' },
    schema: {
      operationId: 'writeJobLog',
      tags: ['agents'],
      summary: 'Bytes of a log at their place; application/octet-stream, at most 1 MiB',
      params: WriteParams,
      querystring: WriteQuery,
      response: ok(WrittenSchema),
    },
    handler: async (request) => {
      const { id, attempt: number, stream } = request.params;
      const agent = principalOf(request).name;
      const job = await hub.jobs.find(id);
      const isLast = job.attempt?.attempt === number && job.attempt.agent === agent;
      if (!holds(job, number, agent) && !isLast)
        throw new JuqueueError('JQ_ATTEMPT_OVER', `Attempt ${number} of job ${id} is not one of agent ${agent} now.`, 'Forget its logs.');
      if (!Buffer.isBuffer(request.body)) throw new JuqueueError('JQ_BAD_REQUEST', 'The body is not application/octet-stream.');
      return { size: await hub.logs.append({ job: id, attempt: number, stream }, request.query.offset, request.body) };
    },
  });
}

function logName(job: JobState, wanted: number | undefined, stream: LogName['stream']): LogName {
  return { job: job.id, attempt: wanted ?? Math.max(1, job.attempts), stream };
}

/** A new attempt begins a new log: its events say so, and its offsets start at 0. */
async function* logLines(
  hub: Hub,
  job: JobState,
  wanted: number | undefined,
  stream: LogName['stream'],
  from: number,
  gone: AbortSignal,
): AsyncGenerator<string> {
  let name = logName(job, wanted, stream);
  let offset = from;
  while (!gone.aborted) {
    const present = await hub.jobs.find(job.id).catch(() => null);
    const isOver = present === null || isFinal(present.status) || name.attempt < present.attempts;
    const change = hub.news.next(keepAliveMs, gone);
    const writing = hub.logs.newsOf(job.id).next(keepAliveMs, gone);
    const part = await hub.logs.read(name, offset, 65_536);
    if (part.bytes.length > 0) {
      offset = part.next;
      yield `id: ${offset}\nevent: log\ndata: ${JSON.stringify({ attempt: name.attempt, from: part.from, next: part.next, base64: Buffer.from(part.bytes).toString('base64') })}\n\n`;
    } else if (isOver && present !== null && wanted === undefined && name.attempt < present.attempts) {
      name = logName(present, wanted, stream);
      offset = 0;
    } else if (isOver) {
      yield `event: end\ndata: ${JSON.stringify({ status: present?.status ?? 'deleted' })}\n\n`;
      change.stop();
      writing.stop();
      return;
    } else {
      await Promise.race([change.promise, writing.promise]);
      if (!gone.aborted) yield ': still here\n\n';
    }
    change.stop();
    writing.stop();
  }
}
