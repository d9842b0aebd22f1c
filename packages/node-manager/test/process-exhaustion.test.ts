import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FakeManager } from './fake-manager.ts';
import { startSpec, TestNode } from './test-node.ts';
import { waitUntil } from './wait-until.ts';
import { testWorkDir } from './work-dir.ts';
import type { TestWorkDir } from './work-dir.ts';

const isRoot = process.getuid?.() === 0;
/** A user of whom there is nobody else on this machine; root has no limit. */
const user = { uid: 64_000 + (process.pid % 1_000), gid: 64_000 };
/** NodeManager and spawners take about 60 with their threads. */
const limit = 110;

/** Takes each process that comes free, for as long as it lives; the file `full` says that there was none for the first time. A shell would give up after 15 s. */
const forks = [
  'python3',
  '-c',
  `import os, time
while True:
    try:
        child = os.fork()
    except OSError:
        open('full', 'w').close()
        time.sleep(0.05)
        continue
    if child == 0:
        time.sleep(600)
        os._exit(0)
`,
];

async function takesEveryProcess(manager: FakeManager, node: TestNode, workDir: TestWorkDir): Promise<void> {
  manager.start(node.allocation, startSpec('greedy', forks));
  await waitUntil('every process is taken', () => existsSync(join(workDir.path, 'e/greedy/full')), 30_000);
}

describe.skipIf(!isRoot)(
  isRoot
    ? 'a run that takes every process of its user'
    : 'a run that takes every process of its user (skipped: needs root to become another one)',
  // Whether a spawner has all its threads when the last process is taken is chance: without one it dies, and its node with it.
  { timeout: 120_000, retry: 4 },
  () => {
    test('is stopped like any other, and another run starts as soon as there is a process for it', async () => {
      await using workDir = await testWorkDir();
      await using manager = await FakeManager.start(workDir);
      await using node = await TestNode.start(workDir, {}, { user, processes: limit });
      await manager.heard('hello');
      await takesEveryProcess(manager, node, workDir);
      manager.start(node.allocation, startSpec('later', ['true']));
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      expect(manager.all('started').map(({ run }) => run)).toEqual(['e@greedy']);
      manager.send(node.allocation, { kind: 'stop', run: 'e@greedy', attempt: 1, cause: 'user', mode: 'end', graceMs: 1_000 });
      const ended = await waitUntil('both have ended', () => (manager.all('ended').length === 2 ? manager.all('ended') : null), 30_000);
      expect(ended.find(({ run }) => run === 'e@later')?.outcome).toMatchObject({ kind: 'exit', exitCode: 0 });
      expect(node.hasExited).toBe(false);
    });

    test('makes others fail with a sentence that says so, and the node lives on', async () => {
      await using workDir = await testWorkDir();
      await using manager = await FakeManager.start(workDir);
      await using node = await TestNode.start(workDir, {}, { user, processes: limit });
      await manager.heard('hello');
      await takesEveryProcess(manager, node, workDir);
      manager.start(node.allocation, startSpec('later', ['true']));
      const { outcome } = await waitUntil('it has ended', () => manager.all('ended')[0] ?? null, 60_000);
      expect(outcome).toMatchObject({
        kind: 'exit',
        exitCode: 126,
        detail: expect.stringMatching(
          new RegExp(`no process to spare \\(EAGAIN\\); our user has \\d+ of at most ${limit} processes and threads here`),
        ),
      });
      manager.send(node.allocation, { kind: 'stop', run: 'e@greedy', attempt: 1, cause: 'user', mode: 'end', graceMs: 1_000 });
      await waitUntil('it is stopped', () => manager.all('ended').length === 2, 30_000);
      expect(node.hasExited).toBe(false);
    });
  },
);
