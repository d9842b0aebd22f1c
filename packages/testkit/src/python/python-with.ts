import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { access, mkdtemp, mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const installTimeoutMs = 240_000;
const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'juqueue-tests');

export type PythonWith = { readonly kind: 'python'; readonly path: string } | { readonly kind: 'missing'; readonly reason: string };

/**
 * A Python that has these packages of PyPI and nothing else, from a cache in the user's home, which is filled where `CI` is set: on
 * somebody's own machine the tests download nothing. Requirements name their versions: `pyfirecrest==3.10.0`. `instead` takes the place of
 * what they pin and no Python of today executes.
 */
export async function pythonWith(requirements: readonly string[], instead: readonly string[] = []): Promise<PythonWith> {
  const wanted = [...requirements, ...instead].join(' ');
  const place = join(folder, `python-${hash('sha256', wanted).slice(0, 16)}`);
  const path = join(place, 'bin', 'python');
  if (await isThere(path)) return { kind: 'python', path };
  if (!process.env['CI'])
    return { kind: 'missing', reason: `${wanted} is not installed for tests; with CI=1 they install it into ${folder}` };
  try {
    await install(place, requirements, instead);
  } catch (error) {
    // Another test file may have been first.
    if (!(await isThere(path))) return { kind: 'missing', reason: `${wanted} cannot be installed: ${lastLine(error)}` };
  }
  return { kind: 'python', path };
}

/** Complete or not at all: the environment gets its name when everything is in it. */
async function install(place: string, requirements: readonly string[], instead: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const draft = await mkdtemp(join(folder, 'draft-'));
  try {
    await run('python3', ['-m', 'venv', draft], { timeout: installTimeoutMs });
    const pip = (...args: readonly string[]) =>
      run(join(draft, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...args], {
        timeout: installTimeoutMs,
      });
    await pip(...requirements);
    if (instead.length > 0) await pip('--no-deps', ...instead);
    await rename(draft, place);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function lastLine(error: unknown): string {
  const { stderr } = error as { readonly stderr?: unknown };
  const text = typeof stderr === 'string' && stderr.trim() !== '' ? stderr : error instanceof Error ? error.message : String(error);
  return text.trim().split('\n').at(-1) ?? '';
}
