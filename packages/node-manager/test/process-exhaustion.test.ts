import { describe, expect, test } from 'vitest';
import { FakeManager } from './fake-manager.ts';
import { startSpec, TestNode } from './test-node.ts';
import { waitUntil } from './wait-until.ts';
import { testWorkDir } from './work-dir.ts';

const isRoot = process.getuid?.() === 0;
/** A user of whom there is nobody else on this machine; root has no limit. */
const user = { uid: 64_000 + (process.pid % 1_000), gid: 64_000 };
/** NodeManager and spawners take about 60 with their threads. */
const limit = 110;

const forks = ['bash', '-c', 'while :; do sleep 600 2>/dev/null & done 2>/dev/null'];

describe.skipIf(!isRoot)(isRoot ? 'a run that takes every process of its user' : 'a run that takes every process of its user (skipped: needs root to become another one)', { timeout: 120_000 }, () => {
  test('is stopped like any other, and another run starts as soon as there is a process for it', async () => {
    await using workDir = await testWorkDir();
    await using manager = await FakeManager.start(workDir);
    await using node = await TestNode.start(workDir, {}, { user, processes: limit });
    await manager.heard('hello');
    manager.start(node.allocation, startSpec('greedy', forks));
    await manager.heard('started');
    await new Promise((resolve) => setTimeout(resolve, 3_000));
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
    manager.start(node.allocation, startSpec('greedy', forks));
    await manager.heard('started');
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    manager.start(node.allocation, startSpec('later', ['true']));
    const { outcome } = await waitUntil('it has ended', () => manager.all('ended')[0] ?? null, 60_000);
    expect(outcome).toMatchObject({ kind: 'exit', exitCode: 126, detail: expect.stringMatching(new RegExp(`no process to spare \\(EAGAIN\\); our user has \\d+ of at most ${limit} processes and threads here`)) });
    manager.send(node.allocation, { kind: 'stop', run: 'e@greedy', attempt: 1, cause: 'user', mode: 'end', graceMs: 1_000 });
    await waitUntil('it is stopped', () => manager.all('ended').length === 2, 30_000);
    expect(node.hasExited).toBe(false);
  });
});
