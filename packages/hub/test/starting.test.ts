import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { defaultEventRetention, defaultHubTimes, parseRedisAddress, startHub } from '../src/index.ts';
import type { HubOptions } from '../src/index.ts';
import { aJob, TestHub } from './test-hub.ts';

// Each starts hubs and Redis as real processes, on machines that do other things too.
vi.setConfig({ testTimeout: 60_000 });

function options(dataFolder: string, overrides: Partial<HubOptions> = {}): HubOptions {
  return {
    version: '1',
    dataFolder,
    listen: '127.0.0.1',
    port: 0,
    redis: null,
    tls: null,
    callbacks: { hosts: [], allowsPrivate: false },
    adapters: [],
    retention: defaultEventRetention,
    times: defaultHubTimes,
    tell: () => undefined,
    ...overrides,
  };
}

function folder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'juqueue-hub-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

test('its Redis is closed to others, writes everything down, and ends with the hub', async () => {
  await using hub = await TestHub.start();
  const { redisPid } = hub.running;
  expect(existsSync(`/proc/${redisPid}`)).toBe(true);
  expect(statSync(join(hub.folder, 'redis/redis.conf')).mode & 0o777).toBe(0o600);
  expect(statSync(join(hub.folder, 'redis/redis.sock')).mode & 0o077).toBe(0);
  const config = readFileSync(join(hub.folder, 'redis/redis.conf'), 'utf8');
  expect(config).toContain('appendfsync always\n');
  const password = /^requirepass (\S+)$/m.exec(config)?.[1] ?? 'none';
  expect(readFileSync(`/proc/${redisPid}/cmdline`, 'utf8') + readFileSync(`/proc/${redisPid}/environ`, 'utf8')).not.toContain(password);
  for (const name of ['hub.sqlite', 'webhooks.key', 'manager.key', 'credentials.key'])
    expect(statSync(join(hub.folder, name)).mode & 0o077, name).toBe(0);
  expect(statSync(hub.folder).mode & 0o077).toBe(0);
  await hub.stop();
  expect(existsSync(`/proc/${redisPid}`)).toBe(false);
});

test('its Redis is started again when it dies, and jobs go on', async () => {
  await using hub = await TestHub.start();
  const manager = await hub.asManager();
  process.kill(hub.running.redisPid ?? 0, 'SIGKILL');
  expect(await manager('POST', '/jobs', aJob)).toMatchObject({ status: 201 });
  await expect.poll(async () => (await fetch(`${hub.url}/healthz`)).status, { timeout: 15_000 }).toBe(200);
  const agent = await hub.agent('juwels');
  expect(
    await agent('POST', '/messages/pull', {
      max: 5,
      waitMs: 10_000,
      room: { freeSlots: 1, openSlots: 1, nextFreeInMs: null, isDraining: false },
    }),
  ).toMatchObject({ body: { messages: [{ kind: 'offer' }] } });
});

test('a second hub on the same folder refuses to start, and the first goes on', async () => {
  await using hub = await TestHub.start();
  const other = spawn(process.execPath, [fileURLToPath(new URL('start-on.ts', import.meta.url)), hub.folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [text, [code]] = await Promise.all([other.stdout.toArray(), once(other, 'exit')]);
  expect([Buffer.concat(text).toString().trim(), code]).toEqual(['JQ_DATA_DIR_LOCKED', 3]);
  expect(await (await hub.asManager())('GET', '/overview')).toMatchObject({ status: 200 });
});

test('a folder that a newer version wrote is left alone', async () => {
  using data = folder();
  const db = new DatabaseSync(join(data.path, 'hub.sqlite'));
  db.exec('PRAGMA user_version = 99');
  db.close();
  await expect(startHub(options(data.path))).rejects.toMatchObject({ problem: { code: 'JQ_DATA_DIR_NEWER' } });
});

test('without a redis-server on PATH it says how to install one', async () => {
  using data = folder();
  const path = process.env['PATH'];
  process.env['PATH'] = data.path;
  try {
    await expect(startHub(options(data.path))).rejects.toMatchObject({
      problem: { code: 'JQ_REDIS_MISSING', hint: expect.stringContaining('apt install redis-server') },
    });
  } finally {
    process.env['PATH'] = path;
  }
});

test('a redis-server that does not come up is ended before the hub gives up', async () => {
  using data = folder();
  const path = process.env['PATH'];
  const pidFile = join(data.path, 'pid');
  writeFileSync(join(data.path, 'redis-server'), `#!/bin/sh\necho $$ > ${pidFile}\nexec /bin/sleep 600\n`, { mode: 0o700 });
  process.env['PATH'] = data.path;
  try {
    await expect(startHub(options(join(data.path, 'hub')))).rejects.toMatchObject({ problem: { code: 'JQ_REDIS_UNAVAILABLE' } });
  } finally {
    process.env['PATH'] = path;
  }
  expect(existsSync(`/proc/${readFileSync(pidFile, 'utf8').trim()}`)).toBe(false);
});

test('a Redis that is there is used with its password, and one that is not is named', async () => {
  using data = folder();
  const socket = join(data.path, 'r.sock');
  const redis = spawn('redis-server', ['-'], { stdio: ['pipe', 'ignore', 'ignore'] });
  redis.stdin.end(`port 0\nunixsocket ${socket}\nrequirepass secret-of-redis\nsave ""\ndir ${data.path}\n`);
  try {
    await expect.poll(() => existsSync(socket), { timeout: 10_000 }).toBe(true);
    await expect(startHub(options(join(data.path, 'a'), { redis: parseRedisAddress(`unix:${socket}`, 'wrong') }))).rejects.toMatchObject({
      problem: { code: 'JQ_REDIS_UNAVAILABLE' },
    });
    await using hub = await TestHub.start({ redis: parseRedisAddress(`unix:${socket}`, 'secret-of-redis') });
    expect(hub.running.redisPid).toBeNull();
    expect(await (await hub.asManager())('GET', '/overview')).toMatchObject({ body: { messages: { retry: 0, dead: 0 } } });
  } finally {
    redis.kill('SIGKILL');
  }
  await expect(startHub(options(join(data.path, 'b'), { redis: parseRedisAddress('127.0.0.1:1', null) }))).rejects.toMatchObject({
    problem: { code: 'JQ_REDIS_UNAVAILABLE' },
  });
});

test.each([
  ['unix:/run/r.sock', { path: '/run/r.sock', password: null }],
  ['redis.example.org:6379', { host: 'redis.example.org', port: 6379, password: null }],
  ['[::1]:6379', { host: '::1', port: 6379, password: null }],
])('--redis %s is a place', (text, place) => {
  expect(parseRedisAddress(text, null)).toEqual(place);
});

test.each(['unix:r.sock', 'redis://x:1', 'host', 'host:99999', '::1:6379'])('--redis %s is refused', (text) => {
  expect(() => parseRedisAddress(text, null)).toThrow(`--redis is '${text}', expected unix:/PATH or HOST:PORT.`);
});

test('it listens where others reach it only with a certificate, and speaks HTTPS then', async () => {
  using data = folder();
  await expect(startHub(options(data.path, { listen: '0.0.0.0' }))).rejects.toMatchObject({ problem: { code: 'JQ_TLS_NEEDED' } });
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(data.path, name));
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '1',
      '-subj',
      '/CN=localhost',
      '-keyout',
      String(key),
      '-out',
      String(cert),
    ],
    { stdio: 'ignore' },
  );
  await using hub = await startHub(
    options(join(data.path, 'data'), { listen: '0.0.0.0', tls: { key: readFileSync(String(key)), cert: readFileSync(String(cert)) } }),
  );
  const port = new URL(hub.url).port;
  const answer = await new Promise<number | undefined>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: '/healthz', ca: readFileSync(String(cert)), servername: 'localhost' }, (response) =>
      resolve(response.resume().statusCode),
    )
      .on('error', reject)
      .end();
  });
  expect(answer).toBe(200);
});
