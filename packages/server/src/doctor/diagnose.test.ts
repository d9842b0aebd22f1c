import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openWorkDir } from '../work-dir/open-work-dir.ts';
import { diagnose } from './diagnose.ts';

async function place() {
  const root = await mkdtemp(join(tmpdir(), 'juqueue-doctor-'));
  const defDir = join(root, 'defs');
  const workDir = join(root, 'work');
  await mkdir(join(defDir, 'experiments'), { recursive: true });
  await writeFile(join(defDir, 'clusters.yaml'), 'local: {type: local, max_jobs: 1, num_slots: 2}\n');
  return {
    root,
    defDir,
    workDir,
    openWorkDir: () => openWorkDir(workDir, { uid: process.getuid?.() ?? 0, stateDir: join(root, 'state') }),
    ask: async (env: Readonly<Record<string, string>> = { PATH: '/nowhere' }) =>
      (await diagnose({ defDir, workDir, env })).map(
        ({ about, severity, code, message }) => [`${severity} ${about} ${code}`, message] as const,
      ),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true }),
  };
}

describe('the doctor', () => {
  test('finds all well with a work-dir that can be made, and makes nothing', async () => {
    await using here = await place();
    const found = await here.ask();
    expect(found.map(([what]) => what)).toEqual([
      'ok node version',
      'ok work-dir writable',
      'ok work-dir file-system',
      'ok definitions valid',
    ]);
    expect(await readdir(here.root)).toEqual(['defs']);
  });

  test('says what is open: the port and to whom, and who else can write work-dir and definitions', { timeout: 90_000 }, async () => {
    await using here = await place();
    await using _opened = await here.openWorkDir();
    const serves = (record: object): Promise<void> =>
      writeFile(
        join(here.workDir, '.juqueue', 'server.json'),
        JSON.stringify({ socketPath: '/s', url: 'http://localhost:51234', listen: '127.0.0.1', ...record }),
        { mode: 0o600 },
      );
    await serves({});
    expect(await here.ask()).toContainEqual([
      'ok work-dir doors',
      'open are the unix socket /s, which only we may use, and port 51234 of this machine, for whoever has the token',
    ]);
    await serves({ listen: '0.0.0.0', allowedHosts: ['hub.example.org'] });
    expect(await here.ask()).toContainEqual([
      'warning work-dir doors',
      expect.stringContaining('port 51234 is open to the network at 0.0.0.0, also under the name hub.example.org'),
    ]);
    await serves({ url: null });
    await chmod(here.workDir, 0o775);
    await chmod(join(here.defDir, 'clusters.yaml'), 0o666);
    expect(await here.ask()).toEqual(
      expect.arrayContaining([
        ['ok work-dir doors', 'open is only the unix socket /s, which only we may use'],
        ['warning work-dir shared', expect.stringContaining(`others can write ${here.workDir}`)],
        ['warning definitions shared', expect.stringContaining('clusters.yaml has mode 0666')],
      ]),
    );
  });

  test('says whether a manager works on the work-dir', async () => {
    await using here = await place();
    const opened = await here.openWorkDir();
    await writeFile(join(here.workDir, '.juqueue', 'manager.json'), JSON.stringify({ host: 'login7', pid: 4242 }), { mode: 0o600 });
    expect(await here.ask()).toContainEqual(['ok work-dir lock', 'the manager with process 4242 on login7 works on it']);
    await opened[Symbol.asyncDispose]();
    expect(await here.ask()).toContainEqual(['ok work-dir lock', 'no manager works on it']);
  });

  test('names what others could read, with the mode that it should have', async () => {
    await using here = await place();
    await (await here.openWorkDir())[Symbol.asyncDispose]();
    await chmod(join(here.workDir, '.juqueue', 'identity.json'), 0o644);
    expect(await here.ask()).toContainEqual(['error work-dir private', expect.stringContaining('has mode 644, expected 600')]);
  });

  test('refuses a work-dir that is a file', async () => {
    await using here = await place();
    await writeFile(here.workDir, '');
    expect(await here.ask()).toContainEqual(['error work-dir not-a-folder', `${here.workDir} is not a folder`]);
  });

  test('shows problems of the definitions with their places', async () => {
    await using here = await place();
    await writeFile(join(here.defDir, 'experiments', 'e.yaml'), 'runs:\n  - idd: a\n');
    expect(await here.ask()).toContainEqual(['error definitions unknown-key', expect.stringMatching(/^experiments\/e\.yaml:2:5: /)]);
  });

  test('asks the live Slurm about each Slurm cluster, and says where its programs are missing', async () => {
    await using here = await place();
    await writeFile(join(here.defDir, 'clusters.yaml'), 'hpc: {type: slurm, max_jobs: 1, num_slots: 2}\n');
    expect((await here.ask()).map(([what]) => what)).toContain('error cluster hpc programs');
  });
});
