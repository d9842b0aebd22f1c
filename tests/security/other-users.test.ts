import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestManager } from '../../packages/testkit/src/manager/test-manager.ts';
import { as, asOtherUsers, colleague, OwnersFolder, stranger } from './users.ts';

const patienceMs = 120_000;
const files = {
  'clusters.yaml': 'local: { type: local, max_jobs: 1, num_slots: 2 }\n',
  'experiments/sweep.yaml':
    'name: sweep\nautostart: true\ndefaults: { cluster: local, checkpoint: none }\nruns: [{ id: env, cmd: [env] }, { id: long, cmd: [sleep, "1000"] }]\n',
};
const { title, skip } = asOtherUsers('another user of the machine');

describe.skipIf(skip)(title, { timeout: patienceMs }, () => {
  let folder: OwnersFolder;
  let manager: TestManager;
  let linkKey: string;

  beforeAll(async () => {
    folder = new OwnersFolder(files, false);
    manager = await folder.serve();
    await manager.until<{ status: string }>('/api/v1/runs/sweep@env', ({ status }) => status === 'finished');
    await manager.until<{ status: string }>('/api/v1/runs/sweep@long', ({ status }) => status === 'running');
    linkKey = folder.read('.juqueue/link.key').trim();
  }, patienceMs);
  afterAll(async () => {
    await manager[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  /** Our secrets, by what they are. */
  const secrets = (): readonly (readonly [string, string])[] => [
    ['token', manager.token],
    ['read-only token', folder.read('.juqueue/token-read-only').trim()],
    ['link key', linkKey],
  ];

  test.each([
    ['a stranger', stranger],
    ['a colleague of the group', colleague],
  ])('%s reads nothing of the state of a manager: token, keys, journal, index, spools, logs', async (_who, who) => {
    const all = readdirSync(join(folder.workDir, '.juqueue'), { recursive: true, encoding: 'utf8' });
    expect(all).toEqual(
      expect.arrayContaining(['token', 'token-read-only', 'link.key', 'environment.json', 'index.sqlite', 'identity.json', 'ui.sock']),
    );
    const readable = await as(who, 'find', join(folder.workDir, '.juqueue'), '-mindepth', '1', '-print');
    expect([readable.code, readable.out]).toEqual([1, '']);
    for (const name of all) expect((await as(who, 'cat', join(folder.workDir, '.juqueue', name))).err).toContain('Permission denied');
    expect((await as(who, 'cat', join(folder.workDir, 'logs/juqueue.log'))).err).toContain('Permission denied');
  });

  test.each([
    ['a stranger', stranger],
    ['a colleague of the group', colleague],
  ])('%s writes nothing below the work-dir', async (_who, who) => {
    expect((await as(who, 'find', folder.workDir, '-writable', '!', '-type', 'l')).out).toBe('');
  });

  test('a stranger gets no answer on the unix socket, and a refusal on the port, whatever token he brings', async () => {
    const onSocket = await as(
      stranger,
      'curl',
      '-sS',
      '--unix-socket',
      join(folder.workDir, '.juqueue/ui.sock'),
      'http://localhost/api/v1/runs',
    );
    expect([onSocket.code, onSocket.out]).toEqual([7, '']);
    for (const token of ['', 'x', manager.token.slice(0, -1), `${manager.token}0`, linkKey]) {
      const onPort = await as(
        stranger,
        'curl',
        '-sS',
        '-o',
        '/dev/null',
        '-w',
        '%{http_code}',
        '-H',
        `Authorization: Bearer ${token}`,
        `${manager.url}/api/v1/runs`,
      );
      expect(onPort.out).toBe('401');
    }
    const { refusedRequests } = await manager.json<{ refusedRequests: { count: number } }>('/api/v1/overview');
    expect(refusedRequests.count).toBeGreaterThanOrEqual(5);
  });

  test('no process of the machine shows our secrets in its arguments or environment: manager, nodes, spawners, runs', () => {
    const seen = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
    const texts = seen.flatMap((pid) =>
      ['cmdline', 'environ', 'comm'].map((file) => [`/proc/${pid}/${file}`, readOrEmpty(`/proc/${pid}/${file}`)] as const),
    );
    expect(texts.filter(([, text]) => text.includes(folder.workDir)).length).toBeGreaterThan(3);
    for (const [what, secret] of secrets())
      expect(texts.filter(([, text]) => text.includes(secret)).map(([place]) => `${what} in ${place}`)).toEqual([]);
  });

  test('no file that others may read holds our secrets: logs, what runs were told and wrote, what the manager printed to a file', async () => {
    await folder.juqueue('status', '--work-dir', folder.workDir);
    await manager.request('/api/v1/runs?state=failed', { headers: { authorization: 'Bearer wrong' } });
    expect(folder.read('sweep/env/logs/stdout.log')).toContain('JUQUEUE_ATTEMPT=1');
    const places = readdirSync(folder.path, { recursive: true, encoding: 'utf8' }).filter(
      (name) => !/\.juqueue\/(token|token-read-only|link\.key|open\.html)$/.test(name),
    );
    const texts = [['its output', manager.output] as const, ...places.map((name) => [name, readOrEmpty(join(folder.path, name))] as const)];
    for (const [what, secret] of secrets())
      expect(texts.filter(([, text]) => text.includes(secret)).map(([place]) => `${what} in ${place}`)).toEqual([]);
  });

  test('a stranger may not send signals, nor read the memory and descriptors of manager and nodes', async () => {
    const pid = String(manager.process.pid);
    expect((await as(stranger, 'bash', '-c', `kill -TERM ${pid}`)).err).toContain('not permitted');
    for (const place of ['environ', 'mem', 'fd/0', 'maps'])
      expect((await as(stranger, 'head', '-c', '1', `/proc/${pid}/${place}`)).err).toContain('Permission denied');
  });

  test('a client of a stranger trusts nothing that lies in the work-dir, and says so', async () => {
    const asked = await as(
      stranger,
      process.execPath,
      join(import.meta.dirname, '../../packages/cli/bin/juqueue.js'),
      'status',
      '--work-dir',
      folder.workDir,
    );
    expect([asked.code, asked.err]).toEqual([6, expect.stringContaining('is not a folder that only we can write')]);
  });
});

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
