import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from './temporary-folder.ts';

const run = promisify(execFile);

/** Whether we may mount (CAP_SYS_ADMIN, bit 21); tests that need a small disk are skipped where not. */
export const canMount =
  (BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`) & (1n << 21n)) !== 0n;

export interface SmallDisk extends AsyncDisposable {
  readonly path: string;
  resize(size: string): Promise<void>;
}

/** A disk of this size (`256k`), in memory, gone when the test is over. */
export async function smallDisk(size: string): Promise<SmallDisk> {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'disk');
  await mkdir(path);
  await run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path]);
  return {
    path,
    resize: async (newSize) => void (await run('mount', ['-o', `remount,size=${newSize}`, path])),
    [Symbol.asyncDispose]: async () => {
      await run('umount', [path]);
      await folder[Symbol.asyncDispose]();
    },
  };
}
