import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { replacePrivateFile } from './replace-private-file.ts';

test('a file is replaced as a whole, is ours alone even where it was open to others, and nothing else is left beside it', async () => {
  const place = await mkdtemp(join(tmpdir(), 'juqueue-replace-'));
  onTestFinished(() => rm(place, { recursive: true }));
  const file = join(place, 'new', 'secret');
  await replacePrivateFile(file, 'first');
  await writeFile(file, 'written by hand', { mode: 0o644 });
  await Promise.all(['a', 'b', 'c'].map((letter) => replacePrivateFile(file, letter.repeat(100_000))));
  expect(await readFile(file, 'utf8')).toMatch(/^(a+|b+|c+)$/);
  expect([(await stat(file)).mode & 0o777, (await stat(join(place, 'new'))).mode & 0o777, await readdir(join(place, 'new'))]).toEqual([
    0o600,
    0o700,
    ['secret'],
  ]);
});
