import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';

const program = fileURLToPath(new URL('../../cli/bin/juqueue.js', import.meta.url));

/** The whole program as a process of its own, with definitions that a test may change. */
export interface ServedProgram extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly defDir: string;
  /** Writes a file of the definitions. */
  write(file: string, text: string): Promise<void>;
  /** Asks the interface as a program would. */
  get(path: string): Promise<unknown>;
}

/** Starting on a busy machine, with 100 000 runs. */
const startWithinMs = 50_000;

/** `files` are those of the definitions folder by their path in it. Needs the bundles. */
export async function serveProgram(files: Readonly<Record<string, string>>): Promise<ServedProgram> {
  const folder = await mkdtemp(join(tmpdir(), 'juqueue-ui-'));
  const [defDir, workDir] = [join(folder, 'defs'), join(folder, 'work')];
  const write = async (file: string, text: string): Promise<void> => {
    await mkdir(dirname(join(defDir, file)), { recursive: true });
    await writeFile(join(defDir, file), text);
  };
  for (const [file, text] of Object.entries(files)) await write(file, text);

  const child = spawn(process.execPath, [program, '--def-dir', defDir, '--work-dir', workDir, '--port', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)));
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };

  for (const began = performance.now(); !output.includes('  docs  '); await sleep(50)) {
    if (child.exitCode !== null || performance.now() - began > startWithinMs) {
      await stop();
      throw new Error(`the program does not serve:\n${output}`);
    }
  }
  const { url } = JSON.parse(await readFile(join(workDir, '.juqueue/server.json'), 'utf8')) as { readonly url: string };
  const token = (await readFile(join(workDir, '.juqueue/token'), 'utf8')).trim();
  const get = async (path: string): Promise<unknown> => (await fetch(`${url}/api/v1/${path}`, { headers: { authorization: `Bearer ${token}` } })).json();
  return { url, token, defDir, write, get, [Symbol.asyncDispose]: stop };
}
