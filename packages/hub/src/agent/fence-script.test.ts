import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { fenceLine, fenceScript } from './fence-script.ts';

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

class Fenced implements AsyncDisposable {
  readonly folder: string;
  readonly lease: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.lease = join(folder, 'lease');
  }

  static async create(): Promise<Fenced> {
    const folder = await mkdtemp(join(tmpdir(), 'juqueue-fence-'));
    await writeFile(join(folder, 'fence.sh'), fenceScript);
    return new Fenced(folder);
  }

  async leaseFor(seconds: number): Promise<void> {
    await writeFile(this.lease, `${nowSeconds() + seconds}\n`);
  }

  /** As a node starts it: in a session of its own, behind the line of bash. */
  start(command: readonly string[]): ChildProcess {
    const env = {
      ...process.env,
      JUQUEUE_HUB_FENCE: join(this.folder, 'fence.sh'),
      JUQUEUE_HUB_LEASE: this.lease,
      JUQUEUE_RUN_DIR: join(this.folder, 'run'),
    };
    return spawn('bash', ['-c', `${fenceLine}\nexec "$@"`, 'bash', ...command], { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function ended(
  child: ChildProcess,
): Promise<{ readonly code: number | null; readonly signal: string | null; readonly out: string; readonly err: string }> {
  let out = '';
  let err = '';
  child.stdout?.on('data', (bytes: Buffer) => (out += bytes.toString()));
  child.stderr?.on('data', (bytes: Buffer) => (err += bytes.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal, out, err };
}

/** Whether it executes: one that has ended and that nobody has asked about does not. */
async function lives(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return /\) [^ZX]/.test(stat);
}

describe('the fence on the node', { timeout: 60_000 }, () => {
  test('executes the command with its own arguments and exit code', async () => {
    await using fenced = await Fenced.create();
    await fenced.leaseFor(60);
    expect(await ended(fenced.start(['sh', '-c', 'printf "<%s>" "$@"; exit 7', 'sh', 'a b', '$(id)', '"', '']))).toEqual({
      code: 7,
      signal: null,
      out: '<a b><$(id)><"><>',
      err: '',
    });
  });

  test('notes where in the log of the run the job begins, once', async () => {
    await using fenced = await Fenced.create();
    await fenced.leaseFor(60);
    await mkdir(join(fenced.folder, 'run/logs'), { recursive: true });
    await writeFile(join(fenced.folder, 'run/logs/stdout.log'), 'a header\n');
    await ended(fenced.start(['true']));
    await writeFile(join(fenced.folder, 'run/logs/stdout.log'), 'a header\nwhat it wrote\n');
    await ended(fenced.start(['true']));
    expect((await readFile(`${fenced.lease}.log`, 'utf8')).trim()).toBe('9');
  });

  test('ends the command and its children when the lease passes, whatever they do about signals', async () => {
    await using fenced = await Fenced.create();
    await fenced.leaseFor(3);
    const startedAtMs = Date.now();
    const { signal, out } = await ended(fenced.start(['bash', '-c', 'trap "" TERM INT; sleep 600 & echo $!; wait']));
    expect(signal).toBe('SIGKILL');
    expect(Date.now() - startedAtMs).toBeLessThan(8_000);
    await expect.poll(() => lives(Number(out.trim())), { timeout: 5_000 }).toBe(false);
  });

  test('lets it go on for as long as the lease is renewed', async () => {
    await using fenced = await Fenced.create();
    await fenced.leaseFor(8);
    const child = ended(fenced.start(['sh', '-c', 'sleep 12; echo done']));
    await sleep(1_500);
    await fenced.leaseFor(60);
    expect(await child).toMatchObject({ code: 0, out: 'done\n' });
  });

  test('the last instant that was read holds when the file is gone', async () => {
    await using fenced = await Fenced.create();
    await fenced.leaseFor(4);
    const child = ended(fenced.start(['sleep', '600']));
    await sleep(1_000);
    await rm(fenced.lease);
    expect(await child).toMatchObject({ signal: 'SIGKILL' });
  });

  test('starts nothing without a lease, or with one that has passed', async () => {
    await using fenced = await Fenced.create();
    expect(await ended(fenced.start(['echo', 'started']))).toMatchObject({ signal: 'SIGKILL', out: '' });
    await fenced.leaseFor(-1);
    expect(await ended(fenced.start(['echo', 'started']))).toMatchObject({ signal: 'SIGKILL', out: '' });
  });

  test('a signal for the group reaches the command, whose answer to it counts', async () => {
    await using fenced = await Fenced.create();
    await fenced.leaseFor(60);
    const child = fenced.start(['bash', '-c', 'trap "echo saved; exit 85" USR1; echo ready; while :; do sleep 0.1; done']);
    const result = ended(child);
    child.stdout?.once('data', () => process.kill(-(child.pid ?? 0), 'SIGUSR1'));
    expect(await result).toMatchObject({ code: 85, out: 'ready\nsaved\n' });
  });

  test('leaves nobody watching when the command has ended', async () => {
    await using fenced = await Fenced.create();
    await fenced.leaseFor(600);
    await ended(fenced.start(['sleep', '0.5']));
    await sleep(200);
    const watching = spawn('pgrep', ['-f', `${fenced.folder}/fence.sh --watch`]);
    expect((await ended(watching)).out).toBe('');
  });
});
