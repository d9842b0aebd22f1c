import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { muchRoom, TestHub } from './test-hub.ts';
import type { TestAnswer } from './test-hub.ts';

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

test.skipIf(process.getuid?.() !== 0)(
  'a full disk stops acknowledgements, not answers, and nothing that was acknowledged is lost when there is room again',
  async () => {
    using disk = smallDisk('24m');
    await using hub = await TestHub.start({ folder: join(disk.path, 'hub') });
    const manager = await hub.asManager();
    const job = { command: { kind: 'argv', argv: ['true'] }, input: 'x'.repeat(200_000) };
    const first = await manager('POST', '/jobs', job);
    expect(first.status).toBe(201);
    writeFileSync(join(disk.path, 'filler'), Buffer.alloc(Math.max(0, freeBytes(disk.path) - 600_000)));
    const startedMs = performance.now();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => manager('POST', '/jobs', job, { 'idempotency-key': `k${i}` })));
    expect(performance.now() - startedMs).toBeLessThan(20_000);
    expect(answers.filter(({ status }) => status !== 201).length).toBeGreaterThan(0);
    for (const answer of answers)
      if (answer.status !== 201) expect(answer).toMatchObject({ status: 503, body: { code: 'JQ_STORE_UNAVAILABLE' } });
    expect((await fetch(`${hub.url}/healthz`)).status).toBe(503);
    expect(await manager('POST', '/jobs', job)).toMatchObject({ status: 503, body: { code: 'JQ_STORE_UNAVAILABLE' } });
    expect(await manager('GET', `/jobs/${String(first.body['id'])}`)).toMatchObject({ status: 200, body: { status: 'queued' } });
    disk.resize('64m');
    await expect.poll(async () => (await fetch(`${hub.url}/healthz`)).status, { timeout: 20_000 }).toBe(200);
    const acknowledged = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => String((await manager('POST', '/jobs', job, { 'idempotency-key': `k${i}` })).body['id'])),
    );
    await hub.stop();
    await hub.start();
    for (const id of acknowledged) expect(await manager('GET', `/jobs/${id}`)).toMatchObject({ status: 200, body: { status: 'queued' } });
    for (const { status, body } of answers) if (status === 201) expect(acknowledged).toContain(body['id']);
    expect((await manager('GET', '/jobs')).body['jobs']).toHaveLength(21);
  },
);

test.skipIf(process.getuid?.() !== 0)('whatever else writes on a full disk is refused with a code too', async () => {
  using disk = smallDisk('24m');
  await using hub = await TestHub.start({ folder: join(disk.path, 'hub') });
  const [manager, agent] = [await hub.asManager(), await hub.agent('juwels')];
  writeFileSync(join(disk.path, 'filler'), Buffer.alloc(Math.max(0, freeBytes(disk.path) - 100_000)));
  const text = 'x'.repeat(200);
  const refused = async (ask: (i: number) => Promise<TestAnswer>): Promise<void> => {
    for (let i = 0; i < 2_000; i += 1) {
      const answer = await ask(i);
      if (answer.status < 300) continue;
      return expect(answer).toMatchObject({ status: 503, body: { code: 'JQ_STORE_UNAVAILABLE' } });
    }
    throw new Error('the disk was never full');
  };
  await refused((i) => manager('PUT', `/readers/${text.slice(0, 40)}${i}`, { after: 0 }));
  await refused((i) => manager('POST', '/users', { name: `${text.slice(0, 40)}${i}`, role: 'viewer' }));
  await refused((i) => manager('POST', '/artifacts', { name: `${text}${i}` }));
  await refused(() => agent('POST', '/messages/pull', { max: 1, waitMs: 0, room: muchRoom }));
});

/** An ext4 of its own on a loop device, which can be made to hang; null where none can. */
function freezableDisk(): (AsyncDisposable & { readonly path: string; freeze(): void; thaw(): void }) | null {
  const [image, path] = [mkdtempSync(join(tmpdir(), 'juqueue-image-')), mkdtempSync(join(tmpdir(), 'juqueue-disk-'))];
  const thaw = (): void => void execFileSync('fsfreeze', ['-u', path], { stdio: 'ignore' });
  const remove = (): void => [image, path].forEach((folder) => rmSync(folder, { recursive: true, force: true }));
  try {
    execFileSync('truncate', ['-s', '64M', join(image, 'disk')]);
    execFileSync('mkfs.ext4', ['-q', '-F', join(image, 'disk')], { stdio: 'ignore' });
    execFileSync('mount', ['-o', 'loop', join(image, 'disk'), path], { stdio: 'ignore' });
  } catch {
    remove();
    return null;
  }
  return {
    path,
    freeze: () => void execFileSync('fsfreeze', ['-f', path]),
    thaw,
    async [Symbol.asyncDispose]() {
      execFileSync('umount', ['-l', path]);
      remove();
    },
  };
}

test('a submission to a hub whose disk hangs is answered, takes effect when the disk goes on, and is not made twice', async ({ skip }) => {
  await using disk = freezableDisk();
  if (disk === null) return skip('no loop device can be mounted here');
  await using hub = await TestHub.start({ folder: join(disk.path, 'hub') });
  const manager = await hub.asManager();
  const submit = (): Promise<TestAnswer> =>
    manager('POST', '/jobs', { command: { kind: 'argv', argv: ['true'] } }, { 'idempotency-key': 'once' });
  disk.freeze();
  try {
    expect(await submit()).toMatchObject({ status: 503, body: { code: 'JQ_STORE_UNAVAILABLE' } });
    expect(await submit()).toMatchObject({ status: 503, body: { code: 'JQ_STORE_UNAVAILABLE' } });
  } finally {
    disk.thaw();
  }
  await expect.poll(async () => (await submit()).status, { timeout: 20_000 }).toBe(200);
  expect((await manager('GET', '/jobs')).body['jobs']).toHaveLength(1);
});

function freeBytes(path: string): number {
  const [, line = ''] = execFileSync('df', ['--output=avail', '--block-size=1', path], { encoding: 'utf8' }).split('\n');
  return Number(line);
}
