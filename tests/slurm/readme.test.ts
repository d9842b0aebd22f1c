import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { all, isFinished, untilNodes, untilRuns } from './run-answers.ts';
import { describeOnSlurm, SlurmStage } from './slurm-stage.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

describeOnSlurm('The README', () => {
  test('shows definitions with which sixteen runs take four allocations', async () => {
    const section = readme.slice(readme.indexOf('## Try it on a Slurm'), readme.indexOf('## What a run is'));
    const files = new Map(
      [...section.matchAll(/`slurm-defs\/(\S+)`:\n\n```yaml\n(.*?)```/gs)].map(([, name = '', content = '']) => [name, content]),
    );
    expect([...files.keys()]).toEqual(['clusters.yaml', 'experiments/hello.yaml']);
    await using stage = await SlurmStage.open({ nodeCount: 4, runs: {} });
    stage.folder.define(
      'clusters.yaml',
      (files.get('clusters.yaml') ?? '').replace('queue: batch', `queue: ${stage.lease.partition('batch')}`),
    );
    stage.folder.define('experiments/hello.yaml', files.get('experiments/hello.yaml') ?? '');
    await using manager = await stage.startManager();
    const runs = await untilRuns(manager, (found) => found.length === 16 && all(isFinished)(found), 120_000);
    expect(runs.every(({ attempt }) => attempt === 1)).toBe(true);
    expect(stage.folder.read('hello/s7/logs/stdout.log')).toMatch(/^run s7 on /m);
    await untilNodes(manager, (nodes) => nodes.length === 0);
    expect((await stage.accountedJobs()).length).toBe(4);
  });
});
