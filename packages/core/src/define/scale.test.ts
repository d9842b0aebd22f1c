import { describe, expect, it } from 'vitest';
import { loadDefinitions } from './load-definitions.ts';
import type { ReadText } from './read-rows.ts';

const places = { defDir: '/defs', workDir: '/work' };
const clusters = { path: 'clusters.yaml', text: 'local: {type: local, max_jobs: 2, num_slots: 4}\n' };
/** Goals are for an idle machine; these tests share theirs. */
const patience = 5;

function load(...experiments: readonly string[]) {
  return loadWith({}, ...experiments);
}

function loadWith(files: Readonly<Record<string, string>>, ...experiments: readonly string[]) {
  const readText: ReadText = (path) => ({ kind: 'text', text: files[path] ?? '' });
  const startedAtMs = performance.now();
  const definitions = loadDefinitions(
    clusters,
    experiments.map((text, index) => ({ path: `experiments/e${index}.yaml`, text })),
    { ...places, readText },
  );
  return { definitions, elapsedMs: performance.now() - startedAtMs };
}

const defaults = 'defaults: {cluster: local, cmd: [python3, "{def_dir}/train.py", --out, "{run_dir}/out"], checkpoint: none}\n';
const matrix = `${defaults}matrix: {lr: {from: 1, to: 100}, seed: {from: 1, to: 1000}}\n`;

describe('large experiments', () => {
  it('100 000 runs of a matrix are made within 3 s', () => {
    const { definitions, elapsedMs } = load(matrix);
    expect(definitions.experiments[0]?.runs).toHaveLength(100_000);
    expect(elapsedMs).toBeLessThan(3_000 * patience);
  });

  it('100 000 runs of rows are made within 3 s', () => {
    const rows = Array.from({ length: 100_000 }, (_, index) => `r${index},0.${index},"a, ${index}"\n`);
    const lines = rows.map((_, index) => `{"id": "r${index}", "lr": 0.${index + 1}, "name": "a"}\n`);
    const read = loadWith(
      { '/defs/rows.csv': `id,lr,name\n${rows.join('')}`, '/defs/rows.jsonl': lines.join('') },
      `${defaults}from_csv: rows.csv\n`,
      `${defaults}from_jsonl: rows.jsonl\n`,
    );
    expect(read.definitions.experiments.map(({ runs }) => runs.length)).toEqual([100_000, 100_000]);
    expect(read.elapsedMs).toBeLessThan(2 * 3_000 * patience);
  });

  it('10 000 runs that are written out are read within 2 s', () => {
    const runs = Array.from(
      { length: 10_000 },
      (_, index) => `  - id: run${index}\n    cmd: [python3, "{def_dir}/train.py"]\n    parameters: { lr: 0.${index}, seed: ${index} }\n`,
    );
    const { definitions, elapsedMs } = load(`${defaults}runs:\n${runs.join('')}`);
    expect(definitions.experiments[0]?.runs).toHaveLength(10_000);
    expect(elapsedMs).toBeLessThan(2_000 * patience);
  });

  it('a run that waits for 100 000 others, and 100 000 that wait for one, are checked for cycles', () => {
    const waiting = `${matrix.replace('checkpoint: none', 'checkpoint: none, depends_on: ["e1@prepare"]')}`;
    const { definitions, elapsedMs } = load(waiting, `${defaults}runs: [{id: prepare}, {id: last, depends_on: ["e0@*", prepare]}]\n`);
    expect(definitions.problems).toEqual([]);
    expect(elapsedMs).toBeLessThan(4_000 * patience);
  });

  it('a mistake in 10 000 runs is told within the same time, and not 10 000 times', () => {
    const runs = Array.from({ length: 10_000 }, (_, index) => `  - {id: run${index}, checkpoint: nne, slots: none}\n`);
    const { definitions, elapsedMs } = load(`${defaults}runs:\n${runs.join('')}`);
    expect(definitions.problems).toHaveLength(201);
    expect(definitions.problems.find(({ code }) => code === 'too-many-problems')?.message).toBe(
      '19800 more problems in this file are not shown',
    );
    expect(elapsedMs).toBeLessThan(2_000 * patience);
  });
});
