// What the scripts need to know of this source tree. Plain JavaScript for any Node from 20 on.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const lockFile = join(root, 'package-lock.json');
/** npm writes it as the last step of an installation. */
const installedMark = join(root, 'node_modules', '.package-lock.json');
const buildMark = join(root, 'node_modules', '.cache', 'juqueue', 'build-mark');

/** The build's outputs whose absence makes it necessary whatever the mark says. */
const builtFiles = ['packages/cli/dist/juqueue.js', 'packages/server/dist/index.js', 'packages/node-manager/dist/node-manager.mjs'];

/** Installs the npm packages when they are missing or older than the lock file. */
export function ensureInstalled() {
  if (existsSync(installedMark) && statSync(installedMark).mtimeMs >= statSync(lockFile).mtimeMs && existsSync(packagedNode())) return;
  console.error('Installing the npm packages (only when they have changed)…');
  run(npm(), ['ci', '--no-audit', '--no-fund']);
  if (!existsSync(packagedNode())) fail(`The npm packages bring no Node 24 for ${process.platform}-${process.arch}.`);
}

/** Builds when a source has changed since the last build, and says so. */
export function ensureBuilt() {
  const mark = sourceMark();
  if (builtFiles.every((file) => existsSync(join(root, file))) && existsSync(buildMark) && readFileSync(buildMark, 'utf8') === mark) return;
  console.error('Building (only when a source has changed)…');
  build();
  mkdirSync(dirname(buildMark), { recursive: true });
  writeFileSync(buildMark, mark);
}

/** Bundles every package that has something to bundle. */
export function build() {
  run(packagedNode(), [join(root, 'node_modules', 'turbo', 'bin', 'turbo'), 'run', 'build', '--output-logs=errors-only'], {
    PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH ?? ''}`,
    TURBO_TELEMETRY_DISABLED: '1',
    DO_NOT_TRACK: '1',
  });
}

/** Node 24 as npm installed it for this machine. */
export function packagedNode() {
  return join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
}

/** Names, sizes and times of everything that the build reads: a few hundred files, a few milliseconds. */
function sourceMark() {
  const hash = createHash('sha256');
  const visit = (path) => {
    const stats = statSync(path);
    if (!stats.isDirectory()) return void hash.update(`${path}\0${stats.size}\0${stats.mtimeMs}\n`);
    for (const name of readdirSync(path).sort()) visit(join(path, name));
  };
  visit(lockFile);
  for (const name of readdirSync(join(root, 'packages')).sort()) {
    for (const part of ['package.json', 'build.mjs', 'src', 'public']) {
      const path = join(root, 'packages', name, part);
      if (existsSync(path)) visit(path);
    }
  }
  return hash.digest('hex');
}

/** The npm that called us, else the one on PATH. */
function npm() {
  return process.env.npm_execpath?.endsWith('.js') === true ? [process.execPath, process.env.npm_execpath] : ['npm'];
}

/**
 * @param {string | readonly string[]} command program, with its first arguments
 * @param {readonly string[]} args
 * @param {Record<string, string>} [environment] added to ours
 */
function run(command, args, environment = {}) {
  const [program, ...first] = [command].flat();
  const { status, signal, error } = spawnSync(program, [...first, ...args], { cwd: root, stdio: ['inherit', 2, 2], env: { ...process.env, ...environment } });
  if (error !== undefined) fail(`${program} cannot be started: ${error.message}`);
  if (signal !== null) process.kill(process.pid, signal);
  if (status !== 0) process.exit(status ?? 1);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
