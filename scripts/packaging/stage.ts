import { chmodSync, cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../steps/tree.mjs';
import { nodeBinary } from './node-binary.ts';
import type { Platform } from './node-binary.ts';
import { readNotices } from './notices.ts';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly license: string;
  /** What of a workspace is part of the product; workspaces without it are not, or are bundled into others. */
  readonly files?: readonly string[];
  readonly bin?: Readonly<Record<string, string>>;
}

/** Where bundles find each other stays as it is in the tree: `cli/dist/juqueue.js` loads `../../server/dist/index.js`. */
const documents = ['README.md', 'CHANGELOG.md', 'LICENSE', 'docs'];

/** The oldest Node on which commands run; the manager needs 24 and says so. */
const oldestNode = '>=20';

/** Fills `folder` with one npm package that needs no other. What the builds have written is taken by rule, not by list. */
export function stagePackage(folder: string): { readonly version: string } {
  const workspace = readManifest('package.json');
  const shipped = globSync('packages/*/package.json', { cwd: root })
    .sort()
    .map((file) => ({ place: dirname(file).slice('packages/'.length), manifest: readManifest(file) }));
  mkdirSync(folder, { recursive: true });
  const bin: Record<string, string> = {};
  for (const { place, manifest } of shipped) {
    for (const part of manifest.files ?? []) cpSync(join(root, 'packages', place, part), join(folder, place, part), { recursive: true });
    if (manifest.files !== undefined) for (const [name, file] of Object.entries(manifest.bin ?? {})) bin[name] = `${place}/${file}`;
  }
  for (const name of documents) cpSync(join(root, name), join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'THIRD-PARTY-NOTICES.txt'), readNotices());
  const { version, description, license } = workspace;
  const manifest = { name: 'juqueue', version, description, license, type: 'module', bin, engines: { node: oldestNode } };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return { version };
}

/** Fills `folder` with the package, a Node that runs it, and `bin/juqueue`, which starts the one on the other. */
export function stageArchive(packaged: string, folder: string, platform: Platform): void {
  cpSync(packaged, join(folder, 'lib'), { recursive: true });
  const node = nodeBinary(platform);
  mkdirSync(join(folder, 'node'));
  cpSync(node.binary, join(folder, 'node/node'));
  chmodSync(join(folder, 'node/node'), 0o755);
  cpSync(node.license, join(folder, 'node/LICENSE'));
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin/juqueue'), launcher, { mode: 0o755 });
  for (const name of ['README.md', 'LICENSE']) cpSync(join(packaged, name), join(folder, name));
}

/** Works through symbolic links to it, and with whatever Node is on PATH. */
const launcher = `#!/bin/sh
bin=$(dirname -- "$(readlink -f -- "$0")")
exec "$bin/../node/node" "$bin/../lib/cli/bin/juqueue.js" "$@"
`;

function readManifest(file: string): Manifest {
  return JSON.parse(readFileSync(join(root, file), 'utf8')) as Manifest;
}
