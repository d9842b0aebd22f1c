import { constants } from 'node:fs';
import { appendFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SpoolRecord } from '@juqueue/core';
import { encodeSpoolRecord, nodeFolderFiles, workDirPaths } from '@juqueue/core';
import type { NodeArguments } from '../config/node-arguments.ts';
import { sweep } from './sweeper.ts';

/**
 * Ends what a node of this machine left when it died together with its guards, and closes its spools: the proof that
 * nothing of it executes, which otherwise only the lease and its margins could give.
 */
export async function sweepAllocation({ workDir, allocation }: NodeArguments): Promise<void> {
  const nodes = join(workDir, workDirPaths.nodes);
  const folders = (await readdir(nodes)).filter((folder) => folder.slice(0, folder.lastIndexOf('-')) === allocation);
  const nonces = new Set(folders.map((folder) => folder.slice(folder.lastIndexOf('-') + 1)));
  await sweep((marks) => marks.nonce !== null && nonces.has(marks.nonce));
  const closed: SpoolRecord = { kind: 'closed', by: 'node', atMs: Date.now(), reason: 'it died; what it left was swept' };
  for (const folder of folders) {
    await appendFile(join(nodes, folder, nodeFolderFiles.spool), encodeSpoolRecord(closed), {
      flag: constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW,
      mode: 0o600,
      flush: true,
    });
  }
}
