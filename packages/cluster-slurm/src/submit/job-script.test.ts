import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jobScript, shellWord } from './job-script.ts';

const command = { nodeBinary: '/opt/node/bin/node', program: '/w/.juqueue/bin/ab/node-manager.mjs', arguments: ['--work-dir', '/w', '--allocation', 'hpc-00001'] };

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

  it('has no line ends of Windows, which sbatch refuses', () => {
    expect(jobScript(['module load x\r'], command)).not.toContain('\r');
  });

  it('means paths exactly as they are, whatever characters they hold', () => {
    const path = fc.string({ minLength: 1, unit: 'binary' }).filter((text) => !text.includes('\0') && text.isWellFormed());
    fc.assert(
      fc.property(fc.array(path, { minLength: 1, maxLength: 20 }), (paths) => {
        const printed = execFileSync('/bin/bash', ['-c', `printf '%s\\0' ${paths.map(shellWord).join(' ')}`], { encoding: 'utf8' });
        expect(printed.split('\0').slice(0, -1)).toEqual(paths);
      }),
      { numRuns: 30 },
    );
  });
});
