import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
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
    manager.start(node.allocation, startSpec('says', ['sh', '-c', 'echo "fatal: no licence" >&2; exit 2']));
    manager.start(node.allocation, startSpec('nine', ['sh', '-c', 'kill -9 $$']));

    expect(await manager.outcome('e@zero')).toMatchObject({ kind: 'exit', exitCode: 0, stopCause: null, detail: 'exited with code 0' });
    expect(await manager.outcome('e@seven')).toMatchObject({ kind: 'exit', exitCode: 7, detail: 'exited with code 7' });
    expect(await manager.outcome('e@says')).toMatchObject({ kind: 'exit', exitCode: 2, detail: 'exited with code 2: fatal: no licence' });
    expect(await manager.outcome('e@nine')).toMatchObject({
      kind: 'signal',
      signal: 'SIGKILL',
      exitCode: null,
      detail: 'killed by signal 9 (SIGKILL)',
    });
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

describe('what a run sees', () => {
  test('the environment of the manager, the executor and ourselves; the script before the command; its own directory', async () => {
    await using workDir = await testWorkDir({ PATH: '/usr/local/bin:/usr/bin:/bin', WANDB_API_KEY: 'k', SLURM_NTASKS: '4' });
    await using manager = await FakeManager.start(workDir);
    await using node = await TestNode.start(workDir);
    await manager.heard('hello');
    const venv = join(workDir.path, 'venv');
    await mkdir(join(venv, 'bin'), { recursive: true });
    const executor = {
      env: { COLOUR: 'blue' },
      venv,
      pythonSearchPath: ['/lib'],
      prependScript: ['export PATH=/module:$PATH', 'loaded="a b"; export loaded'],
      cuda: true,
    };
    manager.start(node.allocation, startSpec('sees', ['sh', '-c', 'env; pwd; echo "$0"', 'two words'], { executor }), [1]);
    expect(await manager.outcome('e@sees')).toMatchObject({ exitCode: 0 });
    const lines = (await readFile(join(workDir.path, 'e/sees/logs/stdout.log'), 'utf8')).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'WANDB_API_KEY=k',
        'COLOUR=blue',
        'loaded=a b',
        `PATH=${venv}/bin:/module:${venv}/bin:/usr/local/bin:/usr/bin:/bin`,
        'PYTHONPATH=/lib',
        'CUDA_VISIBLE_DEVICES=1',
        'EXPERIMENT_ID=e',
        'RUN_ID=sees',
        'JUQUEUE_SLOT=1',
        join(workDir.path, 'e/sees'),
        'two words',
      ]),
    );
    expect(lines.filter((line) => /^(SLURM_NTASKS|JUQUEUE_VENV|NODE_OPTIONS|UV_THREADPOOL_SIZE)=/.test(line))).toEqual([]);
  });

  test('a program that does not exist or is not executable fails with text that names it', async () => {
    await using workDir = await testWorkDir();
    await using manager = await FakeManager.start(workDir);
    await using node = await TestNode.start(workDir);
    await manager.heard('hello');
    manager.start(node.allocation, startSpec('missing', ['no-such-program']));
    const data = join(workDir.path, 'data.csv');
    await writeFile(data, '1,2', { mode: 0o644 });
    manager.start(node.allocation, startSpec('data', [data]));
    expect(await manager.outcome('e@missing')).toMatchObject({
      kind: 'exit',
      exitCode: 127,
      detail: 'no-such-program was not found in PATH (/usr/local/bin:/usr/bin:/bin)',
    });
    expect(await manager.outcome('e@data')).toMatchObject({
      kind: 'exit',
      exitCode: 126,
      detail: `${data} is not executable; try: chmod +x ${data}`,
    });
  });

  test('its progress and checkpoints are observed while it runs, its own error text stands in the outcome', async () => {
    await using workDir = await testWorkDir();
    await using manager = await FakeManager.start(workDir);
    await using node = await TestNode.start(workDir);
    await manager.heard('hello');
    const script =
      'echo "0.5 half way" > "$JUQUEUE_PROGRESS_FILE"; touch "$JUQUEUE_CHECKPOINT_FILE"; sleep 5; echo "no more data" > "$JUQUEUE_ERROR_FILE"; exit 3';
    manager.start(node.allocation, startSpec('tells', ['sh', '-c', script]));
    const { observations } = await manager.heard('observed');
    expect(observations).toMatchObject([
      { run: 'e@tells', observation: { attempt: 1, progress: 0.5, progressText: 'half way', checkpointAtMs: expect.any(Number) } },
    ]);
    expect(await manager.outcome('e@tells')).toMatchObject({
      exitCode: 3,
      progress: 0.5,
      checkpointAtMs: expect.any(Number),
      detail: 'exited with code 3: no more data',
    });
    const history = JSON.parse(await readFile(join(workDir.path, 'e/tells/juqueue-run.json'), 'utf8')) as unknown;
    expect(history).toMatchObject({ status: 'failed', attempts: [{ attempt: 1, node: 'a1', slots: [0], outcome: { exitCode: 3 } }] });
  });
});
