import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { TestFolder, TestManager } from '../../packages/testkit/src/manager/test-manager.ts';

const patienceMs = 120_000;
/** A run that starts, does nothing and ends: quick when nothing stands in its way. */
const scheduledWithinMs = 20_000;

const noisy = `const fs = require('node:fs'); const progress = process.env.JUQUEUE_PROGRESS_FILE; const end = Date.now() + 15_000; let i = 0;
  const tick = () => { for (let k = 0; k < 10; k += 1) { i += 1; fs.writeFileSync(progress, (i % 100) / 100 + ' step ' + i); } if (Date.now() < end) setTimeout(tick, 10); };
  tick();`;
const filling = `const fs = require('node:fs'); fs.mkdirSync('many'); for (let i = 0; i < 20_000; i += 1) fs.writeFileSync('many/' + i, ''); for (let i = 0; i < 5_000; i += 1) fs.writeFileSync('file-' + i, ''); for (let i = 0; i < 200; i += 1) console.log('x'.repeat(100_000)); setTimeout(() => {}, 10_000);`;

describe('while somebody overloads it, a manager schedules', { timeout: patienceMs, retry: 0 }, () => {
  let folder: TestFolder;
  let manager: TestManager;

  beforeAll(async () => {
    folder = new TestFolder({
      'clusters.yaml': 'local: { type: local, max_jobs: 1, num_slots: 4, idle_timeout: 60s }\n',
      'experiments/quick.yaml': 'name: quick\ndefaults: { cluster: local, checkpoint: none }\nruns: [{ id: r, cmd: ["true"] }]\n',
      'experiments/rude.yaml': JSON.stringify({
        name: 'rude',
        defaults: { cluster: 'local', checkpoint: 'none' },
        runs: [
          { id: 'noisy', cmd: [process.execPath, '-e', noisy] },
          { id: 'filling', cmd: [process.execPath, '-e', filling] },
        ],
      }),
    });
    manager = await TestManager.start(folder);
  }, patienceMs);
  afterAll(async () => {
    await manager[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  /** The owner asks for a run and sees it finished, in time. */
  const schedules = async (): Promise<void> => {
    const body = JSON.stringify({ selector: { q: 'quick@r' } });
    const { attempt } = await manager.json<{ attempt: number }>('/api/v1/runs/quick@r');
    expect((await manager.request('/api/v1/runs:resume', { method: 'POST', body })).status).toBe(200);
    await manager.until<{ status: string; attempt: number }>(
      '/api/v1/runs/quick@r',
      (run) => run.status === 'finished' && run.attempt > attempt,
      scheduledWithinMs,
    );
  };
  const port = (): number => Number(new URL(manager.url).port);

  test('a request of 100 MB is refused before it is read', async () => {
    const sent = request({
      port: port(),
      method: 'POST',
      path: '/api/v1/runs:resume',
      headers: { authorization: `Bearer ${manager.token}`, 'content-type': 'application/json', 'content-length': 100 * 2 ** 20 },
    });
    sent.on('error', () => undefined);
    sent.write('{"selector":');
    const [response] = await once(sent, 'response');
    expect(response.statusCode).toBe(413);
    sent.destroy();
    const endless = request({
      port: port(),
      method: 'POST',
      path: '/api/v1/runs:resume',
      headers: { authorization: `Bearer ${manager.token}`, 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
    });
    endless.on('error', () => undefined);
    let status = 0;
    endless.on('response', (answer) => (status = answer.statusCode ?? 0));
    for (let i = 0; i < 100 && status === 0 && !endless.destroyed; i += 1) {
      endless.write(Buffer.alloc(2 ** 20, 0x20));
      await sleep(5);
    }
    expect([413, 0]).toContain(status);
    endless.destroy();
    await schedules();
  });

  test('thousands of connections that send nothing, or one byte at a time, keep nobody out', async () => {
    const held: Socket[] = [];
    for (let i = 0; i < 3_000; i += 1) {
      const socket = connect(port(), '127.0.0.1');
      socket.on('error', () => undefined);
      if (i % 2 === 0) socket.write('GET /api/v1/runs HTTP/1.1\r\nhost: localhost\r\nx-slow: ');
      held.push(socket);
      if (i % 200 === 199) await sleep(20);
    }
    const drip = setInterval(() => held.forEach((socket) => !socket.destroyed && socket.write('x')), 500);
    await schedules();
    clearInterval(drip);
    for (const socket of held) socket.destroy();
  });

  test('ten thousand WebSockets, without a token and with it, keep nobody out', async () => {
    const url = `${manager.url.replace('http', 'ws')}/ws`;
    const held: WebSocket[] = [];
    let refused = 0;
    for (let i = 0; i < 10_000; i += 1) {
      const socket = new WebSocket(url, i % 10 === 0 ? { headers: { authorization: `Bearer ${manager.token}` } } : {});
      socket.on('error', () => (refused += 1));
      held.push(socket);
      if (i % 100 === 99) await sleep(25);
    }
    await schedules();
    const open = held.filter(({ readyState }) => readyState === WebSocket.OPEN).length;
    expect(open).toBeGreaterThan(0);
    expect(open).toBeLessThanOrEqual(64);
    expect(refused).toBeGreaterThan(8_000);
    for (const socket of held) socket.terminate();
  });

  test('a run that rewrites its progress a thousand times a second, and one that fills its directory and its log, hold up nobody', async () => {
    const resumed = await manager.request('/api/v1/runs:resume', { method: 'POST', body: JSON.stringify({ selector: { q: 'rude@*' } }) });
    expect(resumed.status).toBe(200);
    await manager.until<{ progress: number | null }>('/api/v1/runs/rude@noisy', ({ progress }) => progress !== null);
    const events = async (): Promise<number> =>
      (await manager.json<{ events: readonly { seq: number }[] }>('/api/v1/events?limit=1000')).events.at(-1)?.seq ?? 0;
    const before = await events();
    await sleep(4_000);
    await schedules();
    // Progress is no event of the journal, and told at most every two seconds.
    expect((await events()) - before).toBeLessThan(40);
    await manager.until<{ status: string }>('/api/v1/runs/rude@filling', ({ status }) => status === 'finished', 60_000);
    await manager.until<{ status: string }>('/api/v1/runs/rude@noisy', ({ status }) => status === 'finished', 60_000);
  });

  test('a flood of wrong tokens is answered slowly, is shown, and does not slow who has the token', async () => {
    const endsAtMs = Date.now() + 5_000;
    let answered = 0;
    const guess = async (): Promise<void> => {
      while (Date.now() < endsAtMs) {
        const answer = await fetch(`${manager.url}/api/v1/runs`, {
          headers: { authorization: 'Bearer guess' },
          signal: AbortSignal.timeout(8_000),
        }).catch(() => null);
        if (answer?.status === 401) answered += 1;
      }
    };
    const guessing = Promise.all(Array.from({ length: 64 }, guess));
    await schedules();
    const beganMs = performance.now();
    const { refusedRequests } = await manager.json<{ refusedRequests: { count: number } }>('/api/v1/overview');
    expect(performance.now() - beganMs).toBeLessThan(3_000);
    expect(refusedRequests.count).toBeGreaterThan(50);
    await guessing;
    expect(answered).toBeLessThan(150);
  });
});
