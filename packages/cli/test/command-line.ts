import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../bin/juqueue.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the real command line to its end. It has no terminal, as in a script. */
export async function juqueue(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>>; readonly uid?: number; readonly gid?: number } = {},
): Promise<Ended> {
  const { JUQUEUE_WORK_DIR: _none, ...inherited } = process.env;
  const child = spawn(process.execPath, [program, ...args], {
    cwd: options.cwd,
    uid: options.uid,
    gid: options.gid,
    env: { ...inherited, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (text: Buffer) => (out += text.toString()));
  child.stderr.on('data', (text: Buffer) => (err += text.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}
