import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { FakeClock } from '@juqueue/testkit';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { aRun, FakeManager } from '../../test/fake-manager.ts';
import { serveFake, testReadOnlyToken, testToken } from '../../test/serve-fake.ts';

const publicPaths = ['/', '/docs', '/docs/docs.js', '/redoc', '/openapi.json', '/healthz'];
const privatePaths = ['/api/v1/overview', '/api/v1/runs', '/experiments', '/clusters', '/api/v1/events', '/nothing/here', '/metrics'];

describe('without a token', () => {
  test.each(publicPaths)('%s is answered', async (path) => {
    await using server = await serveFake(new FakeManager());
    const { statusCode } = await server.get(path, { authorization: '' });
    expect(statusCode).toBeLessThan(400);
  });

  test.each(privatePaths)('%s is refused, whether it exists or not', async (path) => {
    await using server = await serveFake(new FakeManager());
    const answer = await server.get(path, { authorization: '' });
    expect(answer.statusCode).toBe(401);
    expect(answer.json()).toMatchObject({ code: 'JQ_UNAUTHORIZED', status: 401 });
    expect(answer.headers['www-authenticate']).toContain('Bearer');
  });

  test('a part of the token, a longer one and another one are refused alike', async () => {
    await using server = await serveFake(new FakeManager());
    for (const token of [testToken.slice(1), `${testToken}x`, 'other', '']) {
      expect((await server.get('/api/v1/overview', { authorization: `Bearer ${token}` })).statusCode).toBe(401);
    }
  });

  test('a token in the address is not looked at', async () => {
    await using server = await serveFake(new FakeManager());
    expect((await server.get(`/api/v1/overview?token=${testToken}`, { authorization: '' })).statusCode).toBe(401);
  });
});

describe('the Host header', () => {
  test.each(['localhost', 'localhost:8080', '127.0.0.1:51234', '[::1]:51234', 'LOCALHOST:1', 'jupyter.example.org'])(
    '%s is ours',
    async (host) => {
      await using server = await serveFake(new FakeManager());
      expect((await server.get('/healthz', { host })).statusCode).toBe(200);
    },
  );

  test.each(['evil.com', 'evil.com:51234', 'localhost.evil.com', '127.0.0.1.evil.com', 'localhost@evil.com', ' '])(
    'another one (%s) is answered 421 on every route, public ones too, whatever the method',
    async (host) => {
      await using server = await serveFake(new FakeManager());
      for (const path of ['/healthz', '/docs', '/api/v1/overview', '/nothing']) {
        const answer = await server.get(path, { host });
        expect(answer.statusCode).toBe(421);
        expect(answer.json()).toMatchObject({ code: 'JQ_HOST_NOT_ALLOWED' });
      }
      expect((await server.send('DELETE', '/api/v1/overview', undefined, { host })).statusCode).toBe(421);
    },
  );
});

describe('a request from another site', () => {
  test.each([
    ['another host', { origin: 'https://evil.com' }],
    ['another port of this machine', { origin: 'http://localhost:8888' }],
    ['a sandboxed frame', { origin: 'null' }],
    ['a browser that says cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['a browser that says same-site', { 'sec-fetch-site': 'same-site' }],
  ])('from %s may not change anything', async (_name, headers) => {
    const manager = new FakeManager();
    await using server = await serveFake(manager);
    const answer = await server.send('PUT', '/juqueue/stop', undefined, headers);
    expect(answer.statusCode).toBe(403);
    expect(answer.json()).toMatchObject({ code: 'JQ_ORIGIN_NOT_ALLOWED' });
    expect(manager.stops).toEqual([]);
  });

  test('may not use a GET of the original that changes something', async () => {
    const manager = new FakeManager();
    await using server = await serveFake(manager);
    expect((await server.get('/clusters/local/rescale', { origin: 'https://evil.com' })).statusCode).toBe(403);
    expect(manager.ticksRequested).toBe(0);
  });

  test('is told from our own page by host and port', async () => {
    const manager = new FakeManager();
    await using server = await serveFake(manager);
    const answer = await server.send('PUT', '/juqueue/stop', undefined, {
      origin: 'http://localhost:51234',
      'sec-fetch-site': 'same-origin',
    });
    expect(answer.statusCode).toBe(200);
  });
});

describe('a read-only server', () => {
  test('answers questions and refuses everything that changes something', async () => {
    const manager = new FakeManager();
    await using server = await serveFake(manager, { isReadOnly: true });
    expect((await server.get('/api/v1/overview')).statusCode).toBe(200);
    for (const [method, url] of [
      ['PUT', '/juqueue/stop'],
      ['POST', '/api/v1/server:stop'],
      ['POST', '/api/v1/runs:resume'],
    ] as const) {
      const answer = await server.send(method, url, {});
      expect(answer.json()).toMatchObject({ status: 403, code: 'JQ_READ_ONLY' });
    }
    expect((await server.get('/clusters/local/rescale')).statusCode).toBe(403);
    expect(manager.stops).toEqual([]);
  });
});

test('every answer tells browsers not to guess, frame, leak or keep it, and sets no cookie', async () => {
  await using server = await serveFake(new FakeManager());
  for (const path of [...publicPaths, ...privatePaths]) {
    const { headers } = await server.get(path);
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    expect(headers['set-cookie']).toBeUndefined();
    expect(headers['access-control-allow-origin']).toBeUndefined();
  }
});

describe('the token for colleagues', () => {
  const reader = { authorization: `Bearer ${testReadOnlyToken}` };

  test('reads everything and changes nothing, by GETs of the original that change something neither', async () => {
    const manager = new FakeManager().add(aRun('sweep@a'));
    await using server = await serveFake(manager);
    expect((await server.get('/api/v1/runs', reader)).statusCode).toBe(200);
    for (const answer of [
      await server.send('POST', '/api/v1/runs:resume', { selector: { q: '*@*' } }, reader),
      await server.send('PUT', '/juqueue/stop', undefined, reader),
      await server.get('/clusters/local/rescale', reader),
    ]) {
      expect([answer.statusCode, answer.json()]).toMatchObject([403, { code: 'JQ_READ_ONLY' }]);
    }
    expect([manager.commands, manager.stops]).toEqual([[], []]);
  });
});

test('a replaced token is worth nothing from the answer on, also for WebSockets that it opened; the other one stays', async () => {
  await using server = await serveFake(new FakeManager());
  await server.app.listen({ port: 0, host: '127.0.0.1' });
  const socket = new WebSocket(`ws://127.0.0.1:${(server.app.server.address() as AddressInfo).port}/ws`, {
    headers: { authorization: `Bearer ${testReadOnlyToken}` },
  });
  await once(socket, 'open');
  const closed = once(socket, 'close');
  const reader = { authorization: `Bearer ${testReadOnlyToken}` };
  expect((await server.send('POST', '/api/v1/tokens:rotate', { tokens: ['read-only'] }, reader)).statusCode).toBe(403);
  expect((await server.send('POST', '/api/v1/tokens:rotate', { tokens: ['read-only'] })).json()).toEqual({ tokens: ['read-only'] });
  expect((await server.get('/api/v1/runs', reader)).statusCode).toBe(401);
  expect((await server.get('/api/v1/runs')).statusCode).toBe(200);
  expect((await closed)[0]).toBe(1008);
  expect((await server.send('POST', '/api/v1/tokens:rotate', { tokens: ['full'] })).statusCode).toBe(200);
  expect((await server.get('/api/v1/runs')).statusCode).toBe(401);
});

test('a colleague who reads all the time does not use up what the owner may ask', async () => {
  await using server = await serveFake(new FakeManager(), { clock: new FakeClock() });
  const answers = await Promise.all(
    Array.from({ length: 450 }, () => server.get('/api/v1/health', { authorization: `Bearer ${testReadOnlyToken}` })),
  );
  expect(answers.at(-1)?.statusCode).toBe(429);
  expect((await server.get('/api/v1/health')).statusCode).toBe(200);
});

test('more requests than anybody needs are told to come back, and wrong tokens are counted for the owner to see', async () => {
  await using server = await serveFake(new FakeManager(), { clock: new FakeClock() });
  for (let i = 0; i < 3; i += 1) await server.get('/api/v1/runs', { authorization: 'Bearer wrong' });
  expect((await server.get('/api/v1/overview')).json().refusedRequests).toEqual({ count: 3, lastAtMs: expect.any(Number) });
  const answers = await Promise.all(Array.from({ length: 450 }, () => server.get('/api/v1/health')));
  const refused = answers.find((answer) => answer.statusCode === 429);
  expect([refused?.json(), refused?.headers['retry-after']]).toMatchObject([{ code: 'JQ_TOO_MANY_REQUESTS' }, '1']);
  expect(answers[0]?.statusCode).toBe(200);
});
