import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatProblem } from './format-problem.ts';
import type { Definitions } from './load-definitions.ts';
import { loadDefinitions } from './load-definitions.ts';
import type { ReadText } from './read-rows.ts';

const corpus = join(import.meta.dirname, 'corpus');
const places = { defDir: '/defs', workDir: '/work' };

function load(caseDir: string): Definitions {
  const files = readdirSync(caseDir, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.name.endsWith('.yaml'),
  );
  const read = (path: string) => ({ path, text: readFileSync(join(caseDir, path), 'utf8') });
  const hasClusters = files.some((entry) => entry.name === 'clusters.yaml');
  const experiments = files.filter((entry) => entry.parentPath.endsWith('experiments')).map((entry) => `experiments/${entry.name}`);
  const readText: ReadText = (path) => {
    const file = join(caseDir, path.slice(places.defDir.length));
    return existsSync(file) ? { kind: 'text', text: readFileSync(file, 'utf8') } : { kind: 'unreadable', because: 'does not exist' };
  };
  return loadDefinitions(hasClusters ? read('clusters.yaml') : null, experiments.sort().map(read), { ...places, readText });
}

function outcome({ clusters, keptClusters, experiments, keptExperiments, problems }: Definitions): string {
  const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name).join(', ') || 'none';
  const kept = (list: 'all' | readonly string[]) => (list === 'all' ? 'all' : list.join(', ') || 'none');
  const loaded = `clusters: ${names(clusters)} (kept: ${kept(keptClusters)})\nexperiments: ${names(experiments)} (kept: ${kept(keptExperiments)})\n`;
  return `${problems.map((problem) => `${formatProblem(problem)}\n\n`).join('')}${loaded}`;
}

describe('bad definitions are answered with file, line, column, expectation and value, all at once, and the rest loads', () => {
  it.each(readdirSync(join(corpus, 'bad')))('%s', async (name) => {
    const definitions = load(join(corpus, 'bad', name));
    expect(definitions.problems).not.toEqual([]);
    await expect(outcome(definitions)).toMatchFileSnapshot(join(corpus, 'bad', name, 'expected.txt'));
  });
});

describe('good definitions load without a problem', () => {
  it.each(readdirSync(join(corpus, 'good')))('%s', async (name) => {
    const { clusters, experiments, problems } = load(join(corpus, 'good', name));
    expect(problems).toEqual([]);
    await expect(`${JSON.stringify({ clusters, experiments }, null, 2)}\n`).toMatchFileSnapshot(
      join(corpus, 'good', name, 'expected.json'),
    );
  });
});
