import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { JuqueueError } from '@juqueue/core';
import type { OpenFile } from '../../artifacts/artifacts.ts';
import { sendFile } from '../../artifacts/send-file.ts';
import type { Reach } from '../../artifacts/model.ts';
import type { AdapterContext } from '../adapter.ts';
import { bytesOf, objectOf, reachOfUser } from '../requests.ts';
import { producerUser } from './producer-routes.ts';

/** The one file of the artifact that stands for an object. */
const file = 'object';
const type = 'hpc-queue.grab';
const options = { config: { access: 'own' }, schema: { hide: true } } as const;

/**
 * Files that a laptop grabs from a cluster: objects by key, sent and fetched with the key of the producer, or by addresses that
 * hold for a while and for one object of one user. An object is an artifact of that user.
 */
export function addGrabRoutes(app: FastifyInstance, context: AdapterContext): void {
  // Addresses of an earlier start are refused: they hold for an hour at most.
  const secret = randomBytes(32);
  const signature = (method: string, owner: string, key: string, untilSeconds: number): string =>
    createHmac('sha256', secret)
      .update([method, owner, key, String(untilSeconds)].join('\n'))
      .digest('hex');

  app.post('/grab/presign', options, async (request, reply) => {
    const user = producerUser(context, request);
    const body = objectOf(request.body);
    if (body === null) return reply.code(400).send({ error: 'invalid_json' });
    const key = String(body['object_key'] ?? '').trim();
    if (key === '') return reply.code(400).send({ error: 'object_key_required' });
    if (!isObjectKey(key)) return reply.code(400).send({ error: 'invalid_object_key' });
    const expiresSeconds = Math.max(60, Math.min(3_600, Number(body['expires_seconds'] ?? 1_800) || 1_800));
    const untilSeconds = Math.floor(context.hub.clock.nowMs() / 1_000) + expiresSeconds;
    const address = (method: string): string => {
      const query = new URLSearchParams({
        owner: user.name,
        until: String(untilSeconds),
        signature: signature(method, user.name, key, untilSeconds),
      });
      return `${request.protocol}://${request.host}/grab/objects/${key.split('/').map(encodeURIComponent).join('/')}?${query.toString()}`;
    };
    return {
      object_key: key,
      expires_seconds: expiresSeconds,
      urls: { put: address('PUT'), get: address('GET'), delete: address('DELETE') },
    };
  });

  app.post('/grab/upload', options, async (request, reply) => {
    const reach = reachOfUser(producerUser(context, request));
    const key = objectKeyOf(request);
    if (key === null) return reply.code(400).send({ error: 'invalid_object_key' });
    await store(request, key, reach);
    return { ok: true, object_key: key };
  });
  app.get('/grab/download', options, async (request, reply) => {
    const reach = reachOfUser(producerUser(context, request));
    const key = objectKeyOf(request);
    return key === null ? reply.code(400).send({ error: 'invalid_object_key' }) : send(request, reply, key, reach);
  });
  app.post('/grab/delete', options, async (request, reply) => {
    const reach = reachOfUser(producerUser(context, request));
    const key = objectKeyOf(request);
    if (key === null) return reply.code(400).send({ error: 'invalid_object_key' });
    await removeAll(key, reach);
    return { ok: true, object_key: key };
  });

  app.put('/grab/objects/*', options, async (request) => {
    const { key, reach } = signed(request, 'PUT');
    await store(request, key, reach);
    return { ok: true, object_key: key };
  });
  app.get('/grab/objects/*', { ...options, exposeHeadRoute: false }, async (request, reply) => {
    const { key, reach } = signed(request, 'GET');
    return send(request, reply, key, reach);
  });
  app.delete('/grab/objects/*', options, async (request, reply) => {
    const { key, reach } = signed(request, 'DELETE');
    await removeAll(key, reach);
    return reply.code(204).send();
  });

  function signed(request: FastifyRequest, method: string): { readonly key: string; readonly reach: Reach } {
    const key = (request.params as { readonly '*': string })['*'];
    const { owner = '', until = '', signature: given = '' } = request.query as Readonly<Record<string, string | undefined>>;
    const expected = Buffer.from(signature(method, owner, key, Number(until)));
    const isRight = given.length === expected.length && timingSafeEqual(Buffer.from(given), expected);
    if (!isRight || Number(until) * 1_000 < context.hub.clock.nowMs())
      context.access.refuseUnknown(request.ip, 'The address has expired, or is none that this hub gave.');
    return { key, reach: { owner, seesAll: false, job: null } };
  }

  async function store(request: FastifyRequest, key: string, reach: Reach): Promise<void> {
    const { artifacts } = context;
    const { id } = await artifacts.create({ name: key, type, residence: { kind: 'hub' }, metadata: {} }, reach);
    await artifacts.putFile(
      id,
      file,
      bytesOf(request),
      { contentType: request.headers['content-type'] ?? 'application/octet-stream', expectedSha256: null },
      reach,
    );
    await artifacts.commit(id, { sha256: null, sizeBytes: null }, reach);
  }

  /** The newest of the name. */
  async function find(key: string, reach: Reach): Promise<OpenFile> {
    const [artifact] = await context.artifacts.list({ name: key, type, job: null, beforeId: null, limit: 1 }, { ...reach, seesAll: false });
    if (artifact === undefined) throw new JuqueueError('JQ_ARTIFACT_NOT_FOUND', `There is no object ${key}.`);
    return context.artifacts.file(artifact.id, file, reach);
  }

  async function send(request: FastifyRequest, reply: FastifyReply, key: string, reach: Reach): Promise<FastifyReply> {
    const open = await find(key, reach);
    return sendFile(request, reply, open, (range) => context.artifacts.read(open, range));
  }

  async function removeAll(key: string, reach: Reach): Promise<void> {
    for (;;) {
      const page = await context.artifacts.list({ name: key, type, job: null, beforeId: null, limit: 100 }, { ...reach, seesAll: false });
      if (page.length === 0) return;
      for (const { id } of page) await context.artifacts.remove(id, reach);
    }
  }
}

function objectKeyOf({ query }: FastifyRequest): string | null {
  const key = (query as Readonly<Record<string, unknown>>)['object_key'];
  return typeof key === 'string' && isObjectKey(key) ? key : null;
}

/** Relative, without `..` and control characters. */
function isObjectKey(key: string): boolean {
  return (
    key.length <= 1_000 &&
    /^[^/\u0000-\u001f\u007f\\][^\u0000-\u001f\u007f\\]*$/.test(key) &&
    key.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  );
}
