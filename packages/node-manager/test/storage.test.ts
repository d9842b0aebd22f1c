import { mkdir, readFile, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nodeFolder, nodeFolderFiles } from '@juqueue/core';
import type { StorageReport } from '../src/core/node-ports.ts';
import { startStorage } from '../src/files/storage.ts';
import { NodeWorld } from './node-world.ts';
import { testWorkDir } from './work-dir.ts';

const nonce = 'abcd';

/** The real workers of a node, on its folder in a work-dir. */
async function openStorage(workDir: string) {
  const reports: StorageReport[] = [];
  const storage = startStorage(
    {
      workDir,
      allocation: 'local-1',
      host: 'h',
      program: new URL('../src/main.ts', import.meta.url),
      observeEveryMs: 60_000,
      sampleEveryMs: 60_000,
    },
    (report) => reports.push(report),
  );
  storage.openFolder(nonce);
  await expect.poll(() => reports, { timeout: 20_000 }).toContainEqual({ kind: 'folder-opened', nonce });
  return { storage, reports, path: (name: string) => join(workDir, nodeFolder('local-1', nonce), name) };
}

describe('a file system that refuses', () => {
  test('a heartbeat is said to have refused it, and the next one counts again', { timeout: 60_000 }, async () => {
    await using workDir = await testWorkDir();
    const { storage, reports, path } = await openStorage(workDir.path);
    storage.overwriteHeartbeat(nonce, 1);
    await expect.poll(() => reports, { timeout: 10_000 }).toContainEqual({ kind: 'heartbeat-overwritten', nonce, counter: 1 });
    await rm(path(nodeFolderFiles.heartbeat));
    storage.overwriteHeartbeat(nonce, 2);
    await expect
      .poll(() => reports, { timeout: 10_000 })
      .toContainEqual({ kind: 'overwrite-failed', nonce, because: expect.stringContaining('ENOENT') });
  });

  test.each([
    ['an echo', nodeFolderFiles.challengeEcho, 'writeChallengeEcho' as const],
    ['a fence confirmation', nodeFolderFiles.fenceConfirmation, 'writeFenceConfirmation' as const],
  ])('%s is asked again until it takes it, and then holds the newest', { timeout: 60_000 }, async (_, name, method) => {
    await using workDir = await testWorkDir();
    const { storage, path } = await openStorage(workDir.path);
    // A folder in the place of the file: nothing can be renamed onto it.
    await mkdir(path(name));
    storage[method](nonce, 'old');
    storage[method](nonce, 'new');
    await new Promise((resolve) => setTimeout(resolve, 500));
    await rmdir(path(name));
    await expect.poll(() => readFile(path(name), 'utf8').catch(() => ''), { timeout: 20_000 }).toContain('new');
  });
});

test('a node whose heartbeat was refused writes the next one when it is due', () => {
  const world = new NodeWorld().link();
  world.clock.pass(20_000);
  const before = world.overwrites.length;
  world.refusesHeartbeats = true;
  world.clock.pass(45_000);
  expect(world.overwrites.length).toBe(before + 3);
  world.refusesHeartbeats = false;
  world.clock.pass(15_000);
  expect(world.overwrites.length).toBe(before + 4);
});
