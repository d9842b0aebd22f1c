import { describe, expect, it } from 'vitest';
import { jobScript } from './job-script.ts';

const command = {
  nodeBinary: '/opt/node/bin/node',
  program: '/w/.juqueue/bin/ab/node-manager.mjs',
  arguments: ['--work-dir', '/w', '--allocation', 'hpc-00001'],
};

describe('the script of a job', () => {
  it('is the prologue verbatim, then the node in the place of the shell', () => {
    expect(jobScript(['module load CUDA/12', 'export A="$HOME/x y"'], command).split('\n')).toEqual([
      '#!/bin/bash',
      'module load CUDA/12',
      'export A="$HOME/x y"',
      'exec /opt/node/bin/node /w/.juqueue/bin/ab/node-manager.mjs --work-dir /w --allocation hpc-00001',
      '',
    ]);
  });

  it('means paths exactly as they are', () => {
    expect(jobScript([], { ...command, nodeBinary: "/opt/it's here/node" })).toContain(`exec '/opt/it'\\''s here/node' /w/`);
  });

  it('has no line ends of Windows, which sbatch refuses', () => {
    expect(jobScript(['module load x\r'], command)).not.toContain('\r');
  });
});
