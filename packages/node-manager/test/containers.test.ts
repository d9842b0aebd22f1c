import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AttemptOutcome, ContainerDefinition, StartSpec } from '@juqueue/core';
import { describe, expect, test } from 'vitest';
import { podmanUnsupportedReason, PrivatePodman } from '../../testkit/src/containers/private-podman.ts';
import { missingPackages } from '../../testkit/src/system-packages/missing-packages.ts';
import { FakeManager } from './fake-manager.ts';
import { environOf, processes, startSpec, TestNode } from './test-node.ts';
import { waitUntil } from './wait-until.ts';
import type { TestWorkDir } from './work-dir.ts';
import { testWorkDir } from './work-dir.ts';

const busyMachineMs = 60_000;

const words = ['two words', '$(id)', '`id`', "it's", '"', 'a\nb', 'ü 漢', '*', '${HOME}', '\\', '; exit 3', '--', '-x'];
const printWords = ['sh', '-c', 'for word; do printf "<%s>" "$word"; done', 'sh', ...words];
const printedWords = words.map((word) => `<${word}>`).join('');

/** Debian's nobody: an ordinary user of every machine. */
const ordinaryUser = { uid: 65_534, gid: 65_534 };

interface Stage extends AsyncDisposable {
  readonly workDir: TestWorkDir;
  readonly manager: FakeManager;
  readonly node: TestNode;
  execute(
    name: string,
    cmd: readonly string[],
    container: Partial<ContainerDefinition>,
    executor?: Partial<StartSpec['executor']>,
  ): Promise<AttemptOutcome & { readonly out: string }>;
}

const base: ContainerDefinition = {
  runtime: 'charliecloud',
  image: '',
  bind: [],
  input: null,
  output: null,
  gpu: null,
  network: 'host',
  cleanEnv: false,
  entrypoint: false,
  args: [],
};

async function stage(environment: Readonly<Record<string, string>>, user: typeof ordinaryUser | null = null): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const workDir = stack.use(await testWorkDir(environment));
  const manager = stack.use(await FakeManager.start(workDir));
  const node = stack.use(await TestNode.start(workDir, {}, { user }));
  await manager.heard('hello', () => true, busyMachineMs);
  const owned = stack.move();
  return {
    workDir,
    manager,
    node,
    execute: async (name, cmd, container, executor = {}) => {
      const plain = startSpec(name, cmd);
      manager.start(node.allocation, { ...plain, executor: { ...plain.executor, ...executor, container: { ...base, ...container } } });
      const outcome = await manager.outcome(`e@${name}`, 1, busyMachineMs);
      return { ...outcome, out: await readFile(join(workDir.path, `e/${name}/logs/stdout.log`), 'utf8').catch(() => '') };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

interface Image extends AsyncDisposable {
  readonly path: string;
}

/** A root file system of one static program. */
async function busyboxImage(): Promise<Image> {
  const path = await mkdtemp(join(tmpdir(), 'juqueue-image-'));
  for (const folder of ['bin', 'dev', 'etc', 'home', 'input', 'output', 'proc', 'sys', 'tmp', 'work']) await mkdir(join(path, folder));
  for (const file of ['passwd', 'group', 'hosts', 'resolv.conf']) await writeFile(join(path, 'etc', file), '');
  await copyFile('/usr/bin/busybox', join(path, 'bin/busybox'));
  for (const program of ['sh', 'cat', 'env', 'pwd', 'sleep', 'ls', 'touch', 'test']) await symlink('busybox', join(path, 'bin', program));
  await chmod(path, 0o755);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

const missing = missingPackages('containers');
const isRoot = process.getuid?.() === 0;
const users = [
  {
    title: isRoot ? 'root' : 'ourselves',
    user: null,
    reason: missing.length > 0 ? `these packages are missing: ${missing.join(', ')}` : null,
  },
  {
    title: 'an ordinary user',
    user: ordinaryUser,
    reason: missing.length > 0 ? `these packages are missing: ${missing.join(', ')}` : isRoot ? null : 'only root can become another user',
  },
];

for (const { title, user, reason } of users) {
  describe.skipIf(reason !== null)(
    `charliecloud as ${title}${reason === null ? '' : ` (skipped: ${reason})`}`,
    { timeout: 2 * busyMachineMs },
    () => {
      test('executes runs in the image: /work is the run directory, arguments and reports arrive, nothing of a stopped run is left', async () => {
        await using image = await busyboxImage();
        await using on = await stage({ PATH: '/usr/local/bin:/usr/bin:/bin', HOST_ONLY: 'yes' }, user);

        expect((await on.execute('words', printWords, { image: image.path })).out.endsWith(`\n${printedWords}`)).toBe(true);

        const works = await on.execute(
          'works',
          ['sh', '-c', 'pwd; echo "0.5 half" > "$JUQUEUE_PROGRESS_FILE"; echo made > made; ls /; echo "[$HOST_ONLY] [$LR]"; exit 7'],
          { image: image.path },
          { env: { LR: '0.1' } },
        );
        expect(works).toMatchObject({ exitCode: 7, progress: 0.5, out: expect.stringMatching(/^\/work$[^]*^\[yes\] \[0\.1\]$/m) });
        expect(works.out).not.toMatch(/^usr$/m);
        expect(await readFile(join(on.workDir.path, 'e/works/made'), 'utf8')).toBe('made\n');

        const data = join(on.workDir.path, 'data');
        await mkdir(data);
        await writeFile(join(data, 'rows'), 'rows\n');
        const clean = await on.execute(
          'clean',
          ['sh', '-c', 'echo "[$HOST_ONLY] [$LR]"; cat /input/rows'],
          { image: image.path, input: data, cleanEnv: true },
          { env: { LR: '0.2' }, prependScript: ['true'] },
        );
        expect(clean.out).toMatch(/^\[\] \[0\.2\]\nrows$/m);

        const offline = await on.execute('offline', ['sh', '-c', 'cat /proc/net/dev'], { image: image.path, network: 'none' });
        expect(offline.out.match(/^ *\w+:/gm)?.map((name) => name.trim())).toEqual(['lo:']);

        const stopped = startSpec('stopped', ['sh', '-c', 'sleep 600 & sleep 600 & wait']);
        on.manager.start(on.node.allocation, { ...stopped, executor: { ...stopped.executor, container: { ...base, image: image.path } } });
        await on.manager.heard('started', ({ run }) => run === 'e@stopped', busyMachineMs);
        const left = (): number =>
          processes().filter(({ pid }) => environOf(pid).includes(`JUQUEUE_ATTEMPT_ID=${stopped.attemptId}`)).length;
        await waitUntil('three processes of the run execute', () => left() === 3, busyMachineMs);
        on.manager.send(on.node.allocation, { kind: 'stop', run: 'e@stopped', attempt: 1, cause: 'user', mode: 'end', graceMs: 500 });
        await on.manager.outcome('e@stopped', 1, busyMachineMs);
        expect(left()).toBe(0);
      });
    },
  );
}

const podmanReason = podmanUnsupportedReason();

describe.skipIf(podmanReason !== null)(
  `podman${podmanReason === null ? '' : ` (skipped: ${podmanReason})`}`,
  { timeout: 3 * busyMachineMs },
  () => {
    test('executes runs in the image: /work is the run directory, arguments and reports arrive, no container of a stopped run is left', async () => {
      await using image = await busyboxImage();
      await using podman = await PrivatePodman.open();
      podman.importImage(image.path, 'localhost/train:1');
      await using on = await stage({ PATH: podman.path, HOST_ONLY: 'yes' });
      const container = { runtime: 'podman', image: 'localhost/train:1', network: 'none' } as const;

      expect((await on.execute('words', printWords, container)).out.endsWith(`\n${printedWords}`)).toBe(true);

      const data = join(on.workDir.path, 'data');
      await mkdir(data);
      await writeFile(join(data, 'rows'), 'rows\n');
      const line =
        'pwd; cat /input/rows; touch /input/new 2>/dev/null || echo read-only; echo "0.5 half" > "$JUQUEUE_PROGRESS_FILE"; echo made > made; echo "[$HOST_ONLY] [$LR]"; cat /proc/net/dev; exit 7';
      const works = await on.execute('works', ['sh', '-c', line], { ...container, input: data }, { env: { LR: '0.1' } });
      expect(works).toMatchObject({ exitCode: 7, progress: 0.5, out: expect.stringMatching(/^\/work\nrows\nread-only\n\[\] \[0\.1\]$/m) });
      expect(works.out.match(/^ *\w+:/gm)?.map((name) => name.trim())).toEqual(['lo:']);
      expect(await readFile(join(on.workDir.path, 'e/works/made'), 'utf8')).toBe('made\n');

      const stopped = startSpec('stopped', ['sh', '-c', 'sleep 600 & sleep 600 & wait']);
      on.manager.start(on.node.allocation, { ...stopped, executor: { ...stopped.executor, container: { ...base, ...container } } });
      await waitUntil('its container is there', () => podman.containers().length === 1, busyMachineMs);
      on.manager.send(on.node.allocation, { kind: 'stop', run: 'e@stopped', attempt: 1, cause: 'user', mode: 'end', graceMs: 500 });
      await on.manager.outcome('e@stopped', 1, busyMachineMs);
      await waitUntil('its container is gone', () => podman.containers().length === 0, busyMachineMs);
      expect(processes().filter(({ pid }) => environOf(pid).includes(`JUQUEUE_ATTEMPT_ID=${stopped.attemptId}`))).toEqual([]);
    });
  },
);

describe('containers that cannot start', { timeout: busyMachineMs }, () => {
  test('a missing image, folder or runtime fails the run with that sentence, and the node lives on', async () => {
    await using on = await stage({ PATH: '/nowhere:/bin', USER: 'u' });
    expect(await on.execute('image', ['x'], { image: '/nowhere/root' })).toMatchObject({
      exitCode: 127,
      detail: 'the image /nowhere/root does not exist',
    });
    expect(await on.execute('pulled', ['x'], { image: 'docker://debian:12' })).toMatchObject({
      exitCode: 127,
      detail: 'the image docker://debian:12 has not been pulled for this work-dir; juqueue images update pulls it',
    });
    expect(await on.execute('input', ['x'], { image: '/', input: '/nowhere/in' })).toMatchObject({
      exitCode: 127,
      detail: 'the input folder /nowhere/in does not exist',
    });
    expect(await on.execute('runtime', ['x'], { image: '/', runtime: 'apptainer' })).toMatchObject({
      exitCode: 127,
      detail: 'apptainer was not found in PATH (/nowhere:/bin)',
    });
    expect(on.node.hasExited).toBe(false);
  });
});

/** Programs of these names that write down their arguments, one in a line of JSON, and what they find in the environment. */
async function recordedRuntimes(folder: string): Promise<void> {
  const program = `#!${process.execPath}
const { appendFileSync } = require('node:fs');
const runtime = require('node:path').basename(process.argv[1]);
appendFileSync(process.env.RECORD, JSON.stringify({ runtime, argv: process.argv.slice(2), key: process.env.KEY ?? process.env.APPTAINERENV_KEY }) + '\\n');
if (process.argv[2] === 'run' && process.argv.includes('stays')) setInterval(() => undefined, 1000);
`;
  for (const runtime of ['apptainer', 'singularity', 'docker', 'podman']) {
    await writeFile(join(folder, runtime), program);
    chmodSync(join(folder, runtime), 0o755);
  }
}

describe('the command lines of runtimes, recorded by programs of their names', { timeout: 2 * busyMachineMs }, () => {
  test('arguments arrive as they are, values of secrets are in no argument, and a stopped container is removed by its name', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'juqueue-runtimes-'));
    await using stack = new AsyncDisposableStack();
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    await recordedRuntimes(folder);
    const record = join(folder, 'record');
    const secret = join(folder, 'key');
    await writeFile(secret, 'tip-top', { mode: 0o600 });
    await using on = await stage({ PATH: `${folder}:/usr/bin:/bin`, RECORD: record });
    const recorded = async (): Promise<readonly { readonly runtime: string; readonly argv: readonly string[]; readonly key?: string }[]> =>
      (await readFile(record, 'utf8'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));

    const executor = { env: { KEY: `\${secret:${secret}}` } };
    for (const runtime of ['apptainer', 'singularity', 'docker', 'podman'] as const) {
      expect(
        await on.execute(
          runtime,
          ['train', ...words],
          { runtime, image: runtime === 'docker' || runtime === 'podman' ? 'train:1' : folder, cleanEnv: runtime === 'apptainer' },
          executor,
        ),
      ).toMatchObject({ exitCode: 0 });
    }
    const started = await recorded();
    expect(started.map(({ runtime }) => runtime)).toEqual(['apptainer', 'singularity', 'docker', 'podman']);
    for (const { argv, key } of started) {
      expect(argv.slice(-words.length)).toEqual(words);
      expect(key).toBe('tip-top');
      expect(argv.join('\n')).not.toContain('tip-top');
    }

    const stays = startSpec('stays', ['train', 'stays']);
    on.manager.start(on.node.allocation, {
      ...stays,
      executor: { ...stays.executor, container: { ...base, runtime: 'docker', image: 'train:1' } },
    });
    const run = await waitUntil(
      'docker was called',
      async () => (await recorded()).find(({ argv }) => argv.includes('stays')),
      busyMachineMs,
    );
    on.manager.send(on.node.allocation, { kind: 'stop', run: 'e@stays', attempt: 1, cause: 'user', mode: 'end', graceMs: 0 });
    await on.manager.outcome('e@stays', 1, busyMachineMs);
    const name = run?.argv[run.argv.indexOf('--name') + 1];
    expect((await recorded()).at(-1)).toMatchObject({ runtime: 'docker', argv: ['rm', '--force', name] });
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(`${folder}/docker`);
  });
});
