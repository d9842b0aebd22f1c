import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { formatProblem } from '@juqueue/core';
import { describe, expect, test } from 'vitest';
import { readDefinitionsOnce } from './definitions-loader.ts';
import type { LoadedDefinitions } from './definitions-loader.ts';

const corpus = join(import.meta.dirname, '../../definitions-corpus');
/** Places of errors have columns, and sentences are as expected, from this version. */
const newEnough = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 11))']).status === 0;
const titleNote = newEnough ? '' : ' (skipped: python3 is not there, or older than 3.11)';
/** Python on a busy machine begins slowly. */
const patienceMs = 60_000;

async function load(folder: string): Promise<LoadedDefinitions> {
  return await readDefinitionsOnce({ defDir: join(corpus, folder), workDir: '/work' });
}

/** Versions of interpreters find other words, and paths are not the same everywhere. */
function withoutVersions(text: string): string {
  return text.replaceAll(corpus, '<corpus>').replace(/\/\S*\/python3[\d.]*(?= has no module)/g, '<python>');
}

/** Keys that say nothing are left out, so that new ones change no expectation. */
function withoutDefaults(key: string, value: unknown): unknown {
  if (value === null || value === false || value === 0) return undefined;
  return typeof value === 'object' && Object.keys(value).length === 0 && key !== '' ? undefined : value;
}

describe.skipIf(!newEnough)(
  `definitions in Python, TypeScript and JavaScript that are wrong are answered with their places, all at once, and the rest loads${titleNote}`,
  () => {
    test.each(readdirSync(join(corpus, 'bad')))('%s', { timeout: patienceMs }, async (name) => {
      const { problems, experiments, keptExperiments } = await load(`bad/${name}`);
      expect(problems).not.toEqual([]);
      const kept = keptExperiments === 'all' ? 'all' : keptExperiments.join(', ') || 'none';
      const outcome = `${problems.map((problem) => `${formatProblem(problem)}\n\n`).join('')}experiments: ${experiments.map((experiment) => experiment.name).join(', ') || 'none'} (kept: ${kept})\n`;
      await expect(withoutVersions(outcome)).toMatchFileSnapshot(join(corpus, 'bad', name, 'expected.txt'));
    });
  },
);

describe.skipIf(!newEnough)(`definitions in Python, TypeScript and JavaScript load without a problem${titleNote}`, () => {
  test.each(readdirSync(join(corpus, 'good')))('%s', { timeout: patienceMs }, async (name) => {
    const { problems, experiments } = await load(`good/${name}`);
    expect(problems).toEqual([]);
    await expect(withoutVersions(`${JSON.stringify(experiments, withoutDefaults, 2)}\n`)).toMatchFileSnapshot(
      join(corpus, 'good', name, 'expected.json'),
    );
  });
});
