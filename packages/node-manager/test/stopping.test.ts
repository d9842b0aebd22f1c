import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FakeManager } from './fake-manager.ts';
import { environOf, processes, programFile, startSpec, TestNode } from './test-node.ts';
import { waitUntil } from './wait-until.ts';
import { testWorkDir } from './work-dir.ts';

const savesOnUsr1 = { kind: 'signal', signal: 'USR1', graceMs: 5_000, exitCode: 85 } as const;

/** Pids of the processes of this run, however they fled. */
function processesOfRun(name: string): readonly number[] {
  return processes()
    .map(({ pid }) => pid)
    .filter((pid) => environOf(pid).includes(`RUN_ID=${name}`));
}

/** Sleeping processes of this many seconds whose environment says nothing. */
function ghosts(seconds: number): readonly number[] {
  return processes()
    .filter(({ command }) => command === `sleep ${seconds}`)
    .map(({ pid }) => pid);
}

async function isReady(workDir: string, name: string): Promise<boolean> {
  return (await readFile(join(workDir, `e/${name}/logs/stdout.log`), 'utf8').catch(() => '')).endsWith('ready\n');
}

describe('stopping a run', () => {
  test('a run that ignores the signal is killed after its grace', async () => {
    await using workDir = await testWorkDir();
    await using manager = await FakeManager.start(workDir);
    await using node = await TestNode.start(workDir);
    await manager.heard('hello');
    manager.start(node.allocation, startSpec('stubborn', [programFile('ignores-term.sh')]));
    await waitUntil('it runs', () => isReady(workDir.path, 'stubborn'));

    const askedAtMs = performance.now();
    manager.send(node.allocation, { kind: 'stop', run: 'e@stubborn', attempt: 1, cause: 'user', mode: 'end', graceMs: 400 });
    expect(await manager.outcome('e@stubborn')).toMatchObject({ kind: 'signal', signal: 'SIGKILL', stopCause: 'user' });
    expect(performance.now() - askedAtMs).toBeGreaterThan(380);
    expect(processesOfRun('stubborn')).toEqual([]);
  });

  test('nothing is left of a run that changed its session and lost its parent', async () => {
    await using workDir = await testWorkDir();
    await using manager = await FakeManager.start(workDir);
    await using node = await TestNode.start(workDir);
    await manager.heard('hello');
    manager.start(node.allocation, startSpec('fugitive', [programFile('leaves-session.sh')]));
    await waitUntil(
      'all three processes run',
      async () => (await isReady(workDir.path, 'fugitive')) && processesOfRun('fugitive').length === 3,
    );

    manager.send(node.allocation, { kind: 'stop', run: 'e@fugitive', attempt: 1, cause: 'user', mode: 'end', graceMs: 1_000 });
    expect(await manager.outcome('e@fugitive')).toMatchObject({ kind: 'signal', signal: 'SIGTERM', stopCause: 'user' });
    expect(processesOfRun('fugitive')).toEqual([]);
  });

  test('nothing is left of a run that cleared its environment, changed its session and lost its parent', async () => {
    await using workDir = await testWorkDir();
    await using manager = await FakeManager.start(workDir);
    await using node = await TestNode.start(workDir);
    await manager.heard('hello');
    manager.start(node.allocation, startSpec('ghost', [programFile('clears-environment.sh'), '617']));
    manager.start(node.allocation, startSpec('neighbour', [programFile('clears-environment.sh'), '618']));
    await waitUntil('both ghosts run', () => ghosts(617).length === 1 && ghosts(618).length === 1);

    manager.send(node.allocation, { kind: 'stop', run: 'e@ghost', attempt: 1, cause: 'user', mode: 'end', graceMs: 1_000 });
    await manager.outcome('e@ghost');
    expect([ghosts(617).length, ghosts(618).length]).toEqual([0, 1]);
  });

  test('nothing is left of such a run when its NodeManager is killed', async () => {
    await using workDir = await testWorkDir();
    await using manager = await FakeManager.start(workDir);
    await using node = await TestNode.start(workDir);
    await manager.heard('hello');
    manager.start(node.allocation, startSpec('ghost', [programFile('clears-environment.sh'), '619']));
    await waitUntil('the ghost runs', () => ghosts(619).length === 1);
    node.process.kill('SIGKILL');
    await waitUntil('the ghost is gone', () => ghosts(619).length === 0, 5_000);
  });

  test('nothing is left of a run that failed before its outcome is told, and little later of one that finished', async () => {
    await using workDir = await testWorkDir();
    await using manager = await FakeManager.start(workDir);
    await using node = await TestNode.start(workDir);
    await manager.heard('hello');
    manager.start(node.allocation, startSpec('failing', [programFile('leaves-child.sh'), '3']));
    await manager.outcome('e@failing');
    expect(processesOfRun('failing')).toEqual([]);

    manager.start(node.allocation, startSpec('finishing', [programFile('leaves-child.sh'), '0']));
    await manager.outcome('e@finishing');
    await waitUntil('its child is swept', () => processesOfRun('finishing').length === 0, 3_000);
  });

  test('a run that saves on its signal ends with its code, its checkpoint and the cause', async () => {
    await using workDir = await testWorkDir();
    await using manager = await FakeManager.start(workDir);
    await using node = await TestNode.start(workDir);
    await manager.heard('hello');
    manager.start(node.allocation, startSpec('saver', [programFile('saves-on-usr1.sh')], { checkpoint: savesOnUsr1 }));
    await waitUntil('it runs', () => isReady(workDir.path, 'saver'));

    manager.send(node.allocation, { kind: 'stop', run: 'e@saver', attempt: 1, cause: 'consolidation', mode: 'save', graceMs: 5_000 });
    expect(await manager.outcome('e@saver')).toMatchObject({
      kind: 'exit',
      exitCode: 85,
      stopCause: 'consolidation',
      checkpointAtMs: expect.any(Number),
    });
    await access(join(workDir.path, 'e/saver/saved'));
  });

  test('a saving that comes to nothing is withdrawn and the run goes on', async () => {
    await using workDir = await testWorkDir();
    await using manager = await FakeManager.start(workDir);
    await using node = await TestNode.start(workDir);
    await manager.heard('hello');
    manager.start(node.allocation, startSpec('busy', [programFile('ignores-term.sh')]));
    await waitUntil('it runs', () => isReady(workDir.path, 'busy'));

    manager.send(node.allocation, { kind: 'stop', run: 'e@busy', attempt: 1, cause: 'consolidation', mode: 'save', graceMs: 300 });
    expect(await manager.heard('stop-withdrawn')).toEqual({ kind: 'stop-withdrawn', run: 'e@busy', attempt: 1 });
    expect(processesOfRun('busy')).not.toEqual([]);
    expect(manager.all('ended')).toEqual([]);
  });

  test('a run over its time limit is stopped with that cause', async () => {
    await using workDir = await testWorkDir();
    await using manager = await FakeManager.start(workDir);
    await using node = await TestNode.start(workDir);
    await manager.heard('hello');
    manager.start(node.allocation, startSpec('long', ['sleep', '600'], { timeLimitMs: 300 }));
    expect(await manager.outcome('e@long')).toMatchObject({ kind: 'signal', signal: 'SIGTERM', stopCause: 'time-limit' });
  });
});
