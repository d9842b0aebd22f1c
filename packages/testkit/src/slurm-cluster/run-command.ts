import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface CommandResult {
  /** Exit status; undefined when a signal ended it. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
  readonly user?: { readonly uid: number; readonly gid: number };
  /** After this the command's whole process group is killed. */
  readonly timeLimitMs?: number;
}

const defaultTimeLimitMs = 60_000;

/** Runs a command to its end. A non-zero status is a result; a command that cannot be started throws. */
export async function runCommand(command: string, args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const child = spawn(command, args, {
    cwd: options.cwd ?? '/',
    env: options.env ?? systemEnvironment,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    ...options.user,
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A command that does not read its input may end before we have written it: its status says what happened.
  child.stdin.on('error', () => {});
  child.stdin.end(options.stdin ?? '');
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    if (child.pid !== undefined) killGroup(child.pid);
    // What left the group may hold the pipes open for ever.
    child.stdout.destroy();
    child.stderr.destroy();
  }, options.timeLimitMs ?? defaultTimeLimitMs);
  try {
    const [status] = (await once(child, 'close')) as [number | null];
    return { status: status ?? undefined, stdout: text(stdout), stderr: text(stderr), timedOut };
  } finally {
    clearTimeout(timer);
  }
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    // The command has ended, and only its pipes were still open.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The standard output of a command that must succeed; throws with what it said otherwise. */
export async function outputOf(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const result = await runCommand(command, args, options);
  if (result.status === 0) return result.stdout;
  const end = result.timedOut ? 'was killed at its time limit' : `ended with status ${result.status ?? 'none (signal)'}`;
  throw new Error(`${[command, ...args].join(' ')} ${end}: ${result.stderr.trim() || result.stdout.trim()}`);
}

/** What our own helpers run in: Slurm's daemons are in sbin, and messages must not be translated. */
export const systemEnvironment: Readonly<Record<string, string>> = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C.UTF-8',
};

const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('utf8');
