import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { as, asOtherUsers, colleague, owner, OwnersFolder } from './users.ts';

const patienceMs = 120_000;
const badInput = 6;
const sweep = (cmd: string): string =>
  `name: sweep\nautostart: true\ndefaults: { cluster: local, checkpoint: none }\nruns: [{ id: r, cmd: ${cmd} }]\n`;
const files = {
  'clusters.yaml': 'local: { type: local, max_jobs: 1, num_slots: 2, idle_timeout: 1s }\n',
  'experiments/sweep.yaml': sweep('["true"]'),
};
const finished = ({ status }: { status: string }): boolean => status === 'finished';
const { title, skip } = asOtherUsers('in a project folder that the group can write');

describe.skipIf(skip)(title, { timeout: patienceMs }, () => {
  test('everything that could be replaced to act in our name lies at home: token, key, socket, login page, the program of nodes', async () => {
    using folder = new OwnersFolder(files, true);
    await using manager = await folder.serve();
    await manager.until('/api/v1/runs/sweep@r', finished);
    expect(manager.output).toContain(
      `so token, link key, unix socket and the program of nodes are kept in ${folder.home}/.local/state/juqueue/`,
    );
    await folder.juqueue('open', '--work-dir', folder.workDir);
    const shared = readdirSync(join(folder.workDir, '.juqueue'));
    for (const name of ['token', 'token-read-only', 'link.key', 'ui.sock', 'open.html', 'bin']) expect(shared).not.toContain(name);
    const [state = ''] = readdirSync(join(folder.home, '.local/state/juqueue'));
    const atHome = join(folder.home, '.local/state/juqueue', state);
    expect(readdirSync(atHome)).toEqual(expect.arrayContaining(['token', 'token-read-only', 'link.key', 'ui.sock', 'open.html', 'bin']));
    expect([
      lstatSync(atHome).mode & 0o777,
      lstatSync(join(atHome, 'token')).mode & 0o777,
      lstatSync(join(atHome, 'ui.sock')).mode & 0o777,
    ]).toEqual([0o700, 0o600, 0o600]);
    expect((await as(colleague, 'cat', join(atHome, 'token'))).err).toContain('Permission denied');
  });

  test('a .juqueue of a colleague in the place of ours is refused by manager and clients, and told', async () => {
    using folder = new OwnersFolder(files, true);
    await (await folder.serve()).end();
    expect((await as(colleague, 'mv', join(folder.workDir, '.juqueue'), join(folder.workDir, 'aside'))).code).toBe(0);
    await as(
      colleague,
      'bash',
      '-c',
      `umask 022; mkdir ${folder.workDir}/.juqueue; echo '{"version":"1","host":"h","pid":1,"url":null,"socketPath":"/tmp/x","secretsDir":"/tmp"}' > ${folder.workDir}/.juqueue/server.json`,
    );
    const served = await folder.juqueue('--def-dir', folder.defDir, '--work-dir', folder.workDir, '--port', '-1');
    expect([served.code, served.err]).toEqual([
      badInput,
      expect.stringMatching(/\.juqueue belongs to user 61002, expected our own user 65534/),
    ]);
    const asked = await folder.juqueue('status', '--work-dir', folder.workDir);
    expect([asked.code, asked.err]).toEqual([badInput, expect.stringContaining('is not a folder that only we can write')]);
  });

  test('a file of a colleague in a .juqueue of ours is read by no client, even when the folder is ours', async () => {
    using folder = new OwnersFolder(files, true);
    await using manager = await folder.serve();
    const record = join(folder.workDir, '.juqueue/server.json');
    const { secretsDir } = JSON.parse(readFileSync(record, 'utf8')) as { secretsDir: string };
    rmSync(record);
    writeFileSync(
      record,
      JSON.stringify({ version: '1', host: 'h', pid: 1, url: null, socketPath: `${folder.path}/trap.sock`, secretsDir }),
    );
    chownSync(record, colleague.uid, colleague.gid);
    chmodSync(record, 0o644);
    const asked = await folder.juqueue('status', '--work-dir', folder.workDir);
    expect([asked.code, asked.err]).toEqual([3, expect.stringContaining('No manager runs')]);
    expect(manager.process.exitCode).toBeNull();
  });

  test('the .juqueue of another work-dir of ours, moved here by a colleague, is refused', async () => {
    using folder = new OwnersFolder(files, true);
    using other = new OwnersFolder(files, true);
    await (await folder.serve()).end();
    other.env = folder.env;
    await (await other.serve()).end();
    rmSync(join(folder.workDir, '.juqueue'), { recursive: true });
    renameSync(join(other.workDir, '.juqueue'), join(folder.workDir, '.juqueue'));
    const served = await folder.juqueue('--def-dir', folder.defDir, '--work-dir', folder.workDir, '--port', '-1');
    expect([served.code, served.err]).toEqual([badInput, expect.stringContaining(`belongs to the work-dir ${other.workDir}`)]);
  });

  test('a link that a colleague has put in the place of the manager’s logs leads nowhere', async () => {
    using folder = new OwnersFolder(files, true);
    const precious = join(folder.home, '.bashrc');
    writeFileSync(precious, 'precious\n');
    chownSync(precious, owner.uid, owner.gid);
    mkdirSync(folder.workDir);
    chownSync(folder.workDir, owner.uid, owner.gid);
    chmodSync(folder.workDir, 0o2775);
    await as(
      colleague,
      'bash',
      '-c',
      `mkdir ${folder.workDir}/logs; chmod 777 ${folder.workDir}/logs; ln -s ${precious} ${folder.workDir}/logs/juqueue.log; ln -s ${precious} ${folder.workDir}/logs/detached.log`,
    );
    {
      await using manager = await folder.serve();
      await manager.until('/api/v1/runs/sweep@r', finished);
    }
    expect(readFileSync(precious, 'utf8')).toBe('precious\n');
    const detached = await folder.juqueue('--def-dir', folder.defDir, '--work-dir', folder.workDir, '--port', '0', '--detach');
    expect([detached.code === 0, detached.err]).toEqual([false, expect.stringContaining('detached.log')]);
    expect(readFileSync(precious, 'utf8')).toBe('precious\n');
  });

  test.each([
    ['a link in the place of the experiment', 'ln -s HOME WORK/sweep'],
    ['a link in the place of the run', 'mkdir WORK/sweep && chmod 777 WORK/sweep && ln -s HOME WORK/sweep/r'],
    ['a link in the place of its logs', 'mkdir -p WORK/sweep/r && chmod -R 777 WORK/sweep && ln -s HOME WORK/sweep/r/logs'],
    [
      'a link in the place of its log',
      'mkdir -p WORK/sweep/r/logs && chmod -R 777 WORK/sweep && ln -s HOME/.bashrc WORK/sweep/r/logs/stdout.log',
    ],
    [
      'a directory of somebody else in the place of the run',
      "mkdir -p WORK/sweep/r && chmod -R 777 WORK/sweep && echo \"open('HOME/.bashrc', 'w')\" > WORK/sweep/r/sitecustomize.py",
    ],
  ])('%s is not followed: the run fails with the reason, and nothing is written elsewhere', async (_what, script) => {
    using folder = new OwnersFolder(files, true);
    const precious = join(folder.home, '.bashrc');
    writeFileSync(precious, 'precious\n');
    chownSync(precious, owner.uid, owner.gid);
    mkdirSync(folder.workDir);
    chownSync(folder.workDir, owner.uid, owner.gid);
    chmodSync(folder.workDir, 0o2775);
    const attack = await as(
      colleague,
      'bash',
      '-c',
      `umask 000; ${script.replaceAll('WORK', folder.workDir).replaceAll('HOME', folder.home)}`,
    );
    expect(attack.code).toBe(0);
    await using manager = await folder.serve();
    const run = await manager.until<{ status: string; detail: string }>(
      '/api/v1/runs/sweep@r',
      ({ status }) => status === 'failed' || status === 'finished',
    );
    expect(run).toMatchObject({
      status: 'failed',
      detail: expect.stringMatching(/not followed|cannot be opened for appending: ELOOP|belongs to user 61002/),
    });
    expect(readFileSync(precious, 'utf8')).toBe('precious\n');
    expect(existsSync(join(folder.home, 'stdout.log')) || existsSync(join(folder.home, 'logs/stdout.log'))).toBe(false);
  });

  test('what a colleague saves among the definitions starts nothing before somebody asks for a reload: YAML as little as programs', async () => {
    using folder = new OwnersFolder(files, true);
    await using manager = await folder.serve();
    await manager.until('/api/v1/runs/sweep@r', finished);
    const [yaml, js] = [join(folder.defDir, 'experiments/theirs.yaml'), join(folder.defDir, 'experiments/theirs.js')];
    await as(
      colleague,
      'bash',
      '-c',
      `cat > ${yaml} <<'EOF'\n${sweep(`[touch, ${folder.path}/pwned-yaml]`).replace('name: sweep', 'name: theirs')}EOF\necho "require('fs').writeFileSync('${folder.path}/pwned-js', '')" > ${js}`,
    );
    const { problems } = await manager.until<{ problems: readonly { code: string; message: string }[] }>('/api/v1/definitions', (state) =>
      state.problems.some(({ code }) => code === 'not-applied'),
    );
    expect(problems.find(({ code }) => code === 'not-applied')?.message).toMatch(
      /somebody else could have written it: .*(mode 0664|belongs to user 61002)/,
    );
    expect((await manager.request('/api/v1/runs/theirs@r')).status).toBe(404);
    expect(readdirSync(folder.path)).not.toContain('pwned-js');
    rmSync(js);
    expect((await folder.juqueue('reload', '--work-dir', folder.workDir)).code).toBe(0);
    await manager.until('/api/v1/runs/theirs@r', finished);
  });
});
