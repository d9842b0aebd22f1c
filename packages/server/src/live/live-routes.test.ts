import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { FakeManager } from '../../test/fake-manager.ts';
import { serveFake, testToken } from '../../test/serve-fake.ts';
import type { TestServer } from '../../test/serve-fake.ts';

interface Connection {
  readonly socket: WebSocket;
  next(): Promise<string>;
}

async function serving(manager: FakeManager): Promise<{ server: TestServer; url: string }> {
  const server = await serveFake(manager);
  await server.app.listen({ port: 0, host: '127.0.0.1' });
  return { server, url: `ws://127.0.0.1:${(server.app.server.address() as AddressInfo).port}` };
}

/** Messages are kept from the first moment on: the first one may come with the opening. */
async function connect(url: string, protocols: readonly string[], headers: Readonly<Record<string, string>> = {}): Promise<Connection> {
  const socket = new WebSocket(url, [...protocols], { headers });
  const messages: string[] = [];
  socket.on('message', (data) => messages.push(String(data)));
  await once(socket, 'open');
  return {
    socket,
    next: async () => {
      await expect.poll(() => messages.length, { timeout: 10_000 }).toBeGreaterThan(0);
      return messages.shift() ?? '';
    },
  };
}

async function refusalOf(url: string, protocols: readonly string[], headers: Readonly<Record<string, string>> = {}): Promise<number> {
  const socket = new WebSocket(url, [...protocols], { headers });
  socket.on('error', () => undefined);
  const [, response] = await once(socket, 'unexpected-response');
  response.resume();
  await once(response, 'close');
  return response.statusCode;
}

const bearer = { authorization: `Bearer ${testToken}` };

describe('a WebSocket', () => {
  test('opens with the token as a subprotocol, and the answer does not repeat it', async () => {
    const { server, url } = await serving(new FakeManager());
    await using _server = server;
    const { socket, next } = await connect(`${url}/api/v1/ws`, ['juqueue.v1', `juqueue.bearer.${testToken}`]);
    expect(socket.protocol).toBe('juqueue.v1');
    expect(JSON.parse(await next())).toEqual({ kind: 'hello', version: '1.0.0', epoch: 3, seq: 0 });
  });

  test('is refused without a token, from another site, and for another Host', async () => {
    const { server, url } = await serving(new FakeManager());
    await using _server = server;
    for (const path of ['/ws', '/api/v1/ws']) {
      expect(await refusalOf(url + path, ['juqueue.v1'])).toBe(401);
      expect(await refusalOf(url + path, ['juqueue.v1', 'juqueue.bearer.wrong'])).toBe(401);
      expect(await refusalOf(url + path, [], { ...bearer, origin: 'http://localhost:8888' })).toBe(403);
      expect(await refusalOf(url + path, [], { ...bearer, host: 'evil.com' })).toBe(421);
    }
  });

  test('on /api/v1/ws tells events with the number of the newest', async () => {
    const manager = new FakeManager();
    const { server, url } = await serving(manager);
    await using _server = server;
    const { next } = await connect(`${url}/api/v1/ws`, [], bearer);
    await next();
    manager.happen({ kind: 'run-retry-due', run: 's@a' });
    expect(JSON.parse(await next())).toMatchObject({ kind: 'events', seq: 1, omitted: 0, events: [{ kind: 'run-retry-due', run: 's@a' }] });
  });

  test('that names topics gets frames of those in place of all events', async () => {
    const manager = new FakeManager();
    const { server, url } = await serving(manager);
    await using _server = server;
    const { socket, next } = await connect(`${url}/api/v1/ws`, [], bearer);
    await next();
    socket.send(JSON.stringify({ kind: 'subscribe', topics: ['events'] }));
    expect(JSON.parse(await next())).toEqual({ kind: 'subscribed', topics: ['events'], seq: 0, isCurrent: false });
    manager.happen({ kind: 'run-retry-due', run: 's@a' });
    expect(JSON.parse(await next())).toMatchObject({ kind: 'frame', seq: 1, events: { events: [{ run: 's@a' }] } });
    // The pulse is the next word, and not the same event once more.
    expect(JSON.parse(await next())).toEqual({ kind: 'pulse', seq: 1 });
  });

  test('on the /ws of the original says `update` and nothing else, a few times a second however much happens', async () => {
    const manager = new FakeManager();
    const { server, url } = await serving(manager);
    await using _server = server;
    const { socket } = await connect(`${url}/ws`, [], bearer);
    const words: string[] = [];
    socket.on('message', (data) => words.push(String(data)));
    const until = Date.now() + 1_000;
    while (Date.now() < until) {
      manager.happen({ kind: 'run-retry-due', run: 's@a' });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(new Set(words)).toEqual(new Set(['update']));
    expect(words.length).toBeGreaterThanOrEqual(2);
    expect(words.length).toBeLessThanOrEqual(5);
  });

  test('ends with the server, which then listens to nothing any more', async () => {
    const manager = new FakeManager();
    const { server, url } = await serving(manager);
    const { socket } = await connect(`${url}/ws`, [], bearer);
    const closed = once(socket, 'close');
    await server[Symbol.asyncDispose]();
    await closed;
    expect(manager.listeners).toBe(0);
  });
});
