import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../steps/tree.mjs';
import { npmPack } from './npm-pack.ts';

export const platforms = ['linux-x64', 'linux-arm64'] as const;
export type Platform = (typeof platforms)[number];

interface NodeFiles {
  readonly binary: string;
  readonly license: string;
}

/** The Node for that platform at the version that package-lock.json pins: installed already, or fetched by npm and verified. */
export function nodeBinary(platform: Platform): NodeFiles {
  const name = `node-${platform}`;
  const locked = lockedPackage(name);
  const installed = join(root, 'node_modules', name);
  if (versionIn(installed) === locked.version) return filesIn(installed);
  const folder = join(root, 'node_modules/.cache/juqueue', `${name}-${locked.version}`);
  if (versionIn(join(folder, 'package')) !== locked.version) fetchPackage(`${name}@${locked.version}`, locked.integrity, folder);
  return filesIn(join(folder, 'package'));
}

function fetchPackage(spec: string, integrity: string, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const file = npmPack(spec, folder);
  const found = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
  if (found !== integrity) throw new Error(`${spec} is ${found}, expected ${integrity} as package-lock.json says`);
  execFileSync('tar', ['-xzf', file, '-C', folder, 'package/package.json', 'package/bin/node', 'package/LICENSE']);
  rmSync(file);
}

function lockedPackage(name: string): { readonly version: string; readonly integrity: string } {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string; integrity: string }>;
  };
  const locked = packages[`node_modules/${name}`];
  if (locked === undefined) throw new Error(`package-lock.json has no ${name}`);
  return locked;
}

function versionIn(folder: string): string | null {
  const file = join(folder, 'package.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version : null;
}

function filesIn(folder: string): NodeFiles {
  return { binary: join(folder, 'bin/node'), license: join(folder, 'LICENSE') };
}
