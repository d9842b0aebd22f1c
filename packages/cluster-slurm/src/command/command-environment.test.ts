import { describe, expect, it } from 'vitest';
import { questionEnvironment, siteDefaults, submitEnvironment } from './command-environment.ts';

const own = {
  PATH: '/w/node_modules/.bin:/usr/bin',
  HOME: '/home/me',
  LANG: 'de_DE.UTF-8',
  SLURM_CONF: '/etc/slurm/slurm.conf',
  SLURM_JOB_ID: '1',
  SLURM_CPU_BIND: 'cores',
  SQUEUE_NAMES: 'x',
  SBATCH_WAIT: '1',
  SBATCH_ACCOUNT: 'budget1',
  SCANCEL_INTERACTIVE: '1',
  SACCT_FORMAT: 'JobID',
  WANDB_API_KEY: 'secret',
  NODE_OPTIONS: '--inspect',
  MODULEPATH: '/opt/modules',
  'BASH_FUNC_module%%': '() { :; }',
  TMPDIR: '/tmp/login',
};

describe('the environment of commands', () => {
  it('is curated: nothing of an enclosing job, nothing that changes answers, no secret', () => {
    expect(questionEnvironment(own)).toEqual({
      PATH: '/usr/bin',
      HOME: '/home/me',
      SLURM_CONF: '/etc/slurm/slurm.conf',
      LC_ALL: 'C.UTF-8',
      SLURM_TIME_FORMAT: '%s',
    });
  });

  it('of sbatch, which jobs inherit, has the language of the person and modules for the prologue', () => {
    expect(submitEnvironment(own)).toEqual({
      PATH: '/usr/bin',
      HOME: '/home/me',
      LANG: 'de_DE.UTF-8',
      SLURM_CONF: '/etc/slurm/slurm.conf',
      MODULEPATH: '/opt/modules',
      'BASH_FUNC_module%%': '() { :; }',
    });
  });

  it('gives defaults where a site has set some for sbatch', () => {
    expect(siteDefaults(own)).toEqual({ account: 'budget1', partition: null, qos: null, reservation: null });
  });
});
