import { existsSync, globSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from '../steps/tree.mjs';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** Names of workspaces, and of packages that only tests and builds of the workspace itself use. */
const own = /^@juqueue\//;

/**
 * The licences of everything that may be part of a bundle, each text once: what the workspaces import, with what that
 * imports. Packages that only a build needs are among them; a notice too many does no harm.
 */
export function readNotices(): string {
  const found = new Map<string, Manifest>();
  for (const file of globSync('packages/*/package.json', { cwd: root, exclude: (name) => name.includes('testkit') }).sort()) {
    const { dependencies, devDependencies } = readManifest(join(root, file));
    for (const name of Object.keys({ ...dependencies, ...devDependencies })) collect(name, join(root, file, '..'), found);
  }
  const byText = new Map<string, string[]>();
  for (const [folder, { name, version, license }] of found) {
    const text = licenseText(folder) ?? `License: ${license ?? 'not stated'}`;
    byText.set(text, [...(byText.get(text) ?? []), `${name} ${version}`]);
  }
  return [...byText]
    .map(([text, names]) => `${names.sort().join('\n')}\n\n${text.trim()}\n`)
    .sort()
    .join(`\n${'-'.repeat(80)}\n\n`);
}

function collect(name: string, from: string, found: Map<string, Manifest>): void {
  if (own.test(name)) return;
  const folder = installedFolder(name, from);
  if (folder === null || found.has(folder)) return;
  const manifest = readManifest(join(folder, 'package.json'));
  found.set(folder, manifest);
  for (const needed of Object.keys(manifest.dependencies ?? {})) collect(needed, folder, found);
}

/** As Node looks for it: in `node_modules` here and upwards. Null for what is optional and not installed. */
function installedFolder(name: string, from: string): string | null {
  const places = createRequire(join(from, 'package.json')).resolve.paths(name) ?? [];
  return places.map((place) => join(place, name)).find((folder) => existsSync(join(folder, 'package.json'))) ?? null;
}

function licenseText(folder: string): string | null {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)/i.test(name));
  return file === undefined ? null : readFileSync(join(folder, file), 'utf8');
}

function readManifest(file: string): Manifest {
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
}
