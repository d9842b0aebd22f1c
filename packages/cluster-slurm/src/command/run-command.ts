import { spawn } from 'node:child_process';
import { slurmTimes } from '../slurm-times.ts';

export interface CommandRequest {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Standard input; an empty one when absent, so that nothing ever waits for a terminal. */
  readonly input?: string;
  readonly limitMs: number;
}

/**
 * What became of a command. `not-started` means that no process ran at all; `over-limit` that it was killed with everything
 * that it had started, and may have done its work all the same.
 */
export type CommandResult =
  | { readonly kind: 'exited'; readonly status: number; readonly stdout: string; readonly stderr: string; readonly tookMs: number }
  | { readonly kind: 'signalled'; readonly signal: string; readonly stderr: string }
  | { readonly kind: 'over-limit'; readonly limitMs: number; readonly stderr: string }
  | { readonly kind: 'not-started'; readonly message: string };

/** A squeue of a hundred thousand jobs; beyond that something prints without end. */
const maxOutputBytes = 64 * 2 ** 20;

/**
 * Runs a program to its end or to its time limit, whichever comes first, without a shell and in a folder that cannot
 * vanish. It leads a process group of its own, which is killed as a whole: wrappers of sites start programs of their own,
 * and one that keeps our pipe open would otherwise keep us waiting.
 */
export function runCommand({ program, args, env, input = '', limitMs }: CommandRequest): Promise<CommandResult> {
  const began = performance.now();
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: '/', env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    const stdout = new Output(() => killGroup('SIGKILL'));
    const stderr = new Output(() => killGroup('SIGKILL'));
    child.stdout.on('data', (chunk: Buffer) => stdout.add(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.add(chunk));
    // A program that ends without reading breaks the pipe; its status says what happened.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);

    const killGroup = (signal: 'SIGTERM' | 'SIGKILL'): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, signal);
      } catch {
        // The group has just ended.
      }
    };
    let kill: NodeJS.Timeout | undefined;
    const limit = setTimeout(() => {
      killGroup('SIGTERM');
      kill = setTimeout(() => {
        killGroup('SIGKILL');
        settle({ kind: 'over-limit', limitMs, stderr: stderr.text });
      }, slurmTimes.commandGraceMs);
    }, limitMs);
    const settle = (result: CommandResult): void => {
      clearTimeout(limit);
      clearTimeout(kill);
      // A survivor in another group may hold the pipes open; nobody reads them any more.
      child.stdout.destroy();
      child.stderr.destroy();
      resolve(result);
    };

    child.on('error', (error) => settle({ kind: 'not-started', message: error.message }));
    child.on('close', (status, signal) => {
      if (kill !== undefined) {
        killGroup('SIGKILL');
        settle({ kind: 'over-limit', limitMs, stderr: stderr.text });
      } else if (status === null) settle({ kind: 'signalled', signal: signal ?? 'unknown', stderr: stderr.text });
      else settle({ kind: 'exited', status, stdout: stdout.text, stderr: stderr.text, tookMs: performance.now() - began });
    });
  });
}

/** What a program printed, up to a bound. */
class Output {
  readonly #chunks: Buffer[] = [];
  readonly #onOverflow: () => void;
  #bytes = 0;

  constructor(onOverflow: () => void) {
    this.#onOverflow = onOverflow;
  }

  add(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > maxOutputBytes) this.#onOverflow();
    else this.#chunks.push(chunk);
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}

/** The sentence for a command that did not do what it should. */
export function describeFailure(program: string, result: CommandResult): string {
  switch (result.kind) {
    case 'exited':
      return `${program} ended with status ${result.status}: ${firstLine(result.stderr) || firstLine(result.stdout) || 'no message'}`;
    case 'signalled':
      return `${program} was ended by ${result.signal}`;
    case 'over-limit':
      return `${program} did not answer within ${Math.round(result.limitMs / 1000)} s`;
    case 'not-started':
      return `${program} could not be started: ${result.message}`;
  }
}

function firstLine(text: string): string {
  return text.split('\n').map((line) => line.trim()).find((line) => line !== '')?.slice(0, 500) ?? '';
}
