import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SpoolReading } from '@juqueue/core';
import { decodeSpool, nodeFolderFiles, workDirPaths } from '@juqueue/core';
import { FakeManager } from './fake-manager.ts';
import { processes, processesOfNode, programFile, startSpec, TestNode } from './test-node.ts';
import { waitUntil } from './wait-until.ts';
import type { TestWorkDir } from './work-dir.ts';
import { testWorkDir } from './work-dir.ts';

/** The spool in the node's folder of that nonce; without one, in its only folder. */
function spool(workDir: TestWorkDir, nonce = ''): SpoolReading {
  const nodes = join(workDir.path, workDirPaths.nodes);
  const folder = readdirSync(nodes).find((name) => name.endsWith(nonce)) ?? '';
  try {
    return decodeSpool(readFileSync(join(nodes, folder, nodeFolderFiles.spool), 'utf8'));
  } catch {
    return { ended: [], isClosed: false, damagedLines: 0 };
  }
}

describe('a NodeManager that dies', () => {
  test('its guards end every process of its runs and close the spool with the outcomes, within 2 s', async () => {
    await using workDir = await testWorkDir();
    await using manager = await FakeManager.start(workDir);
    await using node = await TestNode.start(workDir, { slots: 3 });
    await manager.heard('hello');
    manager.start(node.allocation, startSpec('a', [programFile('ignores-term.sh')]));
    manager.start(node.allocation, startSpec('b', [programFile('leaves-session.sh')]));
    manager.start(node.allocation, startSpec('c', ['sleep', '600'], { attempt: 4 }));
    await waitUntil('all have started', () => manager.all('started').length === 3);
    // Two spawners, and the processes of the runs.
    await waitUntil('their processes run', () => processesOfNode(node.allocation, node.process.pid ?? 0).length >= 7);

    const killedAtMs = performance.now();
    node.process.kill('SIGKILL');
    const reading = await waitUntil('the spool is closed', () => (spool(workDir).isClosed ? spool(workDir) : null), 5_000);
    expect(performance.now() - killedAtMs).toBeLessThan(2_000);
    expect(reading.ended.map(({ run, attempt, outcome }) => [run, attempt, outcome.kind]).sort()).toEqual([
      ['e@a', 1, 'lost'],
      ['e@b', 1, 'lost'],
      ['e@c', 4, 'lost'],
    ]);
    expect(processes().filter(({ pid }) => processesOfNode(node.allocation, 0).includes(pid))).toEqual([]);
  });

  test('an outcome that was seen but not yet written is told by the guard', async () => {
    await using workDir = await testWorkDir();
    await using manager = await FakeManager.start(workDir);
    await using node = await TestNode.start(workDir);
    await manager.heard('hello');
    manager.start(node.allocation, startSpec('quick', ['sh', '-c', `sleep 0.5`]));
    const { pid } = await manager.heard('started');
    node.process.kill('SIGSTOP');
    await waitUntil('the run has ended and its spawner has seen it', () => !existsSync(`/proc/${pid}`));
    node.process.kill('SIGKILL');
    const reading = await waitUntil('the spool is closed', () => (spool(workDir).isClosed ? spool(workDir) : null), 5_000);
    expect(reading.ended).toMatchObject([{ run: 'e@quick', outcome: { kind: 'exit', exitCode: 0 } }]);
  });

  test('a spawner that dies costs its own runs, is replaced, and the other runs do not notice', async () => {
    await using workDir = await testWorkDir();
    await using manager = await FakeManager.start(workDir);
    await using node = await TestNode.start(workDir);
    await manager.heard('hello');
    manager.start(node.allocation, startSpec('first', [programFile('leaves-session.sh')]));
    manager.start(node.allocation, startSpec('second', [programFile('leaves-session.sh')]));
    await waitUntil('both have started', () => manager.all('started').length === 2);

    const [victim = 0] = node.spawners;
    process.kill(victim, 'SIGKILL');
    const { run } = await manager.heard('ended', ({ outcome }) => outcome.kind === 'lost');
    await waitUntil('there are two spawners again', () => node.spawners.length === 2);
    manager.start(node.allocation, startSpec('third', ['true']));
    expect(await manager.outcome('e@third')).toMatchObject({ kind: 'exit', exitCode: 0 });
    expect(
      manager
        .all('ended')
        .map((message) => message.run)
        .sort(),
    ).toEqual([run, 'e@third'].sort());
  });
});

describe('a lease that ends', () => {
  test(
    'ends all runs; the node goes on, empty, under a new nonce that names the old one and tells how its runs ended',
    { timeout: 40_000 },
    async () => {
      await using workDir = await testWorkDir();
      const times = { leaseMs: 1_500, heartbeatMs: 300, fileHeartbeatMs: 300, linkQuietMs: 1_000 };
      await using node = await TestNode.start(workDir);
      let firstNonce = '';
      {
        await using manager = await FakeManager.start(workDir, { times });
        firstNonce = (await manager.heard('hello')).nonce;
        manager.start(node.allocation, startSpec('held', [programFile('leaves-session.sh')]));
        await manager.heard('started');
      }
      // No manager answers any more, and its challenge never came: no channel renews the lease.
      const reading = await waitUntil(
        'the spool of the old nonce is closed',
        () => (spool(workDir, firstNonce).isClosed ? spool(workDir, firstNonce) : null),
        15_000,
      );
      expect(reading.ended).toMatchObject([{ run: 'e@held', outcome: { stopCause: 'node-lost' } }]);
      expect(processes().filter(({ command }) => /^sleep 60[012]$/.test(command))).toEqual([]);

      await using successor = await FakeManager.start(workDir, { epoch: 2, times });
      const hello = await successor.heard('hello', () => true, 20_000);
      expect(hello).toMatchObject({
        endedNonces: [firstNonce],
        held: [],
        ended: [{ run: 'e@held', attempt: 1, outcome: { stopCause: 'node-lost' } }],
      });
      expect(hello.nonce).not.toBe(firstNonce);
      successor.start(node.allocation, startSpec('next', ['true']));
      expect(await successor.outcome('e@next')).toMatchObject({ exitCode: 0 });
    },
  );

  test('ends the runs of a NodeManager that is stopped alone, while its spawners and runs are not', async () => {
    await using workDir = await testWorkDir();
    const times = { leaseMs: 1_500, heartbeatMs: 300, fileHeartbeatMs: 300, linkQuietMs: 1_000 };
    await using manager = await FakeManager.start(workDir, { times });
    await using node = await TestNode.start(workDir);
    const { nonce } = await manager.heard('hello');
    manager.start(node.allocation, startSpec('alone', [programFile('ignores-term.sh')]));
    const { pid } = await manager.heard('started');

    node.process.kill('SIGSTOP');
    const stoppedAtMs = performance.now();
    await waitUntil('its run is ended', () => !existsSync(`/proc/${pid}`), 10_000);
    expect(performance.now() - stoppedAtMs).toBeGreaterThan(1_000);
    node.process.kill('SIGCONT');
    expect(await manager.heard('hello', (message) => message.nonce !== nonce)).toMatchObject({ endedNonces: [nonce], held: [] });
  });

  test('a frozen node that thaws ends its runs before it reads a word', async () => {
    await using workDir = await testWorkDir();
    const times = { leaseMs: 1_500, heartbeatMs: 300, fileHeartbeatMs: 300, linkQuietMs: 1_000 };
    await using manager = await FakeManager.start(workDir, { times });
    await using node = await TestNode.start(workDir);
    const { nonce } = await manager.heard('hello');
    manager.start(node.allocation, startSpec('frozen', ['sleep', '604']));
    await manager.heard('started');

    node.process.kill('SIGSTOP');
    // Waiting in its socket when it wakes: must not be obeyed under the old nonce.
    manager.start(node.allocation, startSpec('too-late', ['sleep', '605']));
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    node.process.kill('SIGCONT');

    const hello = await manager.heard('hello', (message) => message.nonce !== nonce);
    expect(hello).toMatchObject({ endedNonces: [nonce], held: [] });
    expect(processes().filter(({ command }) => /^sleep 60[45]$/.test(command))).toEqual([]);
    expect(manager.all('started').map((message) => message.run)).toEqual(['e@frozen']);
  });
});
