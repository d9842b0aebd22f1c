import { describe, expect, test } from 'vitest';
import type { StartSpec } from '@juqueue/core';
import { commandLine } from './command-line.ts';
import { deviceNames, devicesOfNode, deviceWish, DeviceTable } from './devices.ts';
import { inheritableEnvironment, nodeEnvironment } from './inheritable-environment.ts';
import type { NodeContext } from './launch-plan.ts';
import { planLaunch } from './launch-plan.ts';

const context: NodeContext = {
  workDir: '/work',
  node: 'a7',
  host: 'n17',
  slots: 4,
  processors: { list: [], isDefault: true },
  user: { name: 'u', uid: 1000, gid: 100 },
  deadlineMs: 1_700_000_000_999,
  devices: { variable: 'CUDA_VISIBLE_DEVICES', list: null },
  environment: { PATH: '/usr/bin', PYTHONPATH: '/site' },
};

function spec(more: Partial<StartSpec> = {}, executor: Partial<StartSpec['executor']> = {}): StartSpec {
  return {
    run: 'sweep@lr0.1',
    attempt: 3,
    attemptId: 'secret',
    directory: 'sweep/lr0.1',
    cmd: ['python3', 'train.py'],
    parameters: {},
    parameterFormat: 'argparse',
    executor: { env: {}, venv: null, pythonSearchPath: [], prependScript: [], cuda: false, ...executor },
    checkpoint: { kind: 'undeclared' },
    slotCount: 1,
    timeLimitMs: null,
    graceMs: 30_000,
    cudaDevicesPerSlot: 2,
    gpus: null,
    ...more,
  };
}

const plan = (
  more?: Partial<StartSpec>,
  executor?: Partial<StartSpec['executor']>,
  slots: readonly number[] = [1],
  devices: readonly number[] = [],
) => planLaunch(spec(more, executor), { slots, devices }, 'nonce', context, 0);

describe('the command line', () => {
  test('parameters follow the command as the definition orders them, options of argparse with dashes, truth values as Python spells them', () => {
    const parameters = { lr: 0.1, name: 'a b', fast: true, slow_down: false };
    expect(commandLine(spec({ parameters }))).toEqual([
      'python3',
      'train.py',
      '--lr',
      '0.1',
      '--name',
      'a b',
      '--fast',
      'True',
      '--slow-down',
      'False',
    ]);
    expect(commandLine(spec({ parameters, parameterFormat: 'eq' }))).toEqual([
      'python3',
      'train.py',
      'lr=0.1',
      'name=a b',
      'fast=True',
      'slow_down=False',
    ]);
  });
});

describe('the environment of a run', () => {
  test('says who it is, where it is and where it reports', () => {
    expect(plan().env).toEqual({
      EXPERIMENT_ID: 'sweep',
      RUN_ID: 'lr0.1',
      JUQUEUE_ATTEMPT: '3',
      JUQUEUE_ATTEMPT_ID: 'secret',
      JUQUEUE_SLOT: '1',
      JUQUEUE_NODE: 'a7',
      JUQUEUE_NONCE: 'nonce',
      JUQUEUE_RUN_DIR: '/work/sweep/lr0.1',
      JUQUEUE_DEADLINE: '1700000000',
      JUQUEUE_PROGRESS_FILE: '/work/sweep/lr0.1/logs/progress-3',
      JUQUEUE_CHECKPOINT_FILE: '/work/sweep/lr0.1/logs/checkpoint-3',
      JUQUEUE_ERROR_FILE: '/work/sweep/lr0.1/logs/error-3',
    });
  });

  test('says where what it depends on is', () => {
    expect(plan({ dependencyFolders: { JUQUEUE_DEP_PREPARE_DIR: 'sweep/prepare' } }).env).toMatchObject({
      JUQUEUE_DEP_PREPARE_DIR: '/work/sweep/prepare',
    });
  });

  test('the executor’s variables are over the node’s, ours over both', () => {
    expect(plan({}, { env: { LR: '1', JUQUEUE_ATTEMPT_ID: 'forged' } }).env).toMatchObject({ LR: '1', JUQUEUE_ATTEMPT_ID: 'secret' });
  });

  test('search paths are appended to what is there, without empty entries', () => {
    expect(plan({}, { pythonSearchPath: ['/lib', '/more'] }).env['PYTHONPATH']).toBe('/site:/lib:/more');
  });

  test('a venv comes first in PATH, and once more after a script that may change it', () => {
    expect(plan({}, { venv: '/v' }).env).toMatchObject({ VIRTUAL_ENV: '/v', PATH: '/v/bin:/usr/bin' });
    expect(plan({}, { venv: '/v' }).env).not.toHaveProperty('JUQUEUE_VENV');
    expect(plan({}, { venv: '/v', prependScript: ['module load Python'] }).env).toMatchObject({ JUQUEUE_VENV: '/v' });
  });

  test('devices are shown only to runs that want them, by the names of the list or by their numbers', () => {
    expect(plan().env).not.toHaveProperty('CUDA_VISIBLE_DEVICES');
    expect(plan({}, { cuda: true }, [1, 2], [2, 3, 4, 5]).env['CUDA_VISIBLE_DEVICES']).toBe('2,3,4,5');
    expect(plan({ gpus: 1 }, {}, [1], [3]).env['CUDA_VISIBLE_DEVICES']).toBe('3');
    expect(plan({ gpus: 0 }, { cuda: true }).env['CUDA_VISIBLE_DEVICES']).toBe('');
    expect(deviceNames({ variable: 'CUDA_VISIBLE_DEVICES', list: ['GPU-a', 'GPU-b', 'GPU-c'] }, [1, 2])).toBe('GPU-b,GPU-c');
  });

  test('the list of devices is the one that the cluster gave to the node', () => {
    expect(devicesOfNode({ CUDA_VISIBLE_DEVICES: '4,5' })).toEqual({ variable: 'CUDA_VISIBLE_DEVICES', list: ['4', '5'] });
    expect(devicesOfNode({ ROCR_VISIBLE_DEVICES: '0,1', CUDA_VISIBLE_DEVICES: '0' })).toEqual({
      variable: 'ROCR_VISIBLE_DEVICES',
      list: ['0', '1'],
    });
  });
});

describe('devices of a node', () => {
  const wish = (gpus: number | null, slots: readonly number[], cuda = true) => deviceWish(spec({ gpus }, { cuda }), slots, Infinity);
  const table = (...list: readonly string[]) =>
    new DeviceTable({ variable: 'CUDA_VISIBLE_DEVICES', list: list.length === 0 ? null : list });

  test('slot i has slice i of them when the run wants devices and names no number', () => {
    expect(table().take('a', wish(null, [1, 2]))).toEqual([2, 3, 4, 5]);
    expect(table().take('a', wish(null, [1], false))).toEqual([]);
  });

  test('slot i has device i when its cluster does not say how many a slot has, as far as there are so many', () => {
    const implicit = (slots: readonly number[], size: number) =>
      deviceWish(spec({ cudaDevicesPerSlot: 0 }, { cuda: true }), slots, size).wished;
    expect(implicit([1, 2], Infinity)).toEqual([1, 2]);
    expect(implicit([3, 4], 4)).toEqual([3]);
  });

  test('a run that names a number takes that many, and no other run gets one of them', () => {
    const devices = table('0', '1', '2', '3');
    expect(devices.take('a', wish(1, [0]))).toEqual([0]);
    expect(devices.take('b', wish(null, [0]))).toEqual([1, 2]);
    expect(devices.take('c', wish(2, [1]))).toBeNull();
    devices.release('a', [0]);
    expect(devices.take('c', wish(2, [1]))).toEqual([0, 3]);
  });
});

describe('what a run inherits', () => {
  test('the manager’s environment without jobs, ourselves, npm and what steers Node', () => {
    const managers = {
      HOME: '/h',
      WANDB_API_KEY: 'k',
      SLURM_JOB_ID: '1',
      SBATCH_WAIT: '1',
      SQUEUE_NAMES: 'x',
      SACCT_FORMAT: 'x',
      SCANCEL_USER: 'x',
      JUQUEUE_WORK_DIR: '/w',
      npm_config_x: '1',
      NODE: '/n',
      NODE_OPTIONS: '--x',
      INIT_CWD: '/c',
      PATH: '/p/node_modules/.bin:/node_modules/.bin:/npm/node-gyp-bin:/usr/bin:/mine/node_modules/.bin',
    };
    expect(inheritableEnvironment(managers, 'inherit')).toEqual({
      HOME: '/h',
      WANDB_API_KEY: 'k',
      PATH: '/usr/bin:/mine/node_modules/.bin',
    });
  });

  test('clean leaves only who and where we are', () => {
    expect(inheritableEnvironment({ HOME: '/h', WANDB_API_KEY: 'k', LC_ALL: 'C' }, 'clean')).toEqual({ HOME: '/h', LC_ALL: 'C' });
  });

  test('the node’s own facts are over the manager’s', () => {
    expect(nodeEnvironment({ TMPDIR: '/manager' }, { TMPDIR: '/node', SLURM_JOB_ID: '5', SLURM_NTASKS: '3' }, false)).toEqual({
      TMPDIR: '/node',
      SLURM_JOB_ID: '5',
    });
    const prepared = nodeEnvironment(
      { PATH: '/bin', CONDA: 'base' },
      { PATH: '/modules/bin:/bin', OMP_NUM_THREADS: '4', SLURM_NTASKS: '3' },
      true,
    );
    expect(prepared).toEqual({ PATH: '/modules/bin:/bin', CONDA: 'base', OMP_NUM_THREADS: '4' });
  });
});

describe('the script before a command', () => {
  test('holds the user’s lines verbatim, ends in exec, and gets the command as its arguments', () => {
    const { script, argv } = plan({}, { prependScript: ['export A="$HOME"', 'echo "$A"'] });
    expect(script).toEqual({ text: 'export A="$HOME"\necho "$A"\nexec "$@"\n', isLogin: false });
    expect(argv).toEqual(['python3', 'train.py']);
  });

  test('is there only when something asks for a shell', () => {
    expect(plan().script).toBeNull();
    expect(plan({}, { venv: '/v', env: { A: '1' } }).script).toBeNull();
    expect(plan({}, { umask: '027' }).script?.text).toBe('umask 027\nexec "$@"\n');
    expect(plan({}, { loginShell: true }).script).toEqual({ text: 'exec "$@"\n', isLogin: true });
  });

  test('the header of the log shows both, and no environment', () => {
    const { header } = plan({ parameters: { note: "it's" } }, { env: { SECRET: 'hidden' }, prependScript: ['module load X'] });
    expect(header.split('\n')).toEqual([
      '---------- 1970-01-01T00:00:00.000Z · sweep@lr0.1 · attempt 3 · a7 on n17 · slot 1 ----------',
      'module load X',
      String.raw`python3 train.py --note 'it'\''s'`,
      '',
    ]);
  });
});

describe('where a run starts', () => {
  test('in its own directory, or where it says; what must be there is named', () => {
    expect(plan()).toMatchObject({ cwd: '/work/sweep/lr0.1', stdin: null, needs: [], prefix: [] });
    expect(plan({}, { cwd: '/src', stdin: '${JUQUEUE_RUN_DIR}/in', venv: '/v' })).toMatchObject({
      cwd: '/src',
      stdin: '/work/sweep/lr0.1/in',
      needs: [
        { path: '/v/bin', kind: 'folder', detail: 'the venv /v does not exist; try: python3 -m venv /v' },
        { path: '/src', kind: 'folder', detail: 'the working directory /src does not exist' },
        { path: '/work/sweep/lr0.1/in', kind: 'file' },
      ],
    });
  });

  test('on the processors of its slots, unless it asked for processors by number', () => {
    const processors = { list: Array.from({ length: 8 }, (_, cpu) => ({ cpu, core: cpu, socket: 0 })), isDefault: true };
    const on = (more?: Partial<StartSpec>, executor?: Partial<StartSpec['executor']>) =>
      planLaunch(spec(more, executor), { slots: [1], devices: [] }, 'nonce', { ...context, processors }, 0).prefix;
    expect(on()).toEqual(['taskset', '--cpu-list', '2,3']);
    expect(on({}, { cpuBinding: false })).toEqual([]);
    expect(on({ cpus: 4 })).toEqual([]);
  });
});
