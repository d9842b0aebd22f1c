import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { silentLog } from '@juqueue/core';
import { addProblemResponses, createValidatorCompiler } from '@juqueue/http';
import type { TypeBoxProvider } from '@juqueue/http';
import { FakeClock } from '@juqueue/testkit';
import { expect, test } from 'vitest';
import { addAccessGate, principalOf } from './access-gate.ts';
import { addAccessRoutes } from './access-routes.ts';
import { openAccess } from './access.ts';
import { sha256Hex, signedHeaders } from './signature.ts';

type Ask = (
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  url: string,
  key: string,
  body?: object,
) => Promise<{ readonly status: number; readonly body: Record<string, never> }>;

async function withHub(work: (ask: Ask, managerKey: string, app: FastifyInstance, clock: FakeClock) => Promise<void>): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'juqueue-access-'));
  const clock = new FakeClock();
  const opened = await openAccess(dataDir, clock);
  const app = Fastify();
  app.setValidatorCompiler(createValidatorCompiler());
  addAccessGate(app, opened.access);
  addProblemResponses(app, silentLog, 'Details are in the log.');
  await app.register(async (v1) => addAccessRoutes(v1.withTypeProvider<TypeBoxProvider>(), opened.access, clock), { prefix: '/api/v1' });
  app.post('/agent/v1/echo', { config: { access: 'agent' } }, async (request) => ({
    agent: principalOf(request).name,
    body: request.body,
  }));
  app.get('/agent/v1/echo', { config: { access: 'agent' } }, async (request) => ({ agent: principalOf(request).name }));
  app.get('/open', { config: { access: 'public' } }, async () => ({}));
  const ask: Ask = async (method, url, key, body) => {
    const answer = await app.inject({ method, url, headers: { authorization: `Bearer ${key}` }, ...(body === undefined ? {} : { body }) });
    return { status: answer.statusCode, body: JSON.parse(answer.body || 'null') as Record<string, never> };
  };
  try {
    await work(ask, (await readFile(join(dataDir, 'manager.key'), 'utf8')).trim(), app, clock);
  } finally {
    await app.close();
    await opened[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true, force: true });
  }
}

test('a manager lets people in with roles; each role may what it may', () =>
  withHub(async (ask, manager, app) => {
    expect(await ask('POST', '/api/v1/users', manager, { name: 'ada', role: 'viewer' })).toMatchObject({
      status: 201,
      body: { name: 'ada', role: 'viewer', isDisabled: false },
    });
    expect(await ask('POST', '/api/v1/users', manager, { name: 'ada', role: 'viewer' })).toMatchObject({
      status: 409,
      body: { code: 'JQ_EXISTS' },
    });
    expect(await ask('POST', '/api/v1/users', manager, { name: '../x', role: 'viewer' })).toMatchObject({ status: 400 });
    const issued = await ask('POST', '/api/v1/keys', manager, { user: 'ada', label: 'laptop' });
    expect(issued).toMatchObject({ status: 201, body: { user: 'ada', status: 'active' } });
    const ada = String(issued.body['key']);
    expect(await ask('GET', '/api/v1/whoami', ada)).toMatchObject({ status: 200, body: { name: 'ada', role: 'viewer' } });
    expect(await ask('GET', '/api/v1/users', ada)).toMatchObject({
      status: 403,
      body: { code: 'JQ_FORBIDDEN', detail: 'This needs the role manager, ada is a viewer.' },
    });
    expect(await ask('GET', '/api/v1/keys?user=manager', ada)).toMatchObject({ status: 403 });
    expect(await ask('POST', '/api/v1/keys', ada, { user: 'manager' })).toMatchObject({ status: 403 });
    const keys = await ask('GET', '/api/v1/keys', ada);
    expect(keys.body).toEqual({ keys: [expect.objectContaining({ label: 'laptop', lastUsedAtMs: expect.any(Number) })] });
    expect(JSON.stringify(keys.body)).not.toContain(sha256Hex(ada));
    expect(await ask('DELETE', `/api/v1/keys/${String(issued.body['id'])}`, ada)).toMatchObject({
      status: 200,
      body: { status: 'revoked' },
    });
    expect(await ask('GET', '/api/v1/whoami', ada)).toMatchObject({ status: 401, body: { code: 'JQ_UNAUTHORIZED' } });
    expect((await app.inject('/api/v1/whoami')).statusCode).toBe(401);
    expect((await app.inject('/open')).statusCode).toBe(200);
  }));

test('an agent is known by its signature over method, path, query and body, once', () =>
  withHub(async (ask, manager, app, clock) => {
    const issued = await ask('POST', '/api/v1/agents/juwels/credentials', manager, {});
    expect(issued).toMatchObject({ status: 201, body: { agent: 'juwels', status: 'active' } });
    const secret = String(issued.body['secret']);
    const payload = JSON.stringify({ max: 3 });
    const send = (url: string, headers: Readonly<Record<string, string>>, body: string | undefined = payload) =>
      app.inject({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body }),
      });
    const headers = signedHeaders(
      'juwels',
      secret,
      { method: 'POST', path: '/agent/v1/echo?x=1', bodySha256: sha256Hex(payload) },
      clock.nowMs(),
    );
    expect((await send('/agent/v1/echo?x=2', headers)).statusCode).toBe(401);
    const passed = await send('/agent/v1/echo?x=1', headers);
    expect([passed.statusCode, passed.json()]).toEqual([200, { agent: 'juwels', body: { max: 3 } }]);
    expect((await send('/agent/v1/echo?x=1', headers)).json()).toMatchObject({
      code: 'JQ_UNAUTHORIZED',
      detail: 'The nonce was used before: this request is a repetition.',
    });
    const other = signedHeaders(
      'juwels',
      secret,
      { method: 'POST', path: '/agent/v1/echo', bodySha256: sha256Hex(payload) },
      clock.nowMs(),
    );
    expect((await send('/agent/v1/echo', other, JSON.stringify({ max: 9 }))).json()).toMatchObject({ code: 'JQ_HASH_MISMATCH' });
    const empty = signedHeaders(
      'juwels',
      secret,
      { method: 'GET', path: '/agent/v1/echo', bodySha256: sha256Hex('something') },
      clock.nowMs(),
    );
    expect((await app.inject({ url: '/agent/v1/echo', headers: empty })).json()).toMatchObject({ code: 'JQ_HASH_MISMATCH' });
    expect((await ask('GET', '/agent/v1/echo', manager)).status).toBe(401);
    expect(
      (
        await app.inject({
          url: '/api/v1/whoami',
          headers: signedHeaders('juwels', secret, { method: 'GET', path: '/api/v1/whoami', bodySha256: sha256Hex('') }, clock.nowMs()),
        })
      ).statusCode,
    ).toBe(401);
  }));

test('credentials are rotated, listed without their secrets, revoked; all of it is in the audit trail', () =>
  withHub(async (ask, manager) => {
    await ask('POST', '/api/v1/agents/juwels/credentials', manager, { label: 'first' });
    expect(await ask('POST', '/api/v1/agents/juwels/credentials', manager, {})).toMatchObject({ status: 409 });
    const rotated = await ask('POST', '/api/v1/agents/juwels/credentials/rotate', manager, { overlapMs: 60_000 });
    expect(rotated.status).toBe(201);
    const list = await ask('GET', '/api/v1/agents/juwels/credentials', manager);
    expect(list.body).toEqual({
      credentials: [
        expect.objectContaining({ label: 'first', expiresAtMs: expect.any(Number) }),
        expect.objectContaining({ expiresAtMs: null }),
      ],
    });
    expect(JSON.stringify(list.body)).not.toMatch(/secret/i);
    expect(await ask('POST', `/api/v1/agents/juwels/credentials/${String(rotated.body['id'])}/revoke`, manager)).toMatchObject({
      status: 200,
      body: { status: 'revoked' },
    });
    expect(await ask('POST', '/api/v1/agents/juwels/credentials/none/revoke', manager)).toMatchObject({ status: 404 });
    const audit = await ask('GET', '/api/v1/audit?limit=3', manager);
    expect((audit.body['entries'] as unknown as { action: string; actor: string }[]).map(({ action, actor }) => [action, actor])).toEqual([
      ['credential-revoked', 'user:manager'],
      ['credential-rotated', 'user:manager'],
      ['credential-issued', 'user:manager'],
    ]);
    expect(audit.body['nextBefore']).toEqual(expect.any(Number));
  }));

test('a manager closes the switch, others see it', () =>
  withHub(async (ask, manager) => {
    await ask('POST', '/api/v1/users', manager, { name: 'ada', role: 'editor' });
    const ada = String((await ask('POST', '/api/v1/keys', manager, { user: 'ada' })).body['key']);
    expect(await ask('PUT', '/api/v1/switch', ada, { isClosed: true })).toMatchObject({ status: 403 });
    expect(await ask('PUT', '/api/v1/switch', manager, { isClosed: true, reason: 'maintenance' })).toMatchObject({ status: 200 });
    expect(await ask('GET', '/api/v1/switch', ada)).toMatchObject({ body: { isClosed: true, reason: 'maintenance', by: 'user:manager' } });
  }));
