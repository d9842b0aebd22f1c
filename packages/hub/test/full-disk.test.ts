import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { TestHub } from './test-hub.ts';

vi.setConfig({ testTimeout: 60_000 });

/** A disk of this size in memory; mounting needs root. */
function smallDisk(size: string): Disposable & { readonly path: string; resize(size: string): void } {
  const path = mkdtempSync(join(tmpdir(), 'juqueue-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'tmpfs', path]);
  return {
    path,
    resize: (wanted) => void execFileSync('mount', ['-o', `remount,size=${wanted}`, path]),
    [Symbol.dispose]() {
      execFileSync('umount', ['-l', path]);
      rmSync(path, { recursive: true, force: true });
    },
  };
}

test.skipIf(process.getuid?.() !== 0)('a full disk stops acknowledgements, not answers, and nothing that was acknowledged is lost when there is room again', async () => {
  using disk = smallDisk('24m');
  await using hub = await TestHub.start({ folder: join(disk.path, 'hub') });
  const manager = await hub.asManager();
  const job = { command: { kind: 'argv', argv: ['true'] }, input: 'x'.repeat(200_000) };
  const first = await manager('POST', '/jobs', job);
  expect(first.status).toBe(201);
  writeFileSync(join(disk.path, 'filler'), Buffer.alloc(Math.max(0, freeBytes(disk.path) - 600_000)));
  const answers = Promise.all(Array.from({ length: 20 }, (_, i) => manager('POST', '/jobs', job, { 'idempotency-key': `k${i}` })));
  await expect.poll(async () => (await fetch(`${hub.url}/healthz`)).status, { timeout: 20_000 }).toBe(503);
  expect(await manager('POST', '/jobs', job)).toMatchObject({ status: 503, body: { code: 'JQ_STORE_UNAVAILABLE' } });
  expect(await manager('GET', `/jobs/${String(first.body['id'])}`)).toMatchObject({ status: 200, body: { status: 'queued' } });
  disk.resize('64m');
  const acknowledged = (await answers).flatMap(({ status, body }) => (status === 201 ? [String(body['id'])] : []));
  expect(acknowledged.length).toBeGreaterThan(0);
  await hub.stop();
  await hub.start();
  for (const id of acknowledged) expect(await manager('GET', `/jobs/${id}`)).toMatchObject({ status: 200, body: { status: 'queued' } });
});

function freeBytes(path: string): number {
  const [, line = ''] = execFileSync('df', ['--output=avail', '--block-size=1', path], { encoding: 'utf8' }).split('\n');
  return Number(line);
}
