import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json, with a slash at its end. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** A copy of the tree as a fresh clone has it: everything git would take, nothing installed, nothing built. */
export function freshCopy(): Disposable & { readonly directory: string } {
  const directory = mkdtempSync(join(tmpdir(), 'juqueue-fresh-'));
  const files = trackedFiles() ?? everyFile();
  for (const file of files) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    cpSync(join(root, file), join(directory, file), { verbatimSymlinks: true, preserveTimestamps: true });
  }
  return { directory, [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) };
}

/** What git would take; null where the tree is no clone. */
function trackedFiles(): readonly string[] | null {
  try {
    const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return list.split('\0').filter((name) => name !== '' && existsSync(join(root, name)));
  } catch {
    return null;
  }
}

/** Everything but what installing, building and running leave behind. */
function everyFile(): readonly string[] {
  const left = new Set(['node_modules', 'dist', 'work', '.turbo', '.git']);
  const isOurs = (name: string): boolean => !name.split(sep).some((part) => left.has(part));
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => isOurs(name) && statSync(join(root, name)).isFile());
}
