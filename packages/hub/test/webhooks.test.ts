import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { expect, test, vi } from 'vitest';
import { aJob, goodResult, pull, TestHub } from './test-hub.ts';

// Each starts hubs and Redis as real processes, on machines that do other things too.
vi.setConfig({ testTimeout: 60_000 });

interface Call {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A server that notes what it is told; the first `failures` calls are answered with 500. */
async function listener(failures = 0): Promise<{ readonly url: string; readonly calls: readonly Call[] } & AsyncDisposable> {
  const calls: Call[] = [];
  let left = failures;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += String(part);
    calls.push({ headers: request.headers, body });
    response.statusCode = left > 0 ? 500 : 204;
    left -= 1;
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://localhost:${typeof address === 'object' ? address?.port : 0}/hook`,
    calls,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

const callback = (url: string) => ({ callbacks: [{ on: ['queued', 'started', 'finished'], url, payload: { mine: 1 } }] });
const local = { hosts: ['localhost'], allowsPrivate: true };

test('callbacks tell of queued, started and finished, in bodies that are signed for the owner of the job', async () => {
  await using hub = await TestHub.start({ callbacks: local });
  await using hooks = await listener();
  const [ada, agent] = [await hub.person('ada', 'editor'), await hub.agent('juwels')];
  const id = String((await ada('POST', '/jobs', { ...aJob, ...callback(hooks.url) })).body['id']);
  await pull(agent);
  await agent('POST', `/jobs/${id}/attempts/1/claim`);
  await agent('POST', `/jobs/${id}/attempts/1/started`, { run: 'hub@r1', node: null, cluster: null, startedAtMs: 1 });
  await agent('POST', `/jobs/${id}/attempts/1/complete`, goodResult({ outcome: 'failed', exitCode: 3 }));
  await expect.poll(() => hooks.calls.length, { timeout: 10_000 }).toBe(3);
  const secret = String((await ada('GET', '/webhook-secret')).body['secret']);
  for (const { headers, body } of hooks.calls) {
    const [, seconds = '', signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['juqueue-signature'])) ?? [];
    expect(signature).toBe(createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex'));
  }
  const bodies = hooks.calls.map(({ body }) => JSON.parse(body)).sort((a, b) => a.atMs - b.atMs || (a.event < b.event ? 1 : -1));
  expect(bodies.map(({ event }) => event).sort()).toEqual(['finished', 'queued', 'started']);
  expect(bodies.find(({ event }) => event === 'finished')).toMatchObject({ job: id, status: 'failed', exitCode: 3, payload: { mine: 1 } });
  await expect
    .poll(async () => (await ada('GET', `/jobs/${id}/webhooks`)).body, { timeout: 10_000 })
    .toMatchObject({ webhooks: [{ state: 'delivered' }, { state: 'delivered' }, { state: 'delivered' }] });
});

test('a callback that fails is tried again, also by the next start of the hub', async () => {
  await using hub = await TestHub.start({ callbacks: local, times: { webhookRetryMs: 500 } });
  await using hooks = await listener(3);
  const ada = await hub.person('ada', 'editor');
  const id = String((await ada('POST', '/jobs', { ...aJob, callbacks: [{ on: ['queued'], url: hooks.url, payload: null }] })).body['id']);
  await expect.poll(() => hooks.calls.length, { timeout: 10_000 }).toBeGreaterThan(0);
  await hub.stop();
  await hub.start();
  await expect
    .poll(async () => (await ada('GET', `/jobs/${id}/webhooks`)).body, { timeout: 15_000 })
    .toMatchObject({ webhooks: [{ state: 'delivered', lastError: null }] });
  expect(new Set(hooks.calls.map(({ headers }) => headers['juqueue-delivery'])).size).toBe(1);
});

test('a name that leads to a private address is not called, whatever its name says', async () => {
  await using hub = await TestHub.start({ callbacks: { hosts: ['localhost', '127.0.0.1'], allowsPrivate: false } });
  await using hooks = await listener();
  const ada = await hub.person('ada', 'editor');
  const id = String((await ada('POST', '/jobs', { ...aJob, callbacks: [{ on: ['queued'], url: hooks.url, payload: null }] })).body['id']);
  await expect
    .poll(async () => (await ada('GET', `/jobs/${id}/webhooks`)).body, { timeout: 10_000 })
    .toMatchObject({ webhooks: [{ state: 'pending', lastError: expect.stringContaining('which is a private address') }] });
  expect(hooks.calls).toEqual([]);
});
