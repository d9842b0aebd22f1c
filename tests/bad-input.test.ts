import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { juqueue } from '../packages/cli/test/command-line.ts';
import { TestFolder, TestManager } from '../packages/testkit/src/manager/test-manager.ts';

const patienceMs = 90_000;
const badInput = 6;
const usage = 2;

const goodCluster = 'local: { type: local, max_jobs: 1, num_slots: 2 }\n';
const run = 'cluster: local, cmd: ["true"], checkpoint: none';
const goodExperiment = `name: good\nautostart: true\nruns: [{ id: r, ${run} }]\n`;

/** One definitions folder with everything that can be wrong, and what is to be said about each. */
const files = {
  'clusters.yaml': `${goodCluster}typo: { type: local, max_jobs: 1, num_slots: 2, idel_timeout: 5s }
words: { type: local, max_jobs: many, num_slots: 2 }
kind: { type: slrum, max_jobs: 1, num_slots: 2 }
policy: { type: local, max_jobs: 1, num_slots: 2, scaling_policy: minimise_jobs }
`,
  'experiments/good.yaml': goodExperiment,
  'experiments/programs.yaml': `name: programs
autostart: true
defaults: { cluster: local, checkpoint: none }
runs:
  - { id: missing, cmd: [no-such-program-anywhere] }
  - { id: locked, cmd: [/etc/passwd] }
`,
  'experiments/twice.yaml': `name: twice\nruns:\n  - { id: a, ${run} }\n  - { id: a, ${run} }\n`,
  'experiments/elsewhere.yaml': 'name: elsewhere\nruns:\n  - { id: a, cluster: locla, cmd: ["true"] }\n',
  'experiments/names.yaml': `name: names\nruns:\n  - { id: logs, ${run} }\n  - { id: a/b, ${run} }\n`,
  'experiments/circle.yaml': `name: circle\nruns:\n  - { id: a, ${run}, depends_on: [b] }\n  - { id: b, ${run}, depends_on: [a] }\n`,
  'experiments/key.yaml': `name: key\nruns:\n  - { id: a, ${run}, retires: 3 }\n`,
};

const complaints: readonly RegExp[] = [
  /^clusters\.yaml:2:49: error: cluster 'typo': unknown key 'idel_timeout'\n.*\n.*\n {2}hint: did you mean 'idle_timeout'\?/m,
  /^clusters\.yaml:3:33: error: cluster 'words', max_jobs: expected a whole number .*, found "many"/m,
  /^clusters\.yaml:4:15: error: cluster 'kind', type: expected one of local, slurm, found "slrum"\n.*\n.*\n {2}hint: did you mean 'slurm'\?/m,
  /^clusters\.yaml:5:67: error: cluster 'policy', scaling_policy: expected maximize_running, .*, found "minimise_jobs"\n.*\n.*\n {2}hint: did you mean 'minimize_jobs'\?/m,
  /^experiments\/circle\.yaml:3:\d+: error: .*circle@a → circle@b → circle@a/m,
  /^experiments\/elsewhere\.yaml:3:23: error: .*there is no cluster 'locla'.*\n.*\n.*\n {2}hint: did you mean 'local'\?/m,
  /^experiments\/key\.yaml:3:\d+: error: run 'a': unknown key 'retires'\n.*\n.*\n {2}hint: did you mean 'retries'\?/m,
  /^experiments\/names\.yaml:3:11: error: .*'logs'.*expected letters/m,
  /^experiments\/names\.yaml:4:11: error: .*'a\/b'.*expected letters/m,
  /^experiments\/twice\.yaml:4:11: error: .*two runs have the id 'a'/m,
];

interface RunAnswer {
  readonly status: string;
  readonly detail: string | null;
}

describe('definitions with every kind of mistake', { timeout: patienceMs }, () => {
  let folder: TestFolder;
  let manager: TestManager;

  beforeAll(async () => {
    folder = new TestFolder(files);
    manager = await TestManager.start(folder);
  });

  afterAll(async () => {
    await manager[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const endOf = (id: string): Promise<RunAnswer> =>
    manager.until<RunAnswer>(`/api/v1/runs/${encodeURIComponent(id)}`, ({ status }) => status === 'finished' || status === 'failed');

  test('are told by validate, each once with file, line, column, expectation, what was found and what may have been meant; it ends with 6', async () => {
    const { code, err } = await juqueue(['validate', folder.defDir]);
    expect(code).toBe(badInput);
    for (const complaint of complaints) expect(err).toMatch(complaint);
    expect(err.match(/: error: /g)).toHaveLength(complaints.length);
  });

  test('do not keep a manager from serving: it says the same, and everything valid runs', async () => {
    for (const complaint of complaints) expect(manager.output).toMatch(complaint);
    expect(manager.output).toContain('everything valid works');
    expect(await endOf('good@r')).toMatchObject({ status: 'finished' });
  });

  test('reload ends with 6, and the original route answers success: false with the place', async () => {
    expect((await juqueue(['reload', '--work-dir', folder.workDir])).code).toBe(badInput);
    const answer = await (await manager.request('/juqueue/reload_experiments', { method: 'PUT' })).json();
    expect(answer).toMatchObject({ success: false, reason: expect.stringMatching(/^clusters\.yaml:2:49: /) });
  });

  test('a program that does not exist or may not be executed is named by its failed run, with a hint', async () => {
    expect(await endOf('programs@missing')).toMatchObject({
      status: 'failed',
      detail: expect.stringMatching(/no-such-program-anywhere.*(PATH|path)/s),
    });
    expect(await endOf('programs@locked')).toMatchObject({ status: 'failed', detail: expect.stringMatching(/\/etc\/passwd.*chmod/s) });
  });

  test('a syntax error in clusters.yaml is told once with its place, and the clusters stay as they were', async () => {
    folder.define('clusters.yaml', 'local:\n  type: local\n   max_jobs: 1\n');
    await expect
      .poll(() => manager.output, { timeout: 10_000 })
      .toMatch(/^clusters\.yaml:2:9: error: this is not valid YAML: .*\n.*\n.*\n {2}hint: .*indented/m);
    expect((await juqueue(['resume', 'good@r', '--yes', '--work-dir', folder.workDir])).code).toBe(0);
    expect(await endOf('good@r')).toMatchObject({ status: 'finished' });
  });
});

describe('a start that cannot be', { timeout: patienceMs }, () => {
  const goodFiles = { 'clusters.yaml': goodCluster, 'experiments/good.yaml': goodExperiment };
  const serve = (folder: TestFolder, ...more: readonly string[]) =>
    juqueue(['--def-dir', folder.defDir, '--work-dir', folder.workDir, '--port', '-1', ...more]);

  test('without a definitions folder names it, makes no work-dir and ends with 6', async () => {
    using folder = new TestFolder({});
    const { code, err } = await serve(folder);
    expect([code, err]).toEqual([badInput, expect.stringMatching(/defs: the definitions folder does not exist\.\n.*juqueue init/)]);
    expect(existsSync(folder.workDir)).toBe(false);
    writeFileSync(folder.defDir, '');
    expect((await serve(folder)).err).toContain('the definitions folder is not a folder');
  });

  test('with arguments of the wrong form ends with 2, says what was expected and what may have been meant', async () => {
    using folder = new TestFolder(goodFiles);
    expect(await serve(folder, '--port', 'http')).toMatchObject({
      code: usage,
      err: expect.stringMatching(/--port is 'http', expected a number/),
    });
    expect(await serve(folder, '--read-olny')).toMatchObject({ code: usage, err: expect.stringMatching(/'--read-olny'.*\n.*--read-only/) });
    expect(await juqueue(['--work-dir', folder.workDir])).toMatchObject({ code: usage, err: expect.stringContaining('--def-dir') });
    expect(await juqueue(['statsu'])).toMatchObject({ code: usage, err: expect.stringMatching(/'statsu'.*\n.*status/) });
    const json = await juqueue(['nodes', '--jsn', '--json']);
    expect([json.code, JSON.parse(json.err)]).toMatchObject([usage, { error: { code: 'JQ_BAD_REQUEST', hint: 'Did you mean --json?' } }]);
  });

  test('because another manager has the work-dir names its process and ends with 6', async () => {
    using folder = new TestFolder(goodFiles);
    await using manager = await TestManager.start(folder);
    expect(await serve(folder)).toMatchObject({
      code: badInput,
      err: expect.stringMatching(new RegExp(`locked by the manager with process ${manager.process.pid} `)),
    });
  });

  test('because the work-dir cannot be written says so and ends with 6', async () => {
    using folder = new TestFolder(goodFiles);
    mkdirSync(folder.workDir);
    chmodSync(folder.path, 0o755);
    chmodSync(folder.workDir, 0o555);
    const isRoot = process.getuid?.() === 0;
    const { code, err } = await juqueue(
      ['--def-dir', folder.defDir, '--work-dir', folder.workDir, '--port', '-1'],
      isRoot ? { uid: 65_534 } : {},
    );
    expect([code, err]).toEqual([badInput, expect.stringMatching(/work-dir .* cannot be written: .*permission denied/)]);
  });

  test('because others can write its secrets, or a newer version wrote it, says so and ends with 6; the repaired one starts', async () => {
    using folder = new TestFolder(goodFiles);
    await (await TestManager.start(folder)).end();
    const key = join(folder.workDir, '.juqueue/link.key');
    chmodSync(key, 0o660);
    expect(await serve(folder)).toMatchObject({
      code: badInput,
      err: expect.stringMatching(/link\.key has mode 660, expected 600.*\n.*chmod 600 \S+link\.key/),
    });
    chmodSync(key, 0o600);

    const identity = join(folder.workDir, '.juqueue/identity.json');
    const before = readFileSync(identity, 'utf8');
    writeFileSync(identity, JSON.stringify({ ...JSON.parse(before), schema: 999 }));
    expect(await serve(folder)).toMatchObject({
      code: badInput,
      err: expect.stringMatching(/newer version: its events have version 999, this program knows \d+/),
    });
    writeFileSync(identity, before);
    await using manager = await TestManager.start(folder);
    expect((await manager.request('/experiments')).status).toBe(200);
  });

  test('on a port that is taken takes the next free one and says which', async () => {
    using folder = new TestFolder(goodFiles);
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    try {
      await using manager = await TestManager.start(folder, ['--port', String(port)]);
      const { port: opened } = new URL(manager.url);
      expect(Number(opened)).toBeGreaterThan(port);
      await expect.poll(() => manager.output).toContain(`Port ${port} is taken by another program; this server is on port ${opened}.`);
      expect((await manager.request('/experiments')).status).toBe(200);
    } finally {
      other.close();
    }
  });
});

describe('a damaged journal', { timeout: patienceMs }, () => {
  test('is refused with its place and the way on; --repair sets the remainder aside and goes on from before it', async () => {
    using folder = new TestFolder({ 'clusters.yaml': goodCluster, 'experiments/good.yaml': goodExperiment });
    const first = await TestManager.start(folder);
    await first.until<RunAnswer>('/api/v1/runs/good@r', ({ status }) => status === 'finished');
    await first.end();
    const directory = join(folder.workDir, '.juqueue/journal');
    const [segment = ''] = readdirSync(directory).sort();
    const bytes = readFileSync(join(directory, segment));
    const middle = Math.floor(bytes.length / 2);
    writeFileSync(
      join(directory, segment),
      Buffer.concat([bytes.subarray(0, middle), Buffer.alloc(16, 0xff), bytes.subarray(middle + 16)]),
    );

    const refused = await juqueue(['--def-dir', folder.defDir, '--work-dir', folder.workDir, '--port', '-1']);
    expect([refused.code, refused.err]).toEqual([
      badInput,
      expect.stringMatching(
        new RegExp(`damaged in ${segment} at byte \\d+; the last event before it is number \\d+ of \\d{4}-.*\\n.*--repair`),
      ),
    ]);

    await using second = await TestManager.start(folder, ['--repair']);
    const [, aside = 'nothing'] = /What came behind it is lost, and kept for inspection as (.+)\.$/m.exec(second.output) ?? [];
    expect(readdirSync(directory)).toEqual(expect.arrayContaining(aside.split(', ')));
    expect(await second.until<RunAnswer>('/api/v1/runs/good@r', ({ status }) => status === 'finished')).toMatchObject({
      status: 'finished',
    });
    expect((await second.json<{ runs: readonly unknown[] }>('/api/v1/runs')).runs).toHaveLength(1);
  });
});
