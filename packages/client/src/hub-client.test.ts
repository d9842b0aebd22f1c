import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { HubClient } from './hub-client.ts';

/** Answers with these statuses one after the other, and then with a job. */
async function hubThatSays(statuses: readonly number[]) {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    request.resume();
    const status = statuses[seen.length - 1] ?? 201;
    response.writeHead(status, { 'content-type': 'application/json', ...(status === 429 ? { 'retry-after': '0' } : {}) });
    response.end(status === 201 ? '{"id":"j"}' : JSON.stringify({ code: 'JQ_BUSY', detail: 'later', hint: null, status }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { seen, client: new HubClient({ url, key: 'jqk_x_y' }), [Symbol.asyncDispose]: async () => void server.close() };
}

test(
  'what a hub cannot take now is sent again with the same idempotency key, so that it becomes one job',
  { timeout: 20_000 },
  async () => {
    await using hub = await hubThatSays([429, 503, 429]);
    expect(await hub.client.submit({ command: { kind: 'argv', argv: ['true'] } })).toEqual({ id: 'j' });
    expect(hub.seen).toHaveLength(4);
    expect(new Set(hub.seen.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  },
);

test('a refusal is not sent again', async () => {
  await using hub = await hubThatSays([400]);
  await expect(hub.client.submit({})).rejects.toMatchObject({ status: 400, code: 'JQ_BUSY' });
  expect(hub.seen).toHaveLength(1);
});
