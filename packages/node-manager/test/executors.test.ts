import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { AttemptOutcome, StartSpec } from '@juqueue/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FakeManager } from './fake-manager.ts';
import { startSpec, TestNode } from './test-node.ts';
import type { TestWorkDir } from './work-dir.ts';
import { testWorkDir } from './work-dir.ts';

const busyMachineMs = 60_000;

describe('the surroundings of a run', { timeout: busyMachineMs }, () => {
  let workDir: TestWorkDir;
  let manager: FakeManager;
  let node: TestNode;

  beforeAll(async () => {
    workDir = await testWorkDir({ PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/nowhere', SITE: 'here' });
    manager = await FakeManager.start(workDir);
    node = await TestNode.start(workDir);
    await manager.heard('hello', () => true, busyMachineMs);
  });

  afterAll(async () => {
    await node[Symbol.asyncDispose]();
    await manager[Symbol.asyncDispose]();
    await workDir[Symbol.asyncDispose]();
  });

  async function execute(
    name: string,
    cmd: readonly string[],
    executor: Partial<StartSpec['executor']>,
  ): Promise<AttemptOutcome & { readonly out: string }> {
    const plain = startSpec(name, cmd);
    manager.start(node.allocation, { ...plain, executor: { ...plain.executor, ...executor } });
    const outcome = await manager.outcome(`e@${name}`, 1, busyMachineMs);
    const log = await readFile(join(workDir.path, `e/${name}/logs/stdout.log`), 'utf8');
    return { ...outcome, out: log };
  }

  const print = (...names: readonly string[]): readonly string[] => [
    'sh',
    '-c',
    names.map((name) => `echo "${name}=[$${name}]"`).join('; '),
  ];

  test('a secret is read where the run starts: it is in the variable, and in no other file of ours', async () => {
    const secret = join(workDir.path, 'wandb.key');
    await writeFile(secret, 'tip-top-secret\n', { mode: 0o600 });
    const { out, exitCode } = await execute(
      'secret',
      ['sh', '-c', 'test ${#KEY} -eq 21 && test "${KEY#Bearer tip}" = "-${KEY#Bearer tip-}" && echo "from ${SITE}"'],
      { env: { KEY: `Bearer \${secret:${secret}}`, SITE: 'over ${SITE}' } },
    );
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^from over here$/m);
    expect(out).not.toContain('tip-top');
    expect(await readFile(join(workDir.path, 'e/secret/juqueue-run.json'), 'utf8')).not.toContain('tip-top');
  });

  test('a secret that is missing, or that others can read, fails the run with a sentence', async () => {
    const open = join(workDir.path, 'open.key');
    await writeFile(open, 'k');
    await chmod(open, 0o644);
    expect(await execute('no-secret', ['true'], { env: { KEY: '${secret:/nowhere/k}' } })).toMatchObject({
      exitCode: 126,
      detail: 'the secret /nowhere/k does not exist',
    });
    expect(await execute('open-secret', ['true'], { env: { KEY: `\${secret:${open}}` } })).toMatchObject({
      exitCode: 126,
      detail: `the secret ${open} must be readable by its owner only, its mode is 0644; try: chmod 600 ${open}`,
    });
  });

  test('a venv, working directory or input that is missing is named; the node lives on', async () => {
    expect(await execute('no-venv', ['true'], { venv: '/nowhere/venv' })).toMatchObject({
      exitCode: 127,
      detail: 'the venv /nowhere/venv does not exist; try: python3 -m venv /nowhere/venv',
    });
    expect(await execute('no-cwd', ['true'], { cwd: '/nowhere/src' })).toMatchObject({
      exitCode: 127,
      detail: 'the working directory /nowhere/src does not exist',
    });
    expect(await execute('no-stdin', ['true'], { stdin: '/nowhere/in' })).toMatchObject({
      exitCode: 127,
      detail: 'the file for its standard input, /nowhere/in, does not exist',
    });
    expect(await execute('lives', ['true'], {})).toMatchObject({ exitCode: 0 });
  });

  test('cwd, stdin and umask', async () => {
    const source = join(workDir.path, 'src');
    await mkdir(source, { recursive: true });
    await writeFile(join(source, 'in.txt'), 'first line\n');
    const { out } = await execute('places', ['sh', '-c', 'pwd; cat; umask; touch "$JUQUEUE_RUN_DIR/f"; stat -c %a "$JUQUEUE_RUN_DIR/f"'], {
      cwd: source,
      stdin: join(source, 'in.txt'),
      umask: '027',
    });
    expect(out.split('\n').slice(-5)).toEqual([source, 'first line', '0027', '640', '']);
    expect((await execute('plain', ['sh', '-c', 'cat; umask; pwd'], {})).out.split('\n').slice(-2)).toEqual([
      join(workDir.path, 'e/plain'),
      '',
    ]);
  });

  test('arguments reach the program as they are, behind a script or without', async () => {
    const words = ['two words', '$(id)', '`id`', "it's", '"', 'a\nb', 'ü 漢', '', '*', '${HOME}', '\\', '; exit 3'];
    const program = ['sh', '-c', 'for word; do printf "<%s>" "$word"; done', 'sh', ...words];
    const expected = words.map((word) => `<${word}>`).join('');
    expect((await execute('words', program, {})).out.endsWith(`\n${expected}`)).toBe(true);
    expect((await execute('words-behind', program, { prependScript: ['true'] })).out.endsWith(`\n${expected}`)).toBe(true);
  });

  test('the script that is kept with the attempt does the same by hand, and holds no secret', async () => {
    const secret = join(workDir.path, 'hand.key');
    await writeFile(secret, "it's\n", { mode: 0o600 });
    const source = join(workDir.path, "hand's src");
    await mkdir(source, { recursive: true });
    await writeFile(join(source, 'in.txt'), 'from stdin\n');
    const program = [
      'sh',
      '-c',
      'pwd; cat; echo "[$KEY] [$A] [$JUQUEUE_ATTEMPT] [$LOADED]"; for word; do printf "<%s>" "$word"; done',
      'sh',
      '$(id)',
      'a\nb',
      "it's",
      '',
    ];
    const surroundings = {
      env: { KEY: `k-\${secret:${secret}}`, A: '"$x"', 'NOT-A-NAME': 'x' },
      cwd: source,
      stdin: join(source, 'in.txt'),
    };
    for (const [name, executor] of [
      ['hand', surroundings],
      ['hand-behind', { ...surroundings, prependScript: ['export LOADED=yes'], umask: '027' }],
    ] as const) {
      const { out } = await execute(name, program, executor);
      const history = JSON.parse(await readFile(join(workDir.path, `e/${name}/juqueue-run.json`), 'utf8')) as {
        readonly attempts: readonly { readonly script: string }[];
      };
      const script = history.attempts[0]?.script ?? '';
      expect(script).not.toContain("it's\n");
      const file = join(workDir.path, `${name}.sh`);
      await writeFile(file, script);
      const byHand = execFileSync('bash', [file], { env: { PATH: '/usr/bin:/bin' }, encoding: 'utf8' });
      expect(byHand).toMatch(/^\/.*hand's src\nfrom stdin\n\[k-it's\] \["\$x"\] \[1\] \[(yes)?\]\n/);
      expect(out.endsWith(byHand)).toBe(true);
    }
  });

  test('module load works with login_shell, whose files define it; what the module does reaches the command', async () => {
    const home = join(workDir.path, 'home');
    await mkdir(home, { recursive: true });
    await writeFile(
      join(home, '.bash_profile'),
      'module() { if [ "$2" = CUDA ]; then export CUDA_HOME=/cuda; else echo "module $2 is unknown" >&2; return 1; fi; }\n',
    );
    const login = { env: { HOME: home }, loginShell: true };
    const loaded = await execute('module', print('CUDA_HOME'), { ...login, prependScript: ['module load CUDA'] });
    expect(loaded).toMatchObject({ exitCode: 0, out: expect.stringContaining('CUDA_HOME=[/cuda]') });
    expect(await execute('no-module', ['true'], { ...login, prependScript: ['module load CUDAA', 'echo never'] })).toMatchObject({
      exitCode: 1,
      detail: 'exited with code 1: module load CUDAA failed with code 1',
      out: expect.not.stringContaining('\nnever\n'),
    });
    expect(await execute('no-modules', ['true'], { prependScript: ['module load CUDA'] })).toMatchObject({
      exitCode: 1,
      detail:
        'exited with code 1: module load CUDA: this node knows no such command; with login_shell: true the files that define it are read',
    });
    expect(await execute('may-fail', ['true'], { ...login, prependScript: ['module load CUDAA || true', 'false'] })).toMatchObject({
      exitCode: 0,
    });
  });

  test('a run that asks for it is bound to the processors of its slot, and a missing program is still named', async () => {
    const all = new Set(
      (await execute('unbound', ['grep', 'Cpus_allowed_list', '/proc/self/status'], {})).out.match(/list:\s+(.*)/)?.[1]?.split(','),
    );
    const { out } = await execute('bound', ['grep', 'Cpus_allowed_list', '/proc/self/status'], { cpuBinding: true });
    const own = out.match(/list:\s+(.*)/)?.[1];
    expect(own).toBeDefined();
    if (availableParallelism() > 1) expect(new Set(own?.split(','))).not.toEqual(all);
    expect(await execute('bound-missing', ['no-such-program'], { cpuBinding: true })).toMatchObject({
      exitCode: 127,
      detail: expect.stringContaining('no-such-program was not found in PATH'),
    });
  });
});
