import { readdir } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { readOwnFile } from './own-file.ts';
import { readRecord } from './server-record.ts';
import type { ServerRecord } from './server-record.ts';

/** `alive` and `dead` are managers of this host; of another host we know only what its manager wrote. */
export interface KnownManager {
  readonly workDir: string;
  readonly record: ServerRecord;
  readonly state: 'alive' | 'dead' | 'elsewhere';
}

/**
 * The managers that this account has started, on any host that shares our home: every manager keeps a note of its work-dir
 * there, and writes into the work-dir who it is for as long as it runs. By work-dir.
 */
export async function knownManagers(): Promise<readonly KnownManager[]> {
  const stateDir = join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local/state'), 'juqueue');
  const ids = await readdir(stateDir).catch(() => []);
  const workDirs = await Promise.all(ids.map(async (id) => workDirOf(await readOwnFile(join(stateDir, id, 'identity.json')))));
  const found = await Promise.all([...new Set(workDirs.flatMap((workDir) => workDir ?? []))].map(managerOf));
  return found.flatMap((manager) => manager ?? []).sort((a, b) => (a.workDir < b.workDir ? -1 : 1));
}

async function managerOf(workDir: string): Promise<KnownManager | null> {
  const text = await readOwnFile(join(workDir, '.juqueue', 'server.json'));
  const record = text === null ? null : readRecord(text);
  if (record === null) return null;
  return { workDir, record, state: record.host !== hostname() ? 'elsewhere' : isAlive(record.pid) ? 'alive' : 'dead' };
}

function workDirOf(identity: string | null): string | null {
  try {
    const { workDir } = JSON.parse(identity ?? '{}') as Record<string, unknown>;
    return typeof workDir === 'string' ? workDir : null;
  } catch {
    return null;
  }
}

/** Whether there is a process of this number on this host, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
