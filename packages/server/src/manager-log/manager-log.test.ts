import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ManagerLog } from './manager-log.ts';
import { prettyLine } from './pretty-line.ts';

class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'juqueue-log-'));
  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

test('each line is JSON with its time, level and sentence, in a file that only we can read', async () => {
  using folder = new Folder();
  {
    await using log = new ManagerLog(folder.path, false);
    log.info('request 2 nodes of hpc', { cluster: 'hpc' });
    log.warn('sbatch did not answer');
  }
  const file = join(folder.path, 'logs/juqueue.log');
  const lines = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines).toEqual([
    { level: 30, time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/), cluster: 'hpc', msg: 'request 2 nodes of hpc' },
    { level: 40, time: expect.any(String), msg: 'sbatch did not answer' },
  ]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('the file is rotated at 10 MB and four older ones are kept, so that no quota is filled', async () => {
  using folder = new Folder();
  const sentence = 'x'.repeat(1_000_000);
  for (let part = 0; part < 7; part += 1) {
    await using log = new ManagerLog(folder.path, false);
    for (let i = 0; i < 11; i += 1) log.info(sentence);
  }
  const names = readdirSync(join(folder.path, 'logs')).sort();
  expect(names).toEqual(['juqueue.log', 'juqueue.log.1', 'juqueue.log.2', 'juqueue.log.3', 'juqueue.log.4']);
  for (const name of names) expect(statSync(join(folder.path, 'logs', name)).size).toBeLessThan(25e6);
});

test('a log that nothing was said to makes no file', async () => {
  using folder = new Folder();
  await new ManagerLog(folder.path, false)[Symbol.asyncDispose]();
  expect(existsSync(join(folder.path, 'logs'))).toBe(false);
});

test.each([
  ['{"level":30,"time":"2026-11-21T14:03:22.719Z","msg":"release n1: empty for 30 s"}\n', '14:03:22  release n1: empty for 30 s\n'],
  [
    '{"level":40,"time":"2026-11-21T14:03:22.719Z","because":{"a":1},"plan":"one\\ntwo","msg":"sbatch did not answer"}\n',
    '14:03:22  warning: sbatch did not answer\n          because: {"a":1}\n          plan: one\n            two\n',
  ],
  ['something else\n', 'something else\n'],
])('on a terminal %j is for people', (line, expected) => {
  expect(prettyLine(line)).toBe(expected);
});
