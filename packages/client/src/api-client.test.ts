import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener } from 'node:http';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ApiClient } from './api-client.ts';
import { ApiError, NoAnswer } from './send-request.ts';
import { nodeTransport } from './node-transport.ts';

interface Served extends AsyncDisposable {
  readonly client: ApiClient;
  readonly requests: { method: string | undefined; url: string | undefined; headers: IncomingMessage['headers']; body: string }[];
}

async function serving(answer: RequestListener): Promise<Served> {
  const requests: Served['requests'] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += String(part);
    requests.push({ method: request.method, url: request.url, headers: request.headers, body });
    await answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    client: new ApiClient(nodeTransport({ kind: 'tcp', host: '127.0.0.1', port }), 'secret'),
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const json =
  (status: number, value: unknown): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));

describe('a call', () => {
  test('fills the path, repeats lists in the query, and carries the token in a header only', async () => {
    await using server = await serving(json(200, { runs: [] }));
    await server.client.call('listRuns', { query: { q: 'a@b c', state: ['failed', 'ready'], limit: 5, cursor: undefined } });
    await server.client.call('getRun', { path: { id: 'sweep@lr=1e-3,s=2' } });
    expect(server.requests.map((request) => request.url)).toEqual([
      '/api/v1/runs?q=a%40b+c&state=failed&state=ready&limit=5',
      '/api/v1/runs/sweep%40lr%3D1e-3%2Cs%3D2',
    ]);
    expect(server.requests[0]?.headers.authorization).toBe('Bearer secret');
  });

  test('sends a body as JSON', async () => {
    await using server = await serving(json(200, {}));
    await server.client.call('resumeRuns', { body: { selector: { q: '*@*' }, dryRun: true } });
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      body: '{"selector":{"q":"*@*"},"dryRun":true}',
      headers: { 'content-type': 'application/json' },
    });
  });

  test('that is refused throws code, sentence and hint', async () => {
    await using server = await serving(json(409, { code: 'JQ_COUNT_CHANGED', detail: '2 runs match, expected 3.', hint: 'Look again.' }));
    await expect(server.client.call('getOverview', {})).rejects.toThrow(
      new ApiError(409, 'JQ_COUNT_CHANGED', '2 runs match, expected 3.', 'Look again.'),
    );
  });

  test('that another program answers says so', async () => {
    await using server = await serving((_request, response) => void response.writeHead(502).end('<html>Bad gateway</html>'));
    await expect(server.client.call('getOverview', {})).rejects.toMatchObject({ code: 'JQ_NO_SERVER', status: 502 });
  });

  test('to a place where nobody is throws NoAnswer', async () => {
    const client = new ApiClient(nodeTransport({ kind: 'socket', path: '/nonexistent/ui.sock' }), 'secret');
    await expect(client.call('getOverview', {})).rejects.toThrow(NoAnswer);
  });
});

test('a unix socket is spoken to as localhost', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'juqueue-client-'));
  const path = join(folder, 's.sock');
  let host: string | undefined;
  const server = createServer((request, response) => {
    host = request.headers.host;
    response.end('{}');
  }).listen(path);
  await once(server, 'listening');
  await new ApiClient(nodeTransport({ kind: 'socket', path }), 'secret').call('getOverview', {});
  expect(host).toBe('localhost');
  server.close();
  await rm(folder, { recursive: true });
});

test('a log keeps its bytes, and says which part it is', async () => {
  const bytes = Buffer.from([0xff, 0x00, 0x1b]);
  await using server = await serving(
    (_request, response) =>
      void response.writeHead(200, { 'juqueue-log-from': '7', 'juqueue-log-next': '10', 'juqueue-log-size': '10' }).end(bytes),
  );
  const window = await server.client.readLog({ path: { id: 's@a', stream: 'stdout' }, query: { from: 7 } });
  expect({ ...window, bytes: Buffer.from(window.bytes) }).toEqual({ bytes, from: 7, next: 10, size: 10 });
});

test('events come one by one, however the answer is cut', async () => {
  await using server = await serving(async (_request, response) => {
    response.writeHead(200);
    for (const part of ['{"seq":1}\n{"se', 'q":2}', '\n{"seq":3}\n']) {
      response.write(part);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    response.end();
  });
  const seqs: number[] = [];
  for await (const event of server.client.events({ since: 0 })) seqs.push(event.seq);
  expect(seqs).toEqual([1, 2, 3]);
  expect(server.requests[0]?.headers.accept).toBe('application/x-ndjson');
});
