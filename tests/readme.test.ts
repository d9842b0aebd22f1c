import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { builtCopy } from './built-copy.ts';
import { root } from './fresh-copy.ts';
import { processesThatName } from './processes.ts';

const servingMs = 60_000;
const wholeMs = 400_000;

/** Commands that stand in the documentation and are run by other tests. */
const ranElsewhere: ReadonlyMap<string, string> = new Map([
  ['npm test', 'it runs this very test'],
  ['eval "$(npm run --silent slurm:up)"', 'packages/testkit/src/slurm-cluster/start-slurm-cluster.test.ts'],
  ['sinfo', 'packages/testkit/src/slurm-cluster/start-slurm-cluster.test.ts'],
  ['npm start -- --def-dir slurm-defs --work-dir slurm-work', 'tests/slurm/readme.test.ts'],
  ['npm run package', 'tests/package.test.ts'],
]);

/** Pages about a hub: their commands are lines of one shell, and other tests give it a hub. */
const pagesRanElsewhere: ReadonlyMap<RegExp, string> = new Map([
  [/^docs\/hub\.md$/, 'tests/hub-docs.test.ts'],
  [/^docs\/from-.*\.md$/, 'packages/hub/test/migration-pages.test.ts'],
]);

const documents = ['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', ...globSync('docs/*.md', { cwd: root }).sort()];

test('every command of the documentation runs, in the order in which it stands there', { timeout: wholeMs }, async () => {
  using copy = builtCopy();
  let serving: Started | null = null;
  try {
    for (const command of documents
      .filter(isRunHere)
      .flatMap(commandsOf)
      .filter((line) => !ranElsewhere.has(line))) {
      if (!serves(command)) {
        const ended = start(command, copy.directory);
        await ended.closed;
        expect(ended.process.exitCode, `${command}\n${ended.output}`).toBe(0);
        continue;
      }
      if (serving !== null) await stop(serving);
      serving = start(command, copy.directory);
      await untilServing(serving);
    }
  } finally {
    if (serving !== null) await stop(serving);
  }
  // The guards of a node outlive it by a moment.
  await expect.poll(() => processesThatName(copy.directory), { timeout: 5_000 }).toEqual([]);
});

test('the experiment that the README shows is one', { timeout: servingMs }, async () => {
  using copy = builtCopy();
  const definition = blocksOf('README.md', 'yaml').find((block) => block.startsWith('name: sweep\n')) ?? '';
  mkdirSync(join(copy.directory, 'defs/experiments'), { recursive: true });
  writeFileSync(join(copy.directory, 'defs/clusters.yaml'), 'local: { type: local, max_jobs: 1, num_slots: 2 }\n');
  writeFileSync(join(copy.directory, 'defs/experiments/sweep.yaml'), definition);
  const ended = start('npx juqueue validate defs --json', copy.directory);
  await ended.closed;
  expect(ended.process.exitCode, ended.output).toBe(0);
  expect(ended.output).toContain('"experiments":[{"name":"sweep","runs":6}],"problems":[]');
});

test('the experiments that the definitions page shows are some', { timeout: servingMs }, async () => {
  using copy = builtCopy();
  const definitions = blocksOf('docs/definitions.md', 'yaml').filter((block) => block.startsWith('name: '));
  mkdirSync(join(copy.directory, 'defs/experiments'), { recursive: true });
  writeFileSync(join(copy.directory, 'defs/clusters.yaml'), 'local: { type: local, max_jobs: 1, num_slots: 2 }\n');
  for (const [index, definition] of definitions.entries())
    writeFileSync(join(copy.directory, `defs/experiments/${index}.yaml`), definition);
  const ended = start('npx juqueue validate defs --json', copy.directory);
  await ended.closed;
  expect(ended.process.exitCode, ended.output).toBe(0);
  expect(ended.output).toContain('"experiments":[{"name":"train","runs":6},{"name":"two","runs":2}]');
});

test('every npm script that the documentation names exists', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  const named = documents.flatMap((name) =>
    [...readFileSync(join(root, name), 'utf8').matchAll(/npm run ([\w:]+)/g)].map(([, script]) => script),
  );
  expect(named.length).toBeGreaterThan(0);
  for (const script of named) expect(Object.keys(scripts)).toContain(script);
});

function isRunHere(document: string): boolean {
  return [...pagesRanElsewhere.keys()].every((page) => !page.test(document));
}

function commandsOf(document: string): readonly string[] {
  return blocksOf(document, 'sh').flatMap((block) => block.split('\n').filter((line) => line !== ''));
}

function blocksOf(document: string, language: string): readonly string[] {
  const text = readFileSync(join(root, document), 'utf8');
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, found, block]) =>
    found === language && block !== undefined ? [block] : [],
  );
}

function serves(command: string): boolean {
  return command.startsWith('npm start');
}

interface Started {
  readonly process: ChildProcess;
  readonly closed: Promise<unknown>;
  output: string;
}

/** As typed into a fresh shell in that folder: without what npm has put into our own environment. */
function start(command: string, directory: string): Started {
  const [program = '', ...args] = command.split(' ');
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|JUQUEUE_|NODE)/.test(name));
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  const child = spawn(program, args, {
    cwd: directory,
    env: { ...Object.fromEntries(inherited), PATH: path.join(delimiter) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const started: Started = { process: child, closed: once(child, 'close'), output: '' };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (started.output += text.toString()));
  return started;
}

async function untilServing(started: Started): Promise<void> {
  await expect
    .poll(() => started.output + (started.process.exitCode ?? ''), { timeout: servingMs, interval: 100 })
    .toMatch(/^ {2}docs +http:\/\/localhost:\d+\/docs$/m);
}

async function stop(started: Started): Promise<void> {
  if (started.process.exitCode === null) started.process.kill('SIGTERM');
  await started.closed;
  expect(started.process.exitCode, started.output).toBe(0);
}
