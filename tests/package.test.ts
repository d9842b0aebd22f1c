import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  readFileSync,
  readdirSync,
  closeSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from './fresh-copy.ts';
import { processesThatName } from './processes.ts';

const packagingMs = 180_000;
const sweepMs = 120_000;

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const folder = mkdtempSync(join(tmpdir(), 'juqueue-packaged-'));
const out = join(folder, 'out');
const archive = (platform: string): string => join(out, `juqueue-${version}-${platform}.tar.gz`);

beforeAll(() => {
  execFileSync(process.execPath, [join(root, 'scripts/package.mjs'), '--out', out], { stdio: 'pipe', env: outsideOfNpm() });
}, packagingMs);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe(
  `what npm run package makes${unsharePrefix() === null ? ' (skipped: unshare may not make a network of its own here)' : ''}`,
  { skip: unsharePrefix() === null },
  () => {
    test('the x64 archive, unpacked into an empty prefix, runs a sweep without network on its own Node', { timeout: sweepMs }, async () => {
      const prefix = join(folder, 'prefix');
      mkdirSync(prefix);
      execFileSync('tar', ['-xzf', archive('linux-x64'), '-C', prefix]);
      const program = join(folder, 'juqueue');
      symlinkSync(join(prefix, `juqueue-${version}-linux-x64/bin/juqueue`), program);

      const decoy = join(folder, 'decoy');
      mkdirSync(decoy);
      writeFileSync(join(decoy, 'node'), '#!/bin/sh\nexit 97\n', { mode: 0o755 });
      await runsASweep([program], { ...homeIn('x64'), PATH: [decoy, '/usr/bin', '/bin'].join(delimiter) });
    });

    test('the tarball is installed by npm without network, and needs no other package', { timeout: sweepMs }, async () => {
      const prefix = join(folder, 'npm-prefix');
      const env = { ...outsideOfNpm(), ...homeIn('npm') };
      const installed = await withoutNetwork(
        'npm',
        ['install', '--global', '--offline', '--no-audit', '--no-fund', '--prefix', prefix, join(out, `juqueue-${version}.tgz`)],
        env,
      );
      expect(installed.status, installed.stderr).toBe(0);
      expect(readdirSync(join(prefix, 'lib/node_modules'))).toEqual(['juqueue']);
      expect(existsSync(join(prefix, 'lib/node_modules/juqueue/node_modules'))).toBe(false);
      await runsASweep([process.execPath, join(prefix, 'bin/juqueue')], env);
    });

    test('what is not there in the network is not there in these tests', async () => {
      const { status, stderr } = await withoutNetwork(
        process.execPath,
        ['-e', "fetch('http://192.0.2.1').catch((error) => { console.error(error.cause.code); process.exitCode = 1; })"],
        outsideOfNpm(),
      );
      expect({ status, stderr: stderr.trim() }).toEqual({ status: 1, stderr: 'ENETUNREACH' });
    });
  },
);

test('both archives hold the same files, owned by nobody in particular, and each a Node for its machine', { timeout: packagingMs }, () => {
  const machines = { 'linux-x64': 0x3e, 'linux-arm64': 0xb7 } as const;
  const lists = Object.entries(machines).map(([platform, machine]) => {
    const top = `juqueue-${version}-${platform}`;
    const place = join(folder, `unpacked-${platform}`);
    mkdirSync(place);
    execFileSync('tar', ['-xzf', archive(platform), '-C', place]);
    expect(elfMachine(join(place, top, 'node/node'))).toBe(machine);
    expect(readdirSync(place)).toEqual([top]);
    const listing = execFileSync('tar', ['-tvzf', archive(platform), '--numeric-owner'], { encoding: 'utf8' })
      .trim()
      .split('\n');
    expect(listing.filter((line) => !/^[-d]rw[x-]r-[x-]r-[x-] 0\/0 /.test(line))).toEqual([]);
    return readdirSync(join(place, top), { recursive: true, encoding: 'utf8' }).sort();
  });
  expect(lists[0]).toEqual(lists[1]);
  for (const name of [
    'bin/juqueue',
    'LICENSE',
    'lib/THIRD-PARTY-NOTICES.txt',
    'lib/cli/bin/juqueue.js',
    'lib/docs/errors.md',
    'lib/server/dist/node-manager.mjs',
    'lib/server/dist/python/juqueue/__init__.py',
    'lib/server/dist/public/ui/index.html',
  ])
    expect(lists[0]).toContain(name);
});

test('everything that the builds have written is in the package, and nothing of the sources', () => {
  const files = execFileSync('tar', ['-tzf', join(out, `juqueue-${version}.tgz`)], { encoding: 'utf8' }).split('\n');
  for (const name of ['cli', 'server']) {
    const dist = join(root, 'packages', name, 'dist');
    const built = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) => statSync(join(dist, file)).isFile());
    expect(built.length).toBeGreaterThan(0);
    for (const file of built) expect(files).toContain(`package/${name}/dist/${file}`);
  }
  expect(files.filter((file) => /\.ts$|\/src\/|node_modules/.test(file))).toEqual([]);
});

const olderNode = nodeOnPath();
const tooOldReason = olderNode === null ? ' (skipped: no Node of version 20 to 23 is on PATH)' : '';
describe(`on an older Node${tooOldReason}`, { skip: olderNode === null }, () => {
  const program = join(root, 'packages/cli/dist/juqueue.js');

  test('commands that ask a manager work', () => {
    const { status, stderr } = juqueueOn(olderNode ?? '', program, ['status', '--work-dir', folder, '--json']);
    expect({ status, code: (JSON.parse(stderr) as { error: { code: string } }).error.code }).toEqual({ status: 3, code: 'JQ_NO_SERVER' });
  });

  test('serving says which Node it needs and what brings one', () => {
    const place = join(folder, 'older');
    execFileSync('tar', ['-xzf', join(out, `juqueue-${version}.tgz`), '--one-top-level=older', '-C', folder]);
    const { status, stderr } = spawnSync(
      olderNode ?? '',
      [join(place, 'package/cli/bin/juqueue.js'), '--def-dir', folder, '--work-dir', folder],
      { encoding: 'utf8' },
    );
    expect(status).toBe(1);
    expect(stderr).toMatch(/^juqueue: This command needs Node 24 or newer, this is v2\d\..*\n.*archive for Linux brings its own Node\.\n$/);
  });
});

function juqueueOn(node: string, bundle: string, args: readonly string[]) {
  const script = `import(${JSON.stringify(bundle)}).then(({ main }) => main(process.argv.slice(1)))`;
  return spawnSync(node, ['-e', script, ...args], { encoding: 'utf8', env: outsideOfNpm() });
}

/** Read by the packaged Python module with whatever python3 the machine has. */
const pythonExperiment = `from juqueue import ExperimentDef, RunDef

class Experiment(ExperimentDef):
    name = "python"
    autostart = True

    @property
    def runs(self):
        base = RunDef.create_abstract(experiment_name=self.name, cluster="local", cmd=["echo"], checkpoint="none")
        return [base.fork(f"seed{seed}").copy(update={"parameters": {"seed": seed}}) for seed in range(1, 3)]
`;

/** `init`, serve, `wait`, `stop`, each in a network that has nothing but itself. */
async function runsASweep(program: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const [command = '', ...before] = program;
  const place = mkdtempSync(join(folder, 'sweep-'));
  const [defDir, workDir] = [join(place, 'defs'), join(place, 'work')];
  const juqueue = (...args: string[]) => withoutNetwork(command, [...before, ...args], env);

  expect(await juqueue('init', defDir)).toMatchObject({ status: 0 });
  writeFileSync(join(defDir, 'experiments/python.py'), pythonExperiment);
  const manager = start(command, [...before, '--def-dir', defDir, '--work-dir', workDir, '--port', '0'], env);
  try {
    for (const untilMs = Date.now() + sweepMs / 2; !existsSync(join(workDir, '.juqueue/server.json')); await sleep(50)) {
      if (manager.child.exitCode !== null || Date.now() > untilMs) throw new Error(`it does not serve:\n${manager.output()}`);
    }
    const waited = await juqueue('wait', 'first@*', 'python@*', '--work-dir', workDir, '--timeout', '45s');
    expect(waited.status, waited.stderr + manager.output()).toBe(0);
    expect(readFileSync(join(workDir, 'first/hello1/logs/stdout.log'), 'utf8')).toContain('--greeting hello --times 1');
    expect(readFileSync(join(workDir, 'python/seed1/logs/stdout.log'), 'utf8')).toContain('--seed 1');
    const stopped = await juqueue('stop', '--work-dir', workDir);
    expect(stopped.status, stopped.stderr).toBe(0);
    if (manager.child.exitCode === null) await once(manager.child, 'exit');
    expect(manager.child.exitCode, manager.output()).toBe(0);
  } finally {
    manager.child.kill('SIGKILL');
  }
  await expect.poll(() => processesThatName(place), { timeout: 10_000 }).toEqual([]);
}

function start(command: string, args: readonly string[], env: NodeJS.ProcessEnv): { readonly child: ChildProcess; output(): string } {
  const [unshare = '', ...inNetwork] = unsharePrefix() ?? [];
  const child = spawn(unshare, [...inNetwork, command, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { child, output: () => text };
}

/** Waits without blocking: a manager that ends meanwhile is our child and has to be reaped. */
async function withoutNetwork(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ readonly status: number | null; readonly stderr: string }> {
  const { child, output } = start(command, args, env);
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stderr: output() };
}

/** What to put before a command so that it has only its own loopback interface; null where that is not allowed. */
function unsharePrefix(): readonly string[] | null {
  const prefix = [
    'unshare',
    ...(process.getuid?.() === 0 ? [] : ['--map-root-user']),
    '--net',
    '--',
    'sh',
    '-c',
    'PATH=$PATH:/usr/sbin:/sbin ip link set lo up && exec "$0" "$@"',
  ];
  return spawnSync(prefix[0] ?? '', [...prefix.slice(1), 'true'], { stdio: 'ignore' }).status === 0 ? prefix : null;
}

/** A program's own home, so that it leaves nothing in ours. */
function homeIn(name: string): Readonly<Record<string, string>> {
  const home = join(folder, `home-${name}`);
  mkdirSync(home, { recursive: true });
  return { HOME: home, TMPDIR: folder };
}

/** As a shell has it: without what npm has put into our own environment. */
function outsideOfNpm(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|JUQUEUE_|NODE|VITEST)/.test(name));
  return {
    ...Object.fromEntries(inherited),
    PATH: (process.env['PATH'] ?? '')
      .split(delimiter)
      .filter((name) => !name.includes('node_modules'))
      .join(delimiter),
  };
}

function nodeOnPath(): string | null {
  const { stdout, status } = spawnSync('node', ['-p', 'process.execPath'], { encoding: 'utf8', env: outsideOfNpm() });
  if (status !== 0) return null;
  const major = Number(spawnSync(stdout.trim(), ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout.split('.')[0]);
  return major >= 20 && major < 24 ? stdout.trim() : null;
}

/** The field e_machine of the ELF header (bytes 18 and 19): 0x3e is x86-64, 0xb7 is AArch64. */
function elfMachine(file: string): number {
  const header = Buffer.alloc(20);
  const descriptor = openSync(file, 'r');
  readSync(descriptor, header, 0, header.length, 0);
  closeSync(descriptor);
  expect(header.subarray(0, 5)).toEqual(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2]));
  return header.readUInt16LE(18);
}
