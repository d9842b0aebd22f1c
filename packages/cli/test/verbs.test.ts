import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestFolder, TestManager } from '@juqueue/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { juqueue } from './command-line.ts';

/** Starting and stopping a manager takes a second or two on a quiet machine. */
const busyMachineMs = 90_000;

const definitions = {
  'clusters.yaml': 'local: { type: local, max_jobs: 1, num_slots: 2 }\n',
  'experiments/mixed.yaml': `name: mixed
autostart: true
defaults: { cluster: local, checkpoint: none }
runs:
  - id: good
    cmd: [sh, -c, "echo to stdout; echo to stderr >&2"]
  - id: bad
    cmd: [sh, -c, "echo before; exit 7"]
`,
  'experiments/waiting.yaml': `name: waiting
defaults: { cluster: local, checkpoint: none, cmd: [sh, -c, "exec sleep 600"] }
matrix: { i: { from: 1, to: 150 } }
id: "r{i}"
`,
};

describe('the command line and a running manager', { timeout: busyMachineMs }, () => {
  let folder: TestFolder;
  let manager: TestManager;

  beforeAll(async () => {
    folder = new TestFolder(definitions);
    manager = await TestManager.start(folder);
  });

  afterAll(async () => {
    await manager[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const ask = (...args: readonly string[]) => juqueue([...args, '--work-dir', folder.workDir]);

  test('wait ends with 10 when runs failed, and says how many ended how', async () => {
    expect(await ask('wait', 'mixed@*', '--timeout', '60s')).toEqual({ code: 10, out: '', err: '1 finished, 1 failed, 0 inactive.\n' });
    expect((await ask('wait', 'mixed@good')).code).toBe(0);
    expect((await ask('wait', 'mixed@*', '--ignore-failures')).code).toBe(0);
    expect((await ask('wait', 'waiting@r1')).code).toBe(11);
    expect((await ask('wait', 'nothing@*')).code).toBe(5);
  });

  test('status shows clusters and experiments; as JSON the answers of the interface', async () => {
    const { code, out } = await ask('status');
    expect(code).toBe(0);
    expect(out).toMatch(/^JuQueue 1\.0\.0 on /);
    expect(out).toMatch(/^mixed +2 +0 +0 +1 +1 +0 +50% +-$/m);
    const json = JSON.parse((await ask('status', '--json')).out);
    expect(json).toMatchObject({ overview: { runs: { inactive: 150 } }, experiments: [{ name: 'mixed' }, { name: 'waiting' }] });
  });

  test('runs takes selectors as words and as flags', async () => {
    expect((await ask('runs', 'mixed@*', '--state', 'failed', '--names')).out).toBe('mixed@bad\n');
    expect((await ask('runs', 'state:finished,failed', '--names')).out).toBe('mixed@bad\nmixed@good\n');
    expect((await ask('runs', '--where', 'i>148', '--names')).out).toBe('waiting@r149\nwaiting@r150\n');
    const page = await ask('runs', '--experiment', 'waiting', '--limit', '3');
    expect(page.out.trimEnd().split('\n')).toHaveLength(4);
    expect(page.err).toBe('3 of 150 runs are shown; --all shows every one.\n');
    expect(JSON.parse((await ask('runs', '--all', '--json')).out).runs).toHaveLength(152);
  });

  test('runs comes as names, as tab-separated values, with chosen columns, and widely', async () => {
    expect((await ask('runs', 'mixed@*', '-o', 'name')).out).toBe('mixed@bad\nmixed@good\n');
    expect((await ask('runs', 'mixed@bad', '-o', 'tsv', '--fields', 'id,status,exitCode')).out).toBe(
      'id\tstatus\texitCode\nmixed@bad\tfailed\t7\n',
    );
    expect((await ask('runs', 'waiting@r1', '--fields', 'id,parameters.i')).out).toBe('id          i\nwaiting@r1  1\n');
    expect(JSON.parse((await ask('runs', 'mixed@bad', '--json', '--fields', 'status')).out).runs).toEqual([
      { id: 'mixed@bad', status: 'failed' },
    ]);
    expect((await ask('runs', 'mixed@bad', '-o', 'wide')).out).toMatch(/^RUN .* EXIT +PRIORITY +SLOTS +CLUSTERS/);
    expect(await ask('runs', '-o', 'yaml')).toMatchObject({
      code: 2,
      err: expect.stringContaining('expected one of table, wide, name, tsv'),
    });
    expect((await ask('runs', '--sort', '-parameters.i', '--limit', '1', '-o', 'name')).out).toBe('waiting@r150\n');
  });

  test('an unreadable selector is a usage error that points into it', async () => {
    const { code, err } = await ask('runs', '--state', 'faild');
    expect(code).toBe(2);
    expect(err).toMatch(/faild.*Did you mean 'failed'/s);
  });

  test('show tells how the attempt ended', async () => {
    const { out } = await ask('show', 'mixed@bad');
    expect(out).toMatch(/^mixed@bad {2}failed \(exit\)/);
    expect(out).toMatch(/^ +1 .*7/m);
    const missing = await ask('show', 'mixed@none', '--json');
    expect([missing.code, missing.out]).toEqual([5, '']);
    expect(JSON.parse(missing.err)).toMatchObject({
      error: { code: 'JQ_RUN_NOT_FOUND', message: "Experiment 'mixed' has no run 'none'." },
    });
  });

  test('show --script prints what an attempt executed', async () => {
    const { code, out } = await ask('show', 'mixed@bad', '--script');
    expect(code).toBe(0);
    expect(out).toMatch(
      /^#!\/bin\/bash\n# mixed@bad, attempt 1, as local-\d+ on .* executed it\.\ncd -- .*\/mixed\/bad \|\| exit\n[^]*\nset -- sh -c 'echo before; exit 7'\nexec "\$@"\n$/,
    );
    expect(await ask('show', 'waiting@r1', '--script')).toMatchObject({
      code: 5,
      err: expect.stringContaining('waiting@r1 has not executed anything yet.'),
    });
    expect((await ask('show', 'mixed@bad', '--script', '--attempt', '9')).code).toBe(5);
  });

  test('failures groups what failed in the same way, and its id means those runs', async () => {
    const { out, err } = await ask('failures');
    expect(out).toMatch(/^ *1 +[0-9a-f]{12} +mixed +.* mixed@bad +exited with code 7$/m);
    const [, id = ''] = /resume failure:([0-9a-f]{12})/.exec(err) ?? [];
    expect((await ask('runs', `failure:${id}`, '--names')).out).toBe('mixed@bad\n');
    expect(JSON.parse((await ask('failures', '--experiment', 'mixed', '--json')).out)).toMatchObject({
      groups: [{ id, count: 1, signature: 'exited with code 7' }],
      runCount: 1,
    });
    expect((await ask('failures', '--experiment', 'waiting')).out).toBe('No run of waiting is failed.\n');
  });

  test('logs gives the stdout of the run on stdout and its stderr on stderr', async () => {
    const { out, err } = await ask('logs', 'mixed@good');
    expect(out).toContain('to stdout\n');
    expect(err).toContain('to stderr\n');
    expect(out).not.toContain('to stderr\n');
    expect((await ask('logs', 'mixed@good', '--stdout', '--tail', '1')).out).toBe('to stdout\n');
    expect(JSON.parse((await ask('logs', 'mixed@bad', '--json')).out)).toMatchObject({
      run: 'mixed@bad',
      stdout: expect.stringContaining('before'),
    });
  });

  test('logs --follow goes on until the run has ended', async () => {
    folder.define(
      'experiments/slow.yaml',
      'name: slow\nautostart: true\nruns: [{ id: a, cluster: local, checkpoint: none, cmd: [sh, -c, "for i in 1 2 3; do echo $i; sleep 0.4; done"] }]\n',
    );
    await ask('reload');
    const { code, out } = await ask('logs', 'slow@a', '--follow', '--stdout');
    expect(code).toBe(0);
    expect(out).toMatch(/1\n2\n3\n$/);
  });

  test('resume and cancel act on exactly what was counted; many need --yes when nobody can be asked', async () => {
    const dry = await ask('cancel', 'waiting@*', '--dry-run');
    expect(dry.out).toBe('would cancel 150 runs (150 inactive)\n');
    const refused = await ask('resume', 'waiting@*');
    expect([refused.code, refused.err]).toEqual([7, expect.stringContaining('--yes')]);
    expect((await ask('resume', 'waiting@r1', '--json')).code).toBe(0);
    await manager.until<{ status: string }>('/api/v1/runs/waiting@r1', (run) => run.status === 'running');
    const spared = await ask('cancel', 'waiting@r1');
    expect(spared.err).toMatch(/^0 of 1 runs cancelled\.\n {2}left alone: waiting@r1: it is running; /);
    expect((await ask('wait', 'waiting@r1', '--timeout', '1s')).code).toBe(124);
    expect((await ask('cancel', 'waiting@r1', '--force', '--reason', 'enough')).err).toContain('1 of 1 runs cancelled.');
    await manager.until<{ status: string }>('/api/v1/runs/waiting@r1', (run) => run.status === 'inactive');
    const empty = await ask('cancel');
    expect([empty.code, empty.err]).toEqual([2, expect.stringContaining("juqueue cancel '*@*'")]);
    expect((await ask('cancel', 'nothing@*')).code).toBe(5);
  });

  test('nodes lists what is in the slots', async () => {
    await ask('resume', 'waiting@r2');
    await manager.until<{ status: string }>('/api/v1/runs/waiting@r2', (run) => run.status === 'running');
    expect((await ask('nodes')).out).toMatch(/local .* connected .* 1\/2 .* waiting@r2/);
    const { nodes } = JSON.parse((await ask('nodes', '--json')).out);
    expect(nodes[0].occupants).toContain('waiting@r2');
  });

  test('reload shows what waits because it would stop a running run, and --apply applies it', async () => {
    await ask('resume', 'waiting@r2');
    await manager.until<{ status: string }>('/api/v1/runs/waiting@r2', (run) => run.status === 'running');
    folder.define('experiments/waiting.yaml', definitions['experiments/waiting.yaml'].replace('600', '601'));
    const shown = await ask('reload');
    expect(shown.out).toMatch(/stops 1 running run: waiting@r2[\s\S]*juqueue reload --apply/);
    const applied = await ask('reload', '--apply');
    expect([applied.code, applied.out]).toEqual([0, expect.stringContaining('applied:')]);
    expect((await ask('reload')).out).toBe('The definitions change nothing.\n');
  });

  test('reload ends with 6 and shows the place when a file is broken', async () => {
    folder.define('experiments/broken.yaml', 'name: broken\nruns:\n  - idd: a\n');
    const { code, err } = await ask('reload');
    expect(code).toBe(6);
    expect(err).toMatch(/^experiments\/broken\.yaml:3:\d+: error: .*idd/m);
    await rm(join(folder.defDir, 'experiments/broken.yaml'));
  });

  test('events tells what happened', async () => {
    expect((await ask('events')).out).toMatch(/mixed@bad attempt 1 ended: exit 7/);
    const lines = (await ask('events', '--json', '--run', 'mixed@good')).out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map((event) => event.kind)).toEqual(['run-placed', 'run-started', 'run-ended']);
  });

  test('token prints the token of this start; open hands the browser a file that only we can read', async () => {
    expect((await ask('token')).out).toBe(`${manager.token}\n`);
    const open = (browser: string) => juqueue(['open', '--work-dir', folder.workDir], { env: { BROWSER: browser } });
    expect(await open('/bin/true')).toMatchObject({ code: 0, out: '', err: `Opened ${manager.url} with /bin/true.\n` });
    for (const browser of ['/bin/false', '/none'])
      expect(await open(browser)).toMatchObject({
        code: 0,
        out: expect.stringMatching(/^No browser could be started here\. juqueue tunnel/),
      });
    const file = join(folder.workDir, '.juqueue', 'open.html');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).toContain(`${manager.url}/#token=${manager.token}`);
  });

  test('the manager is found by JUQUEUE_WORK_DIR and from any folder below the work-dir', async () => {
    expect((await juqueue(['token'], { env: { JUQUEUE_WORK_DIR: folder.workDir } })).out).toBe(`${manager.token}\n`);
    const below = join(folder.workDir, 'mixed', 'good');
    expect((await juqueue(['token'], { cwd: below })).out).toBe(`${manager.token}\n`);
  });

  test('a second manager on the work-dir is refused with 6 and the first one named', async () => {
    const { code, err } = await juqueue(['--def-dir', folder.defDir, '--work-dir', folder.workDir, '--port', '-1']);
    expect(code).toBe(6);
    expect(err).toContain(`process ${manager.process.pid}`);
  });
});

test('stop ends the manager and waits for it', { timeout: busyMachineMs }, async () => {
  using folder = new TestFolder(definitions);
  await using manager = await TestManager.start(folder);
  const stopped = await juqueue(['stop', '--work-dir', folder.workDir]);
  expect([stopped.code, stopped.err]).toEqual([0, expect.stringContaining('Stopped.')]);
  await expect.poll(() => manager.process.exitCode).toBe(0);
  const again = await juqueue(['stop', '--work-dir', folder.workDir]);
  expect(again.code).toBe(3);
});

test('--detach leaves the manager serving and says where it is, without the token', { timeout: busyMachineMs }, async () => {
  using folder = new TestFolder(definitions);
  const { code, out } = await juqueue(['--def-dir', folder.defDir, '--work-dir', folder.workDir, '--port', '0', '--detach']);
  try {
    expect([code, out]).toEqual([0, expect.stringContaining('docs ')]);
    expect(out).not.toContain('token=');
    expect((await juqueue(['status', '--work-dir', folder.workDir])).code).toBe(0);
  } finally {
    expect((await juqueue(['stop', '--work-dir', folder.workDir])).code).toBe(0);
  }
});

test(
  'resume goes on in the directory of a run; with --fresh it starts in an empty one, and what was there is kept beside it',
  { timeout: busyMachineMs },
  async () => {
    using folder = new TestFolder({
      'clusters.yaml': 'local: { type: local, max_jobs: 1, num_slots: 1 }\n',
      'experiments/e.yaml':
        'name: e\nautostart: true\ndefaults: { cluster: local, checkpoint: none }\nruns:\n  - { id: a, cmd: [sh, -c, "echo again >> seen"] }\n',
    });
    await using manager = await TestManager.start(folder);
    const ask = (...args: readonly string[]) => juqueue([...args, '--work-dir', folder.workDir]);
    const attempts = (count: number) =>
      manager.until<{ readonly status: string; readonly attempt: number }>(
        '/api/v1/runs/e@a',
        ({ status, attempt }) => status === 'finished' && attempt === count,
      );
    await attempts(1);
    expect((await ask('resume', 'e@a')).code).toBe(0);
    await attempts(2);
    expect(folder.read('e/a/seen')).toBe('again\nagain\n');
    expect((await ask('resume', 'e@a', '--fresh')).code).toBe(0);
    await attempts(3);
    expect(folder.read('e/a/seen')).toBe('again\n');
    expect(folder.read('e/.a.before-3/seen')).toBe('again\nagain\n');
    expect((await ask('resume', 'e@a')).code).toBe(0);
    await attempts(4);
    expect(folder.read('e/a/seen')).toBe('again\nagain\n');
  },
);

describe('without a manager', () => {
  async function emptyFolder() {
    const path = await mkdtemp(join(tmpdir(), 'juqueue-cli-'));
    return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
  }

  test('commands that need one end with 3 and say how to start it', async () => {
    await using here = await emptyFolder();
    const { code, out, err } = await juqueue(['status'], { cwd: here.path });
    expect([code, out]).toEqual([3, '']);
    expect(err).toContain('--work-dir');
  });

  test.each(['yaml', 'typescript', 'python'])(
    'init writes definitions in %s that validate accepts, and overwrites nothing',
    async (language) => {
      await using here = await emptyFolder();
      expect((await juqueue(['init', '--language', language], { cwd: here.path })).code).toBe(0);
      const { code, err } = await juqueue(['validate', 'defs'], { cwd: here.path });
      expect([code, err]).toEqual([0, '1 cluster, 1 experiment with 4 runs; 0 errors, 0 warnings.\n']);
      const again = await juqueue(['init'], { cwd: here.path });
      expect([again.code, again.err]).toEqual([7, expect.stringContaining('is not overwritten')]);
    },
  );

  test('init --from-sbatch makes a matrix of an array, says what it leaves out, and validate accepts it', async () => {
    await using here = await emptyFolder();
    await writeFile(
      join(here.path, 'train.sh'),
      '#!/bin/bash\n#SBATCH --job-name="lr sweep" -p booster\n#SBATCH -A proj1\n#SBATCH --array=1-10:3%2\n#SBATCH --time=1-02:30 --cpus-per-task 8  # enough\n#SBATCH --gres=gpu:4\n#SBATCH --mail-type=END\n\nmodule load CUDA\n#SBATCH --qos=late\nsrun python train.py $SLURM_ARRAY_TASK_ID\n',
    );
    const { code, err } = await juqueue(['init', '--from-sbatch', 'train.sh'], { cwd: here.path });
    expect([code, err]).toEqual([
      0,
      'note: train.sh:11: srun is not needed: a run is executed on its node already; remove it.\nnote: --mail-type is left out: nothing is mailed.\n',
    ]);
    const written = await readFile(join(here.path, 'defs/experiments/lr_sweep.yaml'), 'utf8');
    expect(written).toContain('task: {from: 1, to: 10, step: 3}');
    expect(written).toContain('time: "26h30m"');
    expect(written).toContain('env: {SLURM_CPUS_PER_TASK: "8", SLURM_ARRAY_TASK_ID: "{task}"}');
    expect(await readFile(join(here.path, 'defs/clusters.yaml'), 'utf8')).toMatch(
      /queue: "booster"\n {2}account: "proj1"\n[\s\S]*job_extra_directives: \["--gres=gpu:4"\]/,
    );
    const validated = await juqueue(['validate', 'defs'], { cwd: here.path });
    expect([validated.code, validated.err]).toEqual([0, '1 cluster, 1 experiment with 4 runs; 0 errors, 0 warnings.\n']);
    await writeFile(join(here.path, 'odd.sh'), '#SBATCH --array=a-b\n');
    expect((await juqueue(['init', 'other', '--from-sbatch', 'odd.sh'], { cwd: here.path })).err).toContain(
      "odd.sh: the array is 'a-b', expected indices such as 1-10",
    );
    expect((await juqueue(['init', 'other', '--from-sbatch', 'no.sh'], { cwd: here.path })).err).toContain('no.sh cannot be read (ENOENT)');
  });

  test('validate --schema prints what editors check definitions with', async () => {
    await using here = await emptyFolder();
    const schema = (of: string) => juqueue(['validate', '--schema', of], { cwd: here.path });
    expect(JSON.parse((await schema('experiment')).out)).toMatchObject({ title: 'An experiment of JuQueue', properties: { matrix: {} } });
    expect(JSON.parse((await schema('clusters')).out)).toMatchObject({ title: 'Clusters of JuQueue' });
    expect((await schema('typescript')).out).toContain("declare module 'juqueue'");
    expect((await schema('yaml')).code).toBe(2);
  });

  test('validate ends with 6 and names file, line, column and what was meant', async () => {
    await using here = await emptyFolder();
    await mkdir(join(here.path, 'experiments'));
    await writeFile(join(here.path, 'clusters.yaml'), 'local:\n  type: local\n  max_jobs: 1\n  num_slot: 2\n');
    const { code, err } = await juqueue(['validate', here.path]);
    expect(code).toBe(6);
    expect(err).toMatch(/clusters\.yaml:4:3: error: .*num_slot.*/);
    expect(err).toContain('num_slots');
    expect(JSON.parse((await juqueue(['validate', here.path, '--json'])).out).problems).toContainEqual(
      expect.objectContaining({ file: 'clusters.yaml', line: 4, column: 3 }),
    );
  });

  test('a folder that another user could have put there is not trusted with our token', async () => {
    await using here = await emptyFolder();
    await mkdir(join(here.path, '.juqueue'));
    await chmod(join(here.path, '.juqueue'), 0o777);
    expect(await juqueue(['status', '--work-dir', here.path])).toMatchObject({
      code: 6,
      err: expect.stringContaining('only we can write'),
    });
  });

  test.each([
    [['frobnicate'], 2, "unknown command 'frobnicate'"],
    [['--port', '1'], 2, '--def-dir and --work-dir'],
    [['--def-dir', '.', '--work-dir', '.', '--port', 'x'], 2, "--port is 'x'"],
    [['runs', '--limit', 'many'], 2, 'whole number'],
    [['show'], 2, 'missing required argument'],
    [['--def-dir', '/nonexistent/defs', '--work-dir', 'w'], 6, '/nonexistent/defs'],
    [['--def-dir', '.', '--work-dir', '/dev/null/w'], 6, '/dev/null/w'],
  ])('juqueue %j ends with %i and says why', async (args, code, text) => {
    await using here = await emptyFolder();
    expect(await juqueue(args, { cwd: here.path })).toMatchObject({ code, out: '', err: expect.stringContaining(text) });
  });

  test('--help and --version end with 0', async () => {
    expect((await juqueue(['--help'])).code).toBe(0);
    expect((await juqueue(['runs', '--help'])).out).toContain('--where');
    expect((await juqueue(['--version'])).out).toBe('1.0.0\n');
  });
});
