import { lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the clusters of this user live, one folder each, named by their ids. */
export function baseFolder(): string {
  const base = join(tmpdir(), `juqueue-slurm-${process.getuid?.() ?? 'none'}`);
  mkdirSync(base, { recursive: true, mode: 0o755 });
  if (lstatSync(base).uid !== process.getuid?.()) throw new Error(`${base} belongs to somebody else`);
  return base;
}

export const clusterFolder = (base: string, id: string): string => join(base, id);

/** The folders of all clusters that were ever started here and not removed. */
export function clusterFolders(base: string): readonly string[] {
  return readdirSync(base)
    .filter((name) => isClusterId(name))
    .map((id) => clusterFolder(base, id));
}

const isClusterId = (name: string): boolean => /^[0-9a-f]{6}$/.test(name);
