import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../steps/tree.mjs';
import { npmPack } from './npm-pack.ts';
import { packArchive } from './pack-archive.ts';
import { platforms } from './node-binary.ts';
import type { Platform } from './node-binary.ts';
import { stageArchive, stagePackage } from './stage.ts';

/**
 * Makes what users install, and SHA256SUMS beside it:
 *   juqueue-<version>.tgz              for `npm install -g`, without dependencies; serving needs Node 24 there
 *   juqueue-<version>-<platform>.tar.gz  unpacked and run; brings its own Node
 */
const { values } = parseArgs({
  options: { out: { type: 'string', default: join(root, 'dist') }, platform: { type: 'string', multiple: true, default: [...platforms] } },
});
const wanted = values.platform.map(platformOf);
const out = resolve(process.env['INIT_CWD'] ?? root, values.out);
mkdirSync(out, { recursive: true });

const stage = mkdtempSync(join(tmpdir(), 'juqueue-package-'));
try {
  const { version } = stagePackage(join(stage, 'package'));
  const made = [npmPack(join(stage, 'package'), out)];
  for (const platform of wanted) {
    const name = `juqueue-${version}-${platform}`;
    stageArchive(join(stage, 'package'), join(stage, name), platform);
    made.push(await packArchive(stage, name, join(out, `${name}.tar.gz`)));
  }
  writeFileSync(join(out, 'SHA256SUMS'), made.map((file) => `${sha256(file)}  ${basename(file)}\n`).join(''));
  for (const file of made) console.log(`${file}  ${(statSync(file).size / 1e6).toFixed(1)} MB`);
} finally {
  rmSync(stage, { recursive: true, force: true });
}

function platformOf(text: string): Platform {
  const found = platforms.find((platform) => platform === text);
  if (found === undefined) throw new Error(`--platform is '${text}', expected one of ${platforms.join(', ')}`);
  return found;
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
