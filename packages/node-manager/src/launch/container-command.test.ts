import type { ContainerDefinition } from '@juqueue/core';
import { describe, expect, test } from 'vitest';
import type { ContainerContext } from './container-command.ts';
import { containerCommand } from './container-command.ts';
import { runFiles } from './run-files.ts';

const container: ContainerDefinition = {
  runtime: 'apptainer',
  image: '/images/train.sif',
  bind: [],
  input: null,
  output: null,
  gpu: null,
  network: 'host',
  cleanEnv: false,
  entrypoint: false,
  args: [],
};

const context: ContainerContext = {
  workDir: '/w',
  files: runFiles('/w', 'e/lr=1,s=2', 3),
  cwd: '/work',
  env: { LR: '1', KEY: '${secret:/k}', JUQUEUE_RUN_DIR: '/w/e/lr=1,s=2', JUQUEUE_ATTEMPT: '3' },
  inherited: { PATH: '/bin', HOME: '/home/u', WANDB_API_KEY: 'k', 'BASH_FUNC_module%%': '() { :; }' },
  devices: '2,3',
  name: 'juqueue-0123',
  user: { name: 'u', uid: 1000, gid: 100 },
};

const command = ['train', '$(id)', 'a "b"\nc', 'ü'];
const of = (more: Partial<ContainerDefinition>, changes: Partial<ContainerContext> = {}) =>
  containerCommand({ ...container, ...more }, command, { ...context, ...changes });
const everything: Partial<ContainerDefinition> = { bind: ['/data:/data:ro', '/scratch'], input: '/in', output: '/out', args: ['--extra'] };

describe('apptainer and singularity', () => {
  test('execute the command in the run directory, which is /work; commas of paths are not separators', () => {
    const { argv, env, cleanup } = of({});
    expect(argv).toEqual([
      'apptainer',
      'exec',
      '--bind',
      String.raw`/w/e/lr=1\,s=2:/work`,
      '--pwd',
      '/work',
      '/images/train.sif',
      ...command,
    ]);
    expect(env).toEqual({
      APPTAINERENV_JUQUEUE_RUN_DIR: '/work',
      APPTAINERENV_JUQUEUE_PROGRESS_FILE: '/work/logs/progress-3',
      APPTAINERENV_JUQUEUE_CHECKPOINT_FILE: '/work/logs/checkpoint-3',
      APPTAINERENV_JUQUEUE_ERROR_FILE: '/work/logs/error-3',
    });
    expect(cleanup).toBeNull();
  });

  test('folders, devices, network and further options', () => {
    expect(of({ ...everything, gpu: 'nvidia', network: 'none' }).argv.slice(2, -command.length)).toEqual([
      '--nv',
      '--net',
      '--network',
      'none',
      '--bind',
      String.raw`/w/e/lr=1\,s=2:/work`,
      '--bind',
      '/in:/input:ro',
      '--bind',
      '/out:/output',
      '--bind',
      '/data:/data:ro',
      '--bind',
      '/scratch:/scratch',
      '--pwd',
      '/work',
      '--extra',
      '/images/train.sif',
    ]);
    expect(of({ gpu: 'rocm', runtime: 'singularity' }).argv.slice(0, 3)).toEqual(['singularity', 'exec', '--rocm']);
  });

  test('in a clean environment variables of the run come in by the prefix, never by an argument', () => {
    const { argv, env } = of({ cleanEnv: true, runtime: 'singularity' });
    expect(argv).toContain('--cleanenv');
    expect(env).toMatchObject({
      SINGULARITYENV_LR: '1',
      SINGULARITYENV_KEY: '${secret:/k}',
      SINGULARITYENV_JUQUEUE_ATTEMPT: '3',
      SINGULARITYENV_JUQUEUE_RUN_DIR: '/work',
    });
  });

  test('the entry point of the image, or a program of it, may get the command', () => {
    expect(of({ entrypoint: true }).argv.slice(0, 2)).toEqual(['apptainer', 'run']);
    expect(of({ entrypoint: '/entry' }).argv.slice(-command.length - 2)).toEqual(['/images/train.sif', '/entry', ...command]);
  });

  test('an image of a registry is taken from the cache; one that is not there is named', () => {
    const { argv, needs } = of({ image: 'docker://ghcr.io/g/train:1' });
    expect(argv.at(-command.length - 1)).toMatch(/^\/w\/\.juqueue\/images\/[0-9a-f]{32}\.sif$/);
    expect(needs).toEqual([
      {
        path: argv.at(-command.length - 1),
        kind: 'any',
        detail: 'the image docker://ghcr.io/g/train:1 has not been pulled for this work-dir; juqueue images update pulls it',
      },
    ]);
    expect(of({}).needs).toEqual([{ path: '/images/train.sif', kind: 'any', detail: 'the image /images/train.sif does not exist' }]);
  });
});

describe('charliecloud', () => {
  test('binds the run directory and starts in it; values with $ stay as they are', () => {
    const { argv, env } = of({ runtime: 'charliecloud', image: '/images/root' });
    expect(argv).toEqual([
      'ch-run',
      '--env-no-expand',
      '--set-env=JUQUEUE_RUN_DIR=/work',
      '--set-env=JUQUEUE_PROGRESS_FILE=/work/logs/progress-3',
      '--set-env=JUQUEUE_CHECKPOINT_FILE=/work/logs/checkpoint-3',
      '--set-env=JUQUEUE_ERROR_FILE=/work/logs/error-3',
      '--bind=/w/e/lr=1,s=2:/work',
      '--cd=/work',
      '/images/root',
      '--',
      ...command,
    ]);
    expect(env).toEqual({ USER: 'u' });
    expect(of({ runtime: 'charliecloud' }, { inherited: { USER: 'x' } }).env).toEqual({});
  });

  test('a clean environment leaves out what is the node’s alone', () => {
    expect(of({ runtime: 'charliecloud', network: 'none' }).argv.slice(0, 5)).toEqual([
      'unshare',
      '--map-current-user',
      '--net',
      '--',
      'ch-run',
    ]);
    expect(of({ runtime: 'charliecloud', cleanEnv: true }).argv.slice(0, 3)).toEqual([
      'ch-run',
      '--unset-env=WANDB_API_KEY',
      '--env-no-expand',
    ]);
  });
});

describe('docker and podman', () => {
  test('name variables without their values, and write as us', () => {
    const { argv, cleanup } = of({ ...everything, runtime: 'docker', image: 'docker://train:1', gpu: 'nvidia' });
    expect(argv).toEqual([
      'docker',
      'run',
      '--rm',
      '--init',
      '--name',
      'juqueue-0123',
      '--user',
      '1000:100',
      '--gpus',
      '"device=2,3"',
      '--network',
      'host',
      '--mount',
      'type=bind,"source=/w/e/lr=1,s=2",target=/work',
      '--mount',
      'type=bind,source=/in,target=/input,readonly',
      '--mount',
      'type=bind,source=/out,target=/output',
      '--mount',
      'type=bind,source=/data,target=/data,readonly',
      '--mount',
      'type=bind,source=/scratch,target=/scratch',
      '--workdir',
      '/work',
      '--env',
      'LR',
      '--env',
      'KEY',
      '--env',
      'JUQUEUE_ATTEMPT',
      '--env',
      'JUQUEUE_RUN_DIR=/work',
      '--env',
      'JUQUEUE_PROGRESS_FILE=/work/logs/progress-3',
      '--env',
      'JUQUEUE_CHECKPOINT_FILE=/work/logs/checkpoint-3',
      '--env',
      'JUQUEUE_ERROR_FILE=/work/logs/error-3',
      '--entrypoint',
      'train',
      '--extra',
      'train:1',
      ...command.slice(1),
    ]);
    expect(cleanup).toEqual(['docker', 'rm', '--force', 'juqueue-0123']);
  });

  test('podman maps us to ourselves and names each device', () => {
    const { argv, cleanup } = of({ runtime: 'podman', image: 'train', gpu: 'nvidia', network: 'none', entrypoint: true });
    expect(argv.slice(0, 14)).toEqual([
      'podman',
      'run',
      '--rm',
      '--init',
      '--name',
      'juqueue-0123',
      '--userns',
      'keep-id',
      '--device',
      'nvidia.com/gpu=2',
      '--device',
      'nvidia.com/gpu=3',
      '--network',
      'none',
    ]);
    expect(argv.slice(-command.length - 1)).toEqual(['train', ...command]);
    expect(argv).not.toContain('--entrypoint');
    expect(cleanup).toEqual(['podman', 'rm', '--force', 'juqueue-0123']);
    expect(of({ runtime: 'podman', gpu: 'rocm' }, { user: { name: 'root', uid: 0, gid: 0 } }).argv).not.toContain('--userns');
    expect(of({ runtime: 'docker', gpu: 'nvidia' }, { devices: null }).argv).toContain('all');
  });
});
