import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freshCopy, root } from './fresh-copy.ts';

/** A copy of the tree as it is after its first `npm start`: installed and built, and with times that show it. */
export function builtCopy(): Disposable & { readonly directory: string } {
  const copy = freshCopy();
  const modules = join(copy.directory, 'node_modules');
  linkFiles(join(root, 'node_modules'), modules);
  // What a build in the copy would write must not be the tree's own.
  rmSync(join(modules, '.cache'), { recursive: true, force: true });
  cpSync(join(root, 'node_modules/.cache'), join(modules, '.cache'), { recursive: true });
  for (const name of readdirSync(join(root, 'packages'))) {
    const dist = join('packages', name, 'dist');
    if (existsSync(join(root, dist))) cpSync(join(root, dist), join(copy.directory, dist), { recursive: true, preserveTimestamps: true });
  }
  return copy;
}

/** Hard links, which take half a second; copies where the temporary folder is on another disk. */
function linkFiles(from: string, to: string): void {
  try {
    execFileSync('cp', ['-al', from, to], { stdio: 'ignore' });
  } catch {
    rmSync(to, { recursive: true, force: true });
    execFileSync('cp', ['-a', from, to]);
  }
}
