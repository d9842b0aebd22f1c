import { execFile } from 'node:child_process';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { juqueue } from '../../packages/cli/test/command-line.ts';
import { HubClient } from '../../packages/client/src/hub.ts';
import { AgentSite } from './agent-site.ts';
import type { RunningAgent } from './agent-site.ts';

const busyMachineMs = 180_000;
const pythonFolder = fileURLToPath(new URL('../../packages/python/src', import.meta.url));

async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe('jobs from a laptop', { timeout: busyMachineMs }, () => {
  let site: AgentSite;
  let agent: RunningAgent;
  let home: string;
  let key: string;
  const ask = (...args: readonly string[]) => juqueue(args, { cwd: home, env: { XDG_CONFIG_HOME: join(home, 'config') } });

  beforeAll(async () => {
    site = await AgentSite.start({ hub: 'host_users: [ada]\n' });
    agent = site.serve();
    home = site.folder.path;
    key = String((await site.ask('POST', '/keys', { user: 'ada', label: 'laptop' })).body['key']);
    writeFileSync(join(home, 'hub.key'), `${key}\n`, { mode: 0o600 });
    expect(await ask('jobs')).toMatchObject({ code: 4, err: expect.stringContaining('juqueue login') });
    expect(await ask('login', site.hub.url, '--key-file', 'hub.key')).toMatchObject({
      code: 0,
      err: expect.stringMatching(/as ada \(editor\)\.\n$/),
    });
  }, busyMachineMs);

  afterAll(async () => {
    await agent?.[Symbol.asyncDispose]();
    await site?.[Symbol.asyncDispose]();
  });

  test('login keeps the key in a file that only its owner reads, and takes none that others can', async () => {
    expect(statSync(join(home, 'config/juqueue/hub.json')).mode & 0o777).toBe(0o600);
    writeFileSync(join(home, 'open.key'), key);
    chmodSync(join(home, 'open.key'), 0o644);
    expect(await ask('login', site.hub.url, '--key-file', 'open.key')).toMatchObject({
      code: 6,
      err: expect.stringContaining('expected 600'),
    });
    expect(await ask('login', 'http://hub.example.org', '--key-file', 'hub.key')).toMatchObject({
      code: 2,
      err: expect.stringContaining('https://'),
    });
  });

  test('submit --wait copies what the command writes and ends as it does; words arrive as they are, --wait among them', async () => {
    expect(
      await ask('submit', '--wait', '--', 'sh', '-c', 'printf "<%s>" "$@"; echo problem >&2', 'sh', '--wait', 'a b', '$(id)'),
    ).toMatchObject({ code: 0, out: '<--wait><a b><$(id)>', err: expect.stringContaining('problem\n') });
    expect(await ask('submit', '--wait', '--', 'sh', '-c', 'exit 7')).toMatchObject({
      code: 10,
      err: expect.stringContaining('failed, exit, exit code 7'),
    });
    expect(await ask('submit', 'ls -lah /x')).toMatchObject({ code: 2, err: expect.stringContaining("sh -c 'ls -lah /x'") });
  });

  test('run-file takes a program along, with its mode and arguments', async () => {
    writeFileSync(join(home, 'hello.py'), 'import sys\nprint("hello", sys.argv[1:])\n');
    expect(await ask('run-file', '--wait', '--runner', 'python3', 'hello.py', '--', '--lr', '0.1')).toMatchObject({
      code: 0,
      out: "hello ['--lr', '0.1']\n",
    });
    writeFileSync(join(home, 'hello.sh'), '#!/bin/sh\necho "I am $0"\n', { mode: 0o755 });
    expect(await ask('run-file', '--wait', 'hello.sh')).toMatchObject({ code: 0, out: 'I am ./files/hello.sh\n' });
  });

  test('jobs, job, logs, wait, results and cancel take the id of a job; logs and cancel of anything else concern runs', async () => {
    const id = (
      await ask(
        'submit',
        '--name',
        'first',
        '--input',
        '{"n": 1}',
        '--env',
        'A=b=c',
        '--',
        'sh',
        '-c',
        'cat input.json; echo "$A"; cp input.json output.json',
      )
    ).out.trim();
    expect(await ask('wait', id)).toEqual({ code: 0, out: '', err: 'finished, exit code 0.\n' });
    expect((await ask('logs', id, '--stdout')).out).toBe('{"n":1}b=c\n');
    expect((await ask('jobs')).out).toMatch(new RegExp(`^${id} +finished +first +default +site +0$`, 'm'));
    expect((await ask('job', id)).out).toMatch(/exit code 0\noutput {4}\{"n":1\}/);
    expect((await ask('results')).out).toContain(`${id}  finished  exit code 0\n`);
    await ask('results', '--reader', 'mine');
    expect((await ask('results', '--reader', 'mine')).out).toBe('');

    const long = (await ask('submit', '--', 'sleep', '600')).out.trim();
    expect((await ask('cancel', long)).err).toBe('1 job cancelled.\n');
    expect(await ask('wait', long)).toMatchObject({ code: 11, err: 'cancelled.\n' });
    expect(await ask('cancel', 'hub-site@nothing', '--work-dir', site.folder.workDir)).toMatchObject({ code: 5 });
  });

  test('get brings the files that a job left, and a job finds files that are brought from here', async () => {
    const id = (await ask('submit', '--', 'sh', '-c', 'mkdir d; echo kept > d/file; echo "{}" > output.json')).out.trim();
    expect(await ask('wait', id)).toMatchObject({ code: 0 });
    expect(await ask('get', id, '-o', 'got')).toMatchObject({ code: 0, err: expect.stringContaining('got') });
    expect(readFileSync(join(home, 'got/d/file'), 'utf8')).toBe('kept\n');
    const artifact = /juqueue get (\S+)/.exec((await ask('job', id)).out)?.[1] ?? '';
    expect(await ask('submit', '--wait', '--artifact', `${artifact}/d/file:in/again`, '--', 'cat', 'in/again')).toMatchObject({
      code: 0,
      out: 'kept\n',
    });
  });

  test('programs in TypeScript submit, wait and read logs', async () => {
    const hub = new HubClient({ url: site.hub.url, key });
    const { id } = await hub.submit({ command: { kind: 'argv', argv: ['sh', '-c', 'echo from typescript'] } });
    expect(await hub.wait(id)).toMatchObject({ status: 'finished', result: { exitCode: 0 } });
    const parts = await all(hub.log(id));
    expect(Buffer.concat(parts).toString()).toBe('from typescript\n');
    expect((await all(hub.events())).filter(({ job }) => job === id).map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['created', 'claimed', 'started', 'completed']),
    );
    await expect(hub.job('00000000-0000-7000-8000-000000000000')).rejects.toMatchObject({ status: 404, code: 'JQ_JOB_NOT_FOUND' });
    const again = { idempotencyKey: 'one' };
    expect((await hub.submit({ command: { kind: 'argv', argv: ['true'] } }, again)).id).toBe(
      (await hub.submit({ command: { kind: 'argv', argv: ['true'] } }, again)).id,
    );
  });

  test('programs in Python do the same with nothing but its standard library', async () => {
    const program = `
import json
from juqueue.hub import HubClient, HubError
hub = HubClient.from_login()
job = hub.submit(["sh", "-c", "cat data/x; echo from python; echo '[1, 2]' > output.json"], files={"data/x": b"bytes\\n"}, name="python")
ended = hub.wait(job["id"], timeout=60)
print(ended["status"], ended["result"]["output"], b"".join(hub.log(job["id"])).decode())
print(next(hub.jobs(limit=1))["id"] == job["id"])
try:
    hub.job("00000000-0000-7000-8000-000000000000")
except HubError as error:
    print(error.status, error.code)
try:
    hub.submit("echo hello")
except TypeError as error:
    print(error)
`;
    const { stdout } = await promisify(execFile)('python3', ['-c', program], {
      env: { ...process.env, PYTHONPATH: pythonFolder, XDG_CONFIG_HOME: join(home, 'config') },
      encoding: 'utf8',
    });
    expect(stdout).toBe(
      "finished [1, 2] bytes\nfrom python\n\nTrue\n404 JQ_JOB_NOT_FOUND\ncommand is a text, expected a list that begins with the program; for a shell: ['sh', '-c', text]\n",
    );
    expect(readFileSync(join(pythonFolder, 'juqueue/hub.py'), 'utf8')).not.toMatch(
      /^import (?!base64|hashlib|json|os|random|stat|time|urllib|uuid)/m,
    );
  });
});
