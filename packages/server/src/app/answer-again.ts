import { hash } from 'node:crypto';
import { JuqueueError } from '@juqueue/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly payload: string;
}

interface Remembered {
  readonly bodyHash: string;
  readonly answer: Promise<Answer | null>;
  readonly settle: (answer: Answer | null) => void;
}

/** A client repeats within minutes; more keys than these are of clients that never repeat. */
const mostKeys = 1_000;
const longestKey = 200;

/**
 * A POST with an `Idempotency-Key` is done once: the same key with the same body is answered as the first time, also while
 * that is still being done, so that a client whose connection broke may simply repeat it. Keys are forgotten at a restart.
 * A first try that failed on our side is no answer: the next one is done.
 */
export function addIdempotency(app: FastifyInstance): void {
  const known = new Map<string, Remembered>();
  const pending = new WeakMap<FastifyRequest, { readonly name: string; readonly remembered: Remembered }>();

  app.addHook('preHandler', async (request, reply) => {
    const key = request.headers['idempotency-key'];
    if (request.method !== 'POST' || key === undefined) return;
    if (typeof key !== 'string' || key.length > longestKey)
      throw new JuqueueError('JQ_BAD_REQUEST', `The Idempotency-Key has ${String(key).length} characters, expected at most ${longestKey}.`);
    const name = `${request.url} ${key}`;
    const bodyHash = hash('sha256', JSON.stringify(request.body ?? null));
    const before = known.get(name);
    if (before === undefined) return remember(request, name, bodyHash);
    if (before.bodyHash !== bodyHash)
      throw new JuqueueError(
        'JQ_KEY_REUSED',
        `The Idempotency-Key '${key}' came with another body before.`,
        'Use a new key for a new request.',
      );
    const answer = await before.answer;
    if (answer === null) return remember(request, name, bodyHash);
    return sendAgain(reply, answer);
  });

  const remember = (request: FastifyRequest, name: string, bodyHash: string): void => {
    const { promise, resolve } = Promise.withResolvers<Answer | null>();
    const remembered: Remembered = { bodyHash, answer: promise, settle: resolve };
    known.set(name, remembered);
    pending.set(request, { name, remembered });
    for (const oldest of known.keys()) {
      if (known.size <= mostKeys) break;
      known.delete(oldest);
    }
  };

  app.addHook('onSend', async (request, reply, payload) => {
    const first = pending.get(request);
    if (first === undefined) return payload;
    const isAnswer = reply.statusCode < 500 && typeof payload === 'string';
    if (!isAnswer) known.delete(first.name);
    first.remembered.settle(isAnswer ? { status: reply.statusCode, type: String(reply.getHeader('content-type') ?? ''), payload } : null);
    return payload;
  });
}

function sendAgain(reply: FastifyReply, { status, type, payload }: Answer): FastifyReply {
  return reply
    .code(status)
    .header('content-type', type)
    .header('idempotency-replayed', 'true')
    .serializer((text: string) => text)
    .send(payload);
}

/**
 * Answers of GET carry a tag of their content; a client that says which one it has (`If-None-Match`) is told in a line that it
 * is still the same. Streams are not tagged.
 */
export function addEntityTags(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (request.method !== 'GET' || reply.statusCode !== 200 || typeof payload !== 'string') return payload;
    const tag = `"${hash('sha1', payload, 'base64url')}"`;
    reply.header('etag', tag);
    const have = request.headers['if-none-match']?.split(',').map((each) => each.trim().replace(/^W\//, ''));
    if (have === undefined || !have.includes(tag)) return payload;
    reply.code(304).removeHeader('content-type').removeHeader('content-length');
    return null;
  });
}
