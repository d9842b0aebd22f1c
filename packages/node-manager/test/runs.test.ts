import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FakeManager } from './fake-manager.ts';
import { programFile, startSpec, TestNode } from './test-node.ts';
import { testWorkDir } from './work-dir.ts';

describe('runs on a node', () => {
  test('exit 0, exit 7 and a killing signal are told apart, with a sentence', async () => {
    await using workDir = await testWorkDir();
    await using manager = await FakeManager.start(workDir);
    await using node = await TestNode.start(workDir);
    await manager.heard('hello');

    manager.start(node.allocation, startSpec('zero', ['true']));
    manager.start(node.allocation, startSpec('seven', ['sh', '-c', 'exit 7']));
    manager.start(node.allocation, startSpec('nine', ['sh', '-c', 'kill -9 $$']));

    expect(await manager.outcome('e@zero')).toMatchObject({ kind: 'exit', exitCode: 0, stopCause: null, detail: 'exited with code 0' });
    expect(await manager.outcome('e@seven')).toMatchObject({ kind: 'exit', exitCode: 7, detail: 'exited with code 7' });
    expect(await manager.outcome('e@nine')).toMatchObject({ kind: 'signal', signal: 'SIGKILL', exitCode: null, detail: 'killed by signal 9 (SIGKILL)' });
  });

  test('the log begins with the header of the attempt, and an empty stderr.log is removed', async () => {
    await using workDir = await testWorkDir();
    await using manager = await FakeManager.start(workDir);
    await using node = await TestNode.start(workDir);
    await manager.heard('hello');
    manager.start(node.allocation, startSpec('hello', ['echo', 'hello', 'big world'], { parameters: { lr: 0.1, fast: true } }));
    await manager.outcome('e@hello');

    const log = await readFile(join(workDir.path, 'e/hello/logs/stdout.log'), 'utf8');
    expect(log.split('\n')).toEqual([
      expect.stringMatching(/^-{10} .* · e@hello · attempt 1 · a1 on .* · slot 0 -{10}$/),
      `echo hello 'big world' --lr 0.1 --fast True`,
      'hello big world --lr 0.1 --fast True',
      '',
    ]);
    await expect(access(join(workDir.path, 'e/hello/logs/stderr.log'))).rejects.toThrow('ENOENT');
  });

  test('stdout and stderr grow as the program writes, however much that is', async () => {
    await using workDir = await testWorkDir();
    await using manager = await FakeManager.start(workDir);
    await using node = await TestNode.start(workDir);
    await manager.heard('hello');
    manager.start(node.allocation, startSpec('flood', [programFile('floods-stdout.sh')]));
    expect(await manager.outcome('e@flood')).toMatchObject({ kind: 'exit', exitCode: 0 });
    const log = await readFile(join(workDir.path, 'e/flood/logs/stdout.log'));
    expect(log.length).toBeGreaterThan(50_000_000);
  });
});
