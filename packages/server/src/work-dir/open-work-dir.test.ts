import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JuqueueError } from '@juqueue/core';
import { describe, expect, test } from 'vitest';
import { openWorkDir } from './open-work-dir.ts';
import type { OpenWorkDir } from './open-work-dir.ts';

interface Place extends AsyncDisposable {
  readonly root: string;
  readonly workDir: string;
  readonly stateDir: string;
  open(workDir?: string): Promise<OpenWorkDir>;
  /** Opens and closes again. */
  visit(workDir?: string): Promise<OpenWorkDir>;
}

async function place(): Promise<Place> {
  const root = await mkdtemp(join(tmpdir(), 'juqueue-work-dir-'));
  const workDir = join(root, 'work');
  const stateDir = join(root, 'state');
  const open = (at = workDir): Promise<OpenWorkDir> => openWorkDir(at, { uid: process.getuid?.() ?? 0, stateDir });
  return {
    root,
    workDir,
    stateDir,
    open,
    visit: async (at) => {
      const opened = await open(at);
      await opened[Symbol.asyncDispose]();
      return opened;
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true }),
  };
}

async function refusal(promise: Promise<OpenWorkDir>): Promise<{ code: string; message: string }> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof JuqueueError)) throw new Error(`expected a refusal, got ${String(error)}`);
  return { code: error.problem.code, message: error.problem.message };
}

describe('a work-dir', () => {
  test('is made at the first start, private, and is the same one at the next', async () => {
    await using here = await place();
    const first = await here.visit();
    expect((await stat(join(here.workDir, '.juqueue'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(here.workDir, '.juqueue', 'identity.json'))).mode & 0o777).toBe(0o600);
    const second = await here.visit();
    expect(second).toMatchObject({ path: here.workDir, id: first.id, secretsDir: join(here.workDir, '.juqueue'), notices: [] });
  });

  test('may be renamed by its owner, which is said', async () => {
    await using here = await place();
    const { id } = await here.visit();
    const moved = join(here.root, 'renamed');
    await rename(here.workDir, moved);
    expect(await here.visit(moved)).toMatchObject({ id, notices: [`This work-dir was at ${here.workDir} before.`] });
    expect(await here.visit(moved)).toMatchObject({ id, notices: [] });
  });

  test('keeps the files that the original left in it', async () => {
    await using here = await place();
    await mkdir(join(here.workDir, 'sweep'), { recursive: true });
    await writeFile(join(here.workDir, '.lock'), '');
    await here.visit();
    expect((await readdir(here.workDir)).sort()).toEqual(['.juqueue', '.lock', 'sweep']);
  });

  test('that cannot be made is refused with the reason', async () => {
    await using here = await place();
    await writeFile(here.workDir, 'a file');
    expect(await refusal(here.open())).toMatchObject({ code: 'JQ_WORK_DIR_NOT_WRITABLE', message: expect.stringContaining(here.workDir) });
  });

  test('whose parent others can write keeps its secrets at home', async () => {
    await using here = await place();
    await mkdir(here.workDir);
    await chmod(here.workDir, 0o775);
    const opened = await here.visit();
    expect(opened.secretsDir).toBe(join(here.stateDir, opened.id));
    expect(opened.notices[0]).toContain(`Others can write ${here.workDir}`);
  });
});

describe('the lock', () => {
  test('refuses a second manager and names the first one', async () => {
    await using here = await place();
    await using _first = await here.open();
    await writeFile(join(here.workDir, '.juqueue', 'manager.json'), JSON.stringify({ host: 'login7', pid: 4242 }), { mode: 0o600 });
    expect(await refusal(here.open())).toEqual({
      code: 'JQ_WORK_DIR_LOCKED',
      message: `The work-dir ${here.workDir} is locked by the manager with process 4242 on login7.`,
    });
  });

  test('refuses while an original JuQueue holds it, whose lock is flock', async () => {
    await using here = await place();
    await mkdir(here.workDir);
    const original = spawn('flock', [join(here.workDir, '.lock'), 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
    original.stdin.write('x');
    await once(original.stdout, 'data');
    expect(await refusal(here.open())).toMatchObject({ code: 'JQ_WORK_DIR_LOCKED', message: expect.stringContaining('original JuQueue') });
    original.stdin.end();
    await once(original, 'exit');
    await here.visit();
  });

  test('of a killed manager is free again', async () => {
    await using here = await place();
    const code = `import { openWorkDir } from ${JSON.stringify(join(import.meta.dirname, 'open-work-dir.ts'))};
      await openWorkDir(${JSON.stringify(here.workDir)}, { uid: process.getuid(), stateDir: ${JSON.stringify(here.stateDir)} });
      console.log('open'); setInterval(() => {}, 1000);`;
    const program = join(here.root, 'manager.mjs');
    await writeFile(program, code);
    const manager = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(manager.stdout, 'data');
    expect((await refusal(here.open())).code).toBe('JQ_WORK_DIR_LOCKED');
    manager.kill('SIGKILL');
    await once(manager, 'exit');
    await here.visit();
  });
});

describe('a work-dir is refused', () => {
  test.each([
    ['token', '640'],
    ['link.key', '604'],
    ['token', '660'],
    ['journal.1', '620'],
  ])('when .juqueue/%s has mode %s', async (name, mode) => {
    await using here = await place();
    await here.visit();
    const file = join(here.workDir, '.juqueue', name);
    await writeFile(file, 'x');
    await chmod(file, Number.parseInt(mode, 8));
    expect(await refusal(here.open())).toMatchObject({
      code: 'JQ_WORK_DIR_NOT_PRIVATE',
      message: expect.stringContaining(`${file} has mode ${mode}, expected 600`),
    });
    await chmod(file, 0o600);
    await here.visit();
  });

  test('when .juqueue is open to the group, or is a link', async () => {
    await using here = await place();
    await here.visit();
    const folder = join(here.workDir, '.juqueue');
    await chmod(folder, 0o770);
    expect((await refusal(here.open())).code).toBe('JQ_WORK_DIR_NOT_PRIVATE');
    await chmod(folder, 0o700);
    await rename(folder, join(here.root, 'elsewhere'));
    await symlink(join(here.root, 'elsewhere'), folder);
    expect(await refusal(here.open())).toMatchObject({
      code: 'JQ_WORK_DIR_NOT_PRIVATE',
      message: expect.stringContaining('is not a folder'),
    });
  });

  test('when its .juqueue is that of another work-dir of ours', async () => {
    await using here = await place();
    await here.visit();
    const other = join(here.root, 'other');
    await here.visit(other);
    await rm(join(here.workDir, '.juqueue'), { recursive: true });
    await rename(join(other, '.juqueue'), join(here.workDir, '.juqueue'));
    expect(await refusal(here.open())).toMatchObject({
      code: 'JQ_WORK_DIR_FOREIGN',
      message: expect.stringContaining(`belongs to the work-dir ${other}`),
    });
  });

  test('when its identity is unknown to this account, or its key is another one', async () => {
    await using here = await place();
    const { id } = await here.visit();
    const kept = join(here.stateDir, id, 'identity.json');
    await copyFile(kept, `${kept}.aside`);
    await rm(kept);
    expect(await refusal(here.open())).toMatchObject({
      code: 'JQ_WORK_DIR_FOREIGN',
      message: expect.stringContaining('not one that this account has given'),
    });
    await writeFile(kept, (await readFile(`${kept}.aside`, 'utf8')).replace(/"key":"./, '"key":"z'));
    expect(await refusal(here.open())).toMatchObject({
      code: 'JQ_WORK_DIR_FOREIGN',
      message: expect.stringContaining('does not carry the key'),
    });
  });

  test('as a copy beside the original one, until its owner takes the identity away', async () => {
    await using here = await place();
    await here.visit();
    const copy = join(here.root, 'copy');
    await cp(here.workDir, copy, { recursive: true });
    expect((await refusal(here.open(copy))).code).toBe('JQ_WORK_DIR_FOREIGN');
    await rm(join(copy, '.juqueue', 'identity.json'));
    await here.visit(copy);
  });

  test('when a newer version wrote it', async () => {
    await using here = await place();
    await here.visit();
    const file = join(here.workDir, '.juqueue', 'identity.json');
    await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), schema: 99 }));
    expect(await refusal(here.open())).toMatchObject({ code: 'JQ_WORK_DIR_NEWER', message: expect.stringContaining('version 99') });
  });
});
