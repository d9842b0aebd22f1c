import { existsSync } from 'node:fs';
import { TestFolder, TestManager } from '@juqueue/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { juqueue } from './command-line.ts';

/** Starting and stopping a manager takes a second or two on a quiet machine. */
const busyMachineMs = 90_000;

const definitions = {
  'clusters.yaml': 'local: { type: local, max_jobs: 1, num_slots: 1 }\n',
  'experiments/mixed.yaml': `name: mixed
autostart: true
defaults: { cluster: local, checkpoint: none }
runs:
  - id: bars
    cmd: [sh, -c, 'printf "10%%\\r20%%\\r30%%\\nan error here\\n"; exit 3']
    parameters: { lr: 0.1 }
`,
  'experiments/waiting.yaml': `name: waiting
defaults: { cluster: local, checkpoint: none, cmd: [sh, -c, "exec sleep 600"] }
matrix: { i: { from: 1, to: 3 } }
id: "r{i}"
`,
};

describe('commands that change something', { timeout: busyMachineMs }, () => {
  let folder: TestFolder;
  let manager: TestManager;

  beforeAll(async () => {
    folder = new TestFolder(definitions);
    manager = await TestManager.start(folder);
  }, busyMachineMs);

  afterAll(async () => {
    await manager[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const ask = (...args: readonly string[]) => juqueue([...args, '--work-dir', folder.workDir]);
  const stateOf = async (run: string): Promise<string> => {
    const { status, reason } = JSON.parse((await ask('show', run, '--json')).out).run;
    return `${status}/${reason}`;
  };

  test('hold, release and priority: only held runs do not start, and the highest priority starts first', async () => {
    expect((await ask('wait', 'mixed@*', '--timeout', '60s')).code).toBe(10);
    expect(await ask('cluster', 'hold', 'local', '--reason', 'a pause')).toMatchObject({
      code: 0,
      err: 'No more nodes are requested of local: a pause\n',
    });
    const running = JSON.parse((await ask('nodes', '--json')).out).nodes;
    for (const { id } of running) await ask('drain', id);
    expect((await ask('resume', 'waiting@*', '--yes')).code).toBe(0);
    expect(await ask('hold', 'waiting@r1', '--reason', 'wrong seed')).toMatchObject({ code: 0, err: '1 of 1 runs held.\n' });
    expect(await stateOf('waiting@r1')).toBe('ready/held');
    expect(await ask('priority', '7', 'waiting@r3')).toMatchObject({ code: 0, err: '1 of 1 runs changed.\n' });
    expect(await ask('priority', 'high', 'waiting@r3')).toMatchObject({ code: 2, err: expect.stringContaining('whole number') });
    expect(await ask('cluster', 'release', 'local')).toMatchObject({ code: 0 });
    await expect.poll(() => stateOf('waiting@r3'), { timeout: 30_000 }).toBe('running/running');
    expect(await stateOf('waiting@r2')).toBe('ready/queued');
    expect(await ask('release', 'waiting@r1')).toMatchObject({ code: 0, err: '1 of 1 runs released.\n' });
    expect(await stateOf('waiting@r1')).toBe('ready/queued');
  });

  test('drain with --now stops what runs on a node, after it was agreed to', async () => {
    const [node] = JSON.parse((await ask('nodes', '--json')).out).nodes.filter(({ busySlots }: { busySlots: number }) => busySlots > 0);
    expect(await ask('drain', node.id, '--now')).toMatchObject({
      code: 7,
      err: expect.stringContaining(`${node.id} has 1 runs that would be stopped.`),
    });
    expect(await ask('drain', node.id, '--now', '--yes')).toMatchObject({ code: 0, err: expect.stringContaining('1 are asked to stop') });
    expect(await ask('drain', 'local-99999')).toMatchObject({ code: 5, err: expect.stringContaining("There is no node 'local-99999'") });
  });

  test('progress ends with 10 when runs failed, and tells a pipe one line', async () => {
    const { code, out } = await ask('progress', 'mixed');
    expect([code, out]).toEqual([10, '0 running, 0 ready, 0 finished, 1 failed\n']);
    expect(JSON.parse((await ask('progress', '--once', '--json')).out).experiments).toHaveLength(2);
    expect((await ask('progress', 'nothing')).code).toBe(5);
  });

  test('logs leave out overwritten bars unless --raw, and --grep finds lines of the whole log', async () => {
    expect((await ask('logs', 'mixed@bars', '--stdout')).out).toMatch(/\n30%\nan error here\n$/);
    expect((await ask('logs', 'mixed@bars', '--stdout', '--raw')).out).toContain('10%\r20%\r30%\n');
    expect(await ask('logs', 'mixed@bars', '--stdout', '--grep', 'ERROR', '-i')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^an error here$/m),
    });
    expect((await ask('logs', 'mixed@bars', '--grep', 'nowhere')).code).toBe(5);
  });

  test('tunnel prints the lines of ssh, and no token', async () => {
    const { out, err } = await ask('tunnel');
    expect(out).toMatch(/^ssh -N -L \d+:\/.*ui\.sock /);
    const token = (await ask('token')).out.trim();
    expect(out + err).not.toContain(token);
  });

  test('clean deletes folders of ended runs and nothing else, never unasked; the runs stay', async () => {
    const logOf = (run: string): string => `${folder.workDir}/mixed/${run}/logs/stdout.log`;
    expect(existsSync(logOf('bars'))).toBe(true);
    expect((await ask('clean')).code).toBe(2);
    expect(await ask('clean', 'mixed@bars', '--older', 'long')).toMatchObject({
      code: 2,
      err: expect.stringContaining("--older is 'long'"),
    });
    expect(await ask('clean', 'mixed@bars', '--older', '1d', '--yes')).toMatchObject({
      code: 0,
      err: expect.stringContaining('left alone: mixed@bars, it is not old enough'),
    });
    expect(await ask('clean', 'mixed@bars', '--dry-run')).toMatchObject({ code: 0, out: 'would delete the folder of 1 of 1 runs\n' });
    expect(await ask('clean', 'mixed@bars')).toMatchObject({ code: 7, err: expect.stringContaining('with outputs and logs') });
    expect(existsSync(logOf('bars'))).toBe(true);
    expect(await ask('clean', 'mixed@bars', '--yes')).toMatchObject({ code: 0, err: 'the folder of 1 of 1 runs deleted.\n' });
    expect(existsSync(logOf('bars'))).toBe(false);
    expect(await stateOf('mixed@bars')).toMatch(/^(finished|failed)\//);
    expect((await ask('logs', 'mixed@bars')).out).toBe('');
  });
});
