import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { aRun, FakeManager } from '../../test/fake-manager.ts';
import { serveFake, testToken } from '../../test/serve-fake.ts';

function withHistory(count: number): FakeManager {
  const manager = new FakeManager().add(aRun('s@a'));
  for (let i = 0; i < count; i += 1) manager.happen({ kind: 'run-retry-due', run: i % 2 === 0 ? 's@a' : 's@b' });
  return manager;
}

test('events are answered in pages from a number on', async () => {
  await using server = await serveFake(withHistory(5));
  const first = (await server.get('/api/v1/events?limit=2')).json();
  expect(first).toMatchObject({ events: [{ seq: 1, kind: 'run-retry-due', run: 's@a' }, { seq: 2 }], nextSince: 2 });
  const rest = (await server.get('/api/v1/events?since=2')).json();
  expect(rest.events.map((event: { seq: number }) => event.seq)).toEqual([3, 4, 5]);
  expect((await server.get('/api/v1/events?since=5')).json()).toEqual({ events: [], nextSince: 5 });
});

test('events about one run leave the others out', async () => {
  await using server = await serveFake(withHistory(5));
  const { events } = (await server.get('/api/v1/events?run=s@b')).json();
  expect(events.map((event: { seq: number }) => event.seq)).toEqual([2, 4]);
});

test('as NDJSON all events follow, one to a line, however many pages they fill', async () => {
  await using server = await serveFake(withHistory(2500));
  const answer = await server.get('/api/v1/events?since=10', { accept: 'application/x-ndjson' });
  const lines = answer.body.trimEnd().split('\n');
  expect(lines).toHaveLength(2490);
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ seq: 2500 });
});

test('an event about a hundred thousand runs is told in a line', async () => {
  const manager = new FakeManager();
  manager.happen({ kind: 'runs-resumed', runs: Array.from({ length: 100_000 }, (_, i) => `s@r${i}`), by: 'api' });
  await using server = await serveFake(manager);
  const answer = await server.get('/api/v1/events');
  expect(answer.json().events[0]).toMatchObject({ sentence: '100000 runs resumed by api', run: null });
  expect(answer.body.length).toBeLessThan(300);
});

test('following sends what happens until the client goes, and then forgets it', async () => {
  const manager = withHistory(1);
  await using server = await serveFake(manager);
  await server.app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = server.app.server.address() as AddressInfo;
  const request = get({
    port,
    path: '/api/v1/events?follow=true',
    headers: { authorization: `Bearer ${testToken}`, accept: 'application/x-ndjson' },
  });
  const [response] = await once(request, 'response');
  const lines = createInterface({ input: response })[Symbol.asyncIterator]();
  expect(JSON.parse(String((await lines.next()).value))).toMatchObject({ seq: 1 });
  manager.happen({ kind: 'run-retry-due', run: 's@a' });
  expect(JSON.parse(String((await lines.next()).value))).toMatchObject({ seq: 2 });
  const listeners = manager.listeners;
  request.destroy();
  await expect.poll(() => manager.listeners).toBe(listeners - 1);
});

test('more than 32 clients that read events as a stream are refused; the others go on, and a place that gets free is given', async () => {
  await using server = await serveFake(withHistory(1));
  await server.app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = server.app.server.address() as AddressInfo;
  const follow = async () => {
    const request = get({
      port,
      path: '/api/v1/events?follow=true',
      headers: { authorization: `Bearer ${testToken}`, accept: 'application/x-ndjson' },
    });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return { request, response };
  };
  const followers = await Promise.all(Array.from({ length: 32 }, follow));
  expect(followers.map(({ response }) => response.statusCode)).toEqual(Array.from({ length: 32 }, () => 200));
  const refused = await server.get('/api/v1/events?follow=true', { accept: 'application/x-ndjson' });
  expect(refused.json()).toMatchObject({ status: 503, code: 'JQ_BUSY', detail: '32 clients read events as a stream already.' });
  expect((await server.get('/api/v1/events')).statusCode).toBe(200);
  for (const { request } of followers.slice(1)) request.destroy();
  await expect
    .poll(async () => {
      const { request, response } = await follow();
      request.destroy();
      return response.statusCode;
    })
    .toBe(200);
  followers[0]?.request.destroy();
});
