import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { workDirPaths } from '@juqueue/core';

/** `sun_path` of Linux holds 108 bytes, the last of which is 0. */
export const maxSocketPathBytes = 107;

export interface SocketSurroundings {
  /** `.juqueue` of the work-dir, or a folder of our own where others can write the work-dir: clients send their token to the socket. */
  readonly secretsDir: string;
  readonly uid: number;
  /** `XDG_RUNTIME_DIR`, when it is set. */
  readonly runtimeDir: string | null;
}

/**
 * Where the unix socket is made: beside the token when its path is short enough, else in a folder of our own elsewhere,
 * under a name that every start for this work-dir finds again. `folder` has to exist with mode 0700 and be ours.
 */
export function unixSocketPath(surroundings: SocketSurroundings): { readonly path: string; readonly folder: string } {
  const besideToken = join(surroundings.secretsDir, basename(workDirPaths.socket));
  if (fits(besideToken)) return { path: besideToken, folder: surroundings.secretsDir };
  const name = `${createHash('sha256').update(surroundings.secretsDir).digest('hex').slice(0, 16)}.sock`;
  const runtime = surroundings.runtimeDir === null ? null : join(surroundings.runtimeDir, 'juqueue');
  const folder = runtime !== null && fits(join(runtime, name)) ? runtime : `/tmp/juqueue-${surroundings.uid}`;
  return { path: join(folder, name), folder };
}

function fits(path: string): boolean {
  return Buffer.byteLength(path) <= maxSocketPathBytes;
}
