import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatProblem } from '@juqueue/core';
import { describe, expect, it } from 'vitest';
import { readDefinitionsOnce } from './definitions-loader.ts';

async function defDirWith(files: Readonly<Record<string, string>>) {
  const path = await mkdtemp(join(tmpdir(), 'juqueue-def-dir-'));
  await mkdir(join(path, 'experiments'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

const clusters = 'local: {type: local, max_jobs: 2, num_slots: 4}\n';
const experiment = 'defaults: {cluster: local, cmd: [train], checkpoint: none}\nmatrix: {seed: {from: 1, to: 5001}}\n';

describe('a def-dir', () => {
  it('is read whole, large experiments in portions', async () => {
    await using dir = await defDirWith({ 'clusters.yaml': clusters, 'experiments/e.yaml': experiment, 'experiments/f.yml': experiment });
    const { experiments, files, problems } = await readDefinitionsOnce({ defDir: dir.path, workDir: '/work' });
    expect(problems).toEqual([]);
    expect(experiments.map(({ name, runs }) => [name, runs.length, runs.at(-1)?.name])).toEqual([
      ['e', 5001, 'seed5001'],
      ['f', 5001, 'seed5001'],
    ]);
    expect(files.map(({ path }) => path)).toEqual(['clusters.yaml', 'experiments/e.yaml', 'experiments/f.yml']);
  });

  it('may hold other files: hidden ones, those that others import, and those of no known language are left alone', async () => {
    await using dir = await defDirWith({
      'clusters.yaml': clusters,
      'experiments/_abstract.yaml': '[',
      'experiments/.e.yaml.swp': '[',
      'experiments/notes.md': '',
      'experiments/types.d.ts': '',
      'experiments/_shared.py': '(',
    });
    const { problems } = await readDefinitionsOnce({ defDir: dir.path, workDir: '/work' });
    expect(problems).toEqual([]);
  });

  it('with a file that cannot be read keeps all experiments, as it may define any', async () => {
    await using dir = await defDirWith({ 'experiments/e.yaml': experiment });
    await mkdir(join(dir.path, 'clusters.yaml'));
    await symlink('loop.yaml', join(dir.path, 'experiments/loop.yaml'));
    const { problems, keptExperiments } = await readDefinitionsOnce({ defDir: dir.path, workDir: '/work' });
    expect(problems.map(formatProblem)).toEqual([
      'clusters.yaml: error: it cannot be read (EISDIR)',
      'experiments/loop.yaml: error: it cannot be read (ELOOP)',
    ]);
    expect(keptExperiments).toBe('all');
  });

  it('without clusters.yaml or experiments says so', async () => {
    await using dir = await defDirWith({});
    await rm(join(dir.path, 'experiments'), { recursive: true });
    const { problems } = await readDefinitionsOnce({ defDir: dir.path, workDir: '/work' });
    expect(problems.map(formatProblem)).toEqual([
      'clusters.yaml: error: there is no clusters.yaml, expected the clusters that runs may use\n  hint: juqueue init writes an example',
      'experiments: warning: there is no folder experiments, so there are no runs',
    ]);
  });

  it('with a directive that sbatch must not get names it with its place, and keeps that cluster as it was', async () => {
    const slurm = '{type: slurm, queue: batch, max_jobs: 2, num_slots: 4, job_extra_directives: ["--gres=gpu:4", "--array=1-9"]}';
    await using dir = await defDirWith({ 'clusters.yaml': `${clusters}hpc: ${slurm}\n` });
    const read = await readDefinitionsOnce({ defDir: dir.path, workDir: '/work' });
    expect(read.problems).toMatchObject([
      {
        file: 'clusters.yaml',
        line: 2,
        column: `hpc: ${slurm}`.indexOf('"--array') + 1,
        severity: 'error',
        message: `cluster 'hpc', job_extra_directives[1]: the directive "--array=1-9" cannot be used: each node is one job of its own`,
      },
    ]);
    expect([read.clusters.map(({ name }) => name), read.keptClusters]).toEqual([['local'], ['hpc']]);
  });

  it('says whom to tell in notify.yaml: nobody without it, as before when it has errors', async () => {
    const channels = 'channels: { hook: {type: command, cmd: [./tell.sh]} }\n';
    for (const [files, expected] of [
      [{}, ['nobody', 0]],
      [{ 'notify.yaml': channels }, [expect.objectContaining({ channels: [expect.objectContaining({ name: 'hook' })] }), 0]],
      [{ 'notify.yaml': 'channels: { hook: {type: command} }\n' }, ['as-before', 1]],
    ] as const) {
      await using dir = await defDirWith({ 'clusters.yaml': clusters, ...files });
      const { notify, problems } = await readDefinitionsOnce({ defDir: dir.path, workDir: '/work' });
      expect([notify, problems.filter(({ file }) => file === 'notify.yaml').length]).toEqual(expected);
    }
  });

  it('that is a file, or is not there, is a problem and no crash', async () => {
    await using dir = await defDirWith({ file: '' });
    for (const [name, sentence] of [
      ['file', 'is not a folder'],
      ['nowhere', 'does not exist'],
    ] as const) {
      const { problems, isMissing, keptClusters } = await readDefinitionsOnce({ defDir: join(dir.path, name), workDir: '/work' });
      expect([isMissing, keptClusters, problems[0]?.message]).toEqual([true, 'all', `the definitions folder ${sentence}`]);
    }
  });
});

it('the examples load without a problem', async () => {
  const { problems, experiments } = await readDefinitionsOnce({
    defDir: join(import.meta.dirname, '../../../../example_defs'),
    workDir: '/work',
  });
  expect(problems.map(formatProblem)).toEqual([]);
  expect(experiments.map(({ name }) => name)).toContain('sweep');
});
