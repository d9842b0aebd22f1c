import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { juqueue } from './command-line.ts';

/** A home with notes of work-dirs, each with what its manager wrote. */
class Home implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'juqueue-home-'));
  #next = 1;

  add(name: string, record: object | null): string {
    const workDir = join(this.path, name);
    const note = join(this.path, 'state/juqueue', String(this.#next++));
    mkdirSync(join(workDir, '.juqueue'), { recursive: true });
    mkdirSync(note, { recursive: true });
    writeFileSync(join(note, 'identity.json'), JSON.stringify({ key: 'k', workDir, inode: 1 }));
    if (record !== null)
      writeFileSync(
        join(workDir, '.juqueue/server.json'),
        JSON.stringify({ version: '1.0.0', url: null, socketPath: '/s', secretsDir: workDir, ...record }),
      );
    if (record !== null) writeFileSync(join(workDir, 'token'), 'token', { mode: 0o600 });
    return workDir;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

test(
  'managers lists those of this account on every host, whether they live where that can be seen, and no work-dir without one',
  { timeout: 60_000 },
  async () => {
    using home = new Home();
    const alive = home.add('a', { host: hostname(), pid: process.pid });
    const dead = home.add('b', { host: hostname(), pid: 2 ** 22 + 1, defDir: '/home/me/defs' });
    const elsewhere = home.add('c', { host: 'login2', pid: 7 });
    home.add('stopped', null);
    home.add('strange', { host: 5 });
    const env = { XDG_STATE_HOME: join(home.path, 'state') };
    const { code, out } = await juqueue(['managers', '--json'], { env });
    const { managers } = JSON.parse(out);
    expect([code, managers.map(({ workDir, host, state }: Record<string, string>) => [workDir, host, state])]).toEqual([
      0,
      [
        [alive, hostname(), 'alive'],
        [dead, hostname(), 'dead'],
        [elsewhere, 'login2', 'elsewhere'],
      ],
    ]);
    expect((await juqueue(['managers'], { env })).out).toMatch(/c +login2 +7 +on another host: ssh login2\n/);
    expect(await juqueue(['status', '--work-dir', elsewhere], { env })).toMatchObject({
      code: 3,
      err: expect.stringContaining('Log in there: ssh login2; then the same command with --work-dir'),
    });
    expect(await juqueue(['status', '--work-dir', dead], { env })).toMatchObject({
      code: 3,
      err: expect.stringMatching(
        new RegExp(`its process \\d+ has ended.*\n  Start it with: juqueue --def-dir /home/me/defs --work-dir ${dead}\n$`),
      ),
    });
    expect((await juqueue(['managers'], { env: { XDG_STATE_HOME: join(home.path, 'none') } })).err).toBe('This account has no managers.\n');
  },
);
