import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { explainStartFailure } from './start-failure.ts';

async function folder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'juqueue-start-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

describe('a program that cannot be started', () => {
  test('not in PATH: names it and where it was looked for', async () => {
    await using here = await folder();
    expect(await explainStartFailure('trian', '/a:/b', here.path, 'ENOENT')).toEqual({
      code: 127,
      detail: 'trian was not found in PATH (/a:/b)',
    });
  });

  test('not in PATH but in the run directory: says how to write it', async () => {
    await using here = await folder();
    await writeFile(join(here.path, 'train'), '');
    expect((await explainStartFailure('train', '/a', here.path, 'ENOENT')).detail).toBe(
      'train was not found in PATH (/a); the run directory has a file of this name: write ./train',
    );
  });

  test('a path that does not exist: suggests the file with a similar name', async () => {
    await using here = await folder();
    await writeFile(join(here.path, 'train.sh'), '');
    expect(await explainStartFailure('./trian.sh', '/a', here.path, 'ENOENT')).toEqual({
      code: 127,
      detail: `./trian.sh does not exist, looked for relative to the run directory ${here.path}; did you mean ${join(here.path, 'train.sh')}?`,
    });
  });

  test('not executable: 126 and the command that helps', async () => {
    await using here = await folder();
    const file = join(here.path, 'train.sh');
    await writeFile(file, '', { mode: 0o644 });
    expect(await explainStartFailure('./train.sh', '/a', here.path, 'EACCES')).toEqual({
      code: 126,
      detail: `${file} is not executable; try: chmod +x ${file}`,
    });
  });

  test('a folder, a missing interpreter, a file that is no program', async () => {
    await using here = await folder();
    await mkdir(join(here.path, 'd'));
    expect((await explainStartFailure('./d', '/a', here.path, 'EACCES')).detail).toBe(`${join(here.path, 'd')} is a folder, not a program`);
    const file = join(here.path, 'p');
    await writeFile(file, '#!/nowhere/python\n');
    await chmod(file, 0o755);
    expect((await explainStartFailure('./p', '/a', here.path, 'ENOENT')).detail).toBe(
      `${file} names an interpreter in its first line that does not exist`,
    );
    expect((await explainStartFailure('./p', '/a', here.path, 'ENOEXEC')).detail).toContain('does its first line begin with #!?');
  });
});
