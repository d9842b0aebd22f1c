import { describe, expect, test } from 'vitest';
import { loadDefinitions } from './load-definitions.ts';

const clusters = { path: 'clusters.yaml', text: 'local: { type: local, max_jobs: 1, num_slots: 2 }\n' };
const places = { defDir: '/defs', workDir: '/work' };
const load = (...lines: readonly unknown[]) =>
  loadDefinitions(
    clusters,
    [{ path: 'experiments/a.runs.jsonl', text: lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n') }],
    places,
  );

const experiment = { name: 'jobs', autostart: true, max_failures: 'off', defaults: { cluster: 'local', checkpoint: 'none' } };

describe('an experiment as JSON lines', () => {
  test('is its first line; every further line is a run with all keys that a run has', () => {
    const run = { id: 'one', cmd: ['sh', '-c', 'echo {def_dir} ${HOME}'], slots: 2, time_limit: '90s', executor: { env: { A: '{lr}' } } };
    const { experiments, problems } = load(experiment, '', run, { id: 'two', cmd: ['true'] });
    expect(problems).toEqual([]);
    expect(experiments).toMatchObject([
      { name: 'jobs', autostart: true, runs: [{ name: 'one', resources: { slots: 2 }, timeLimitMs: 90_000 }, { name: 'two' }] },
    ]);
    expect(experiments[0]?.runs[0]).toMatchObject({ cmd: run.cmd, executor: { env: { A: '{lr}' } } });
  });

  test('may have no runs', () => {
    expect(load(experiment)).toMatchObject({ problems: [], experiments: [{ name: 'jobs', runs: [] }] });
  });

  test('names the line and column of what is wrong', () => {
    expect(load(experiment, { id: 'one', cmd: ['true'] }, { id: 'two', cmd: ['true'], slots: 0 }).problems).toMatchObject([
      { line: 3, column: 36, message: "run 'two', slots: expected a whole number of at least 1, found 0" },
    ]);
    expect(load(experiment, '{"id": "one"').problems).toMatchObject([
      { line: 2, code: 'json-syntax', message: expect.stringContaining('this is not valid JSON') },
    ]);
    expect(load(experiment, '[1]').problems).toMatchObject([{ line: 2, message: 'expected an object, found a list of 1' }]);
    expect(load('').problems).toMatchObject([{ line: 1, message: 'the file is empty, expected the experiment in its first line' }]);
  });
});
