import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { RequestOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { FakeManager } from '../../test/fake-manager.ts';
import { serveFake, testToken } from '../../test/serve-fake.ts';
import { openListeners } from './listeners.ts';
import type { ListenWishes } from './listeners.ts';
import { unixSocketPath } from './unix-socket-path.ts';

/** Those of this machine: some have no IPv6. */
const loopbacks = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .map(({ address }) => address)
  .filter((address) => address === '127.0.0.1' || address === '::1');

interface Place extends AsyncDisposable {
  readonly wishes: ListenWishes;
  readonly told: string[];
}

async function place(): Promise<Place> {
  const workDir = await mkdtemp(join(tmpdir(), 'juqueue-listen-'));
  const told: string[] = [];
  const wishes: ListenWishes = {
    secretsDir: join(workDir, '.juqueue'),
    uid: process.getuid?.() ?? 0,
    runtimeDir: null,
    port: 0,
    listen: '127.0.0.1',
    unixSocket: null,
    tell: (sentence) => told.push(sentence),
  };
  return { wishes, told, [Symbol.asyncDispose]: () => rm(workDir, { recursive: true }) };
}

function statusOf(options: RequestOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { path: '/api/v1/overview', headers: { host: 'localhost', authorization: `Bearer ${testToken}` }, ...options },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}

test('the same routes answer on the unix socket, which only we can open, and on the port', async () => {
  await using here = await place();
  await using server = await serveFake(new FakeManager());
  await using doors = await openListeners(server.app, here.wishes);
  expect(await statusOf({ socketPath: doors.socketPath })).toBe(200);
  expect(await statusOf({ socketPath: doors.socketPath, headers: { host: 'localhost' } })).toBe(401);
  expect(await statusOf({ port: doors.port })).toBe(200);
  expect((await stat(doors.socketPath)).mode & 0o777).toBe(0o600);
  expect((await stat(here.wishes.secretsDir)).mode & 0o777).toBe(0o700);
  expect(here.told).toEqual([]);
});

test('a taken port leads to the next free one, and that is said', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  await using here = await place();
  await using server = await serveFake(new FakeManager());
  await using doors = await openListeners(server.app, { ...here.wishes, port });
  expect(doors.port).toBeGreaterThan(port);
  expect(await statusOf({ port: doors.port })).toBe(200);
  expect(here.told).toEqual([`Port ${port} is taken by another program; this server is on port ${doors.port}.`]);
  other.close();
});

test('without a free port up to the last one, at an address that is not ours, and where a file has the name of the socket, nothing is served', async () => {
  const other = createServer().listen(65_535, '127.0.0.1');
  // Whoever else has it serves this test as well.
  await Promise.race([once(other, 'listening'), once(other, 'error')]);
  await using here = await place();
  await using server = await serveFake(new FakeManager());
  const refused = (sentence: RegExp) => ({ problem: { code: 'JQ_PORT_TAKEN', message: expect.stringMatching(sentence) } });
  await expect(openListeners(server.app, { ...here.wishes, port: 65_535 })).rejects.toMatchObject(
    refused(/^Ports 65535 to 65535 are all taken\.$/),
  );
  await expect(openListeners(server.app, { ...here.wishes, listen: '192.0.2.1' })).rejects.toMatchObject(
    refused(/^Port 0 of 192\.0\.2\.1 cannot be opened/),
  );
  const unixSocket = join(here.wishes.secretsDir, '..', 'a-file');
  await writeFile(unixSocket, 'of somebody');
  await expect(openListeners(server.app, { ...here.wishes, unixSocket })).rejects.toMatchObject(
    refused(/a-file exists and is not a socket\.$/),
  );
  expect((await stat(unixSocket)).isFile()).toBe(true);
  other.close();
});

test.each(loopbacks)('wherever localhost leads it is ours: a squatter who has the port at %s alone is evaded', async (host) => {
  const squatter = createServer().listen({ host, port: 0, ipv6Only: host === '::1' });
  await once(squatter, 'listening');
  const { port } = squatter.address() as AddressInfo;
  await using here = await place();
  await using server = await serveFake(new FakeManager());
  await using doors = await openListeners(server.app, { ...here.wishes, port });
  expect(doors.port).toBeGreaterThan(port);
  for (const mine of loopbacks) {
    expect(await statusOf({ host: mine, port: doors.port })).toBe(200);
    const late = createServer().listen({ host: mine, port: doors.port ?? 0, ipv6Only: mine === '::1' });
    expect(await once(late, 'error')).toMatchObject([{ code: 'EADDRINUSE' }]);
  }
  squatter.close();
});

test('without a port only the socket is open, and nothing of it stays behind', async () => {
  await using here = await place();
  await using server = await serveFake(new FakeManager());
  const doors = await openListeners(server.app, { ...here.wishes, port: null });
  expect(doors.port).toBeNull();
  expect(await statusOf({ socketPath: doors.socketPath })).toBe(200);
  await doors[Symbol.asyncDispose]();
  await expect(stat(doors.socketPath)).rejects.toThrow('ENOENT');
});

test('an end lets answers in progress through and takes WebSockets along, also those that do not listen', async () => {
  await using here = await place();
  const arrived = Promise.withResolvers<void>();
  const answerNow = Promise.withResolvers<void>();
  await using server = await serveFake(new FakeManager());
  server.app.addHook('preHandler', async (request) => {
    if (request.url !== '/juqueue/stop') return;
    arrived.resolve();
    await answerNow.promise;
  });
  const doors = await openListeners(server.app, here.wishes);
  const polite = new WebSocket(`ws://127.0.0.1:${doors.port}/ws`, { headers: { authorization: `Bearer ${testToken}` } });
  await once(polite, 'open');
  const deaf = request({
    port: doors.port,
    path: '/ws',
    headers: {
      authorization: `Bearer ${testToken}`,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    },
  });
  deaf.end();
  const [, deafSocket] = await once(deaf, 'upgrade');
  deafSocket.on('error', () => undefined);
  const answer = statusOf({ port: doors.port, method: 'PUT', path: '/juqueue/stop' });
  await arrived.promise;
  const closed = doors[Symbol.asyncDispose]();
  answerNow.resolve();
  expect(await answer).toBe(200);
  await closed;
  expect(polite.readyState).toBe(WebSocket.CLOSED);
});

test('the socket that a killed manager left is replaced; a file of that name is not', async () => {
  await using here = await place();
  await using server = await serveFake(new FakeManager());
  const path = join(here.wishes.secretsDir, '../my.sock');
  await writeFile(path, 'precious');
  await expect(openListeners(server.app, { ...here.wishes, unixSocket: path })).rejects.toThrow('exists and is not a socket');
});

test('a port that may not be opened is an error that names it', async () => {
  await using here = await place();
  await using server = await serveFake(new FakeManager());
  await expect(openListeners(server.app, { ...here.wishes, listen: '192.0.2.1', port: 5555 })).rejects.toThrow(
    /Port 5555 of 192.0.2.1 cannot be opened/,
  );
});

describe('the place of the unix socket', () => {
  const surroundings = { secretsDir: '/scratch/me/work/.juqueue', uid: 1000, runtimeDir: '/run/user/1000' };

  test('is beside the token when its path is short enough', () => {
    expect(unixSocketPath(surroundings)).toEqual({ path: '/scratch/me/work/.juqueue/ui.sock', folder: '/scratch/me/work/.juqueue' });
  });

  test('is a folder of our own elsewhere when it is not, the same one at every start', () => {
    const long = { ...surroundings, secretsDir: `/scratch/${'x'.repeat(100)}` };
    const { path } = unixSocketPath(long);
    expect(path).toMatch(/^\/run\/user\/1000\/juqueue\/[0-9a-f]{16}\.sock$/);
    expect(unixSocketPath(long).path).toBe(path);
    expect(unixSocketPath({ ...long, secretsDir: `${long.secretsDir}y` }).path).not.toBe(path);
    expect(unixSocketPath({ ...long, runtimeDir: null }).folder).toBe('/tmp/juqueue-1000');
    expect(unixSocketPath({ ...long, runtimeDir: `/run/${'r'.repeat(90)}` }).folder).toBe('/tmp/juqueue-1000');
  });

  test('counts bytes, not characters', () => {
    expect(unixSocketPath({ ...surroundings, secretsDir: `/scratch/${'ü'.repeat(46)}` }).folder).toBe('/run/user/1000/juqueue');
  });
});
