import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workDirPaths } from '@juqueue/core';

/** A work-dir in a temporary folder, as a manager prepares it for its nodes. Disposing removes it. */
export interface TestWorkDir extends AsyncDisposable {
  readonly path: string;
  readonly key: Buffer;
  writeAddresses(epoch: number, port: number): Promise<void>;
}

export async function testWorkDir(
  environment: Readonly<Record<string, string>> = { PATH: '/usr/local/bin:/usr/bin:/bin' },
): Promise<TestWorkDir> {
  const path = await mkdtemp(join(tmpdir(), 'juqueue-node-'));
  const key = randomBytes(32);
  await mkdir(join(path, workDirPaths.nodes), { recursive: true, mode: 0o700 });
  await writeFile(join(path, workDirPaths.linkKey), key.toString('hex'), { mode: 0o600 });
  await writeFile(join(path, workDirPaths.environment), JSON.stringify(environment), { mode: 0o600 });
  return {
    path,
    key,
    writeAddresses: (epoch, port) =>
      writeFile(join(path, workDirPaths.addresses), JSON.stringify({ epoch, addresses: [{ host: '127.0.0.1', port }] })),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }),
  };
}
