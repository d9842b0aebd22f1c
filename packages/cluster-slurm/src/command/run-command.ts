import { execa } from 'execa';
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
const maxOutputCharacters = 64 * 2 ** 20;

/**
 * Runs a program to its end or to its time limit, whichever comes first, without a shell and in a folder that cannot
 * vanish. It leads a process group of its own, which is killed as a whole: wrappers of sites start programs of their own,
 * and one that keeps our pipe open would otherwise keep us waiting. Our own end leaves it alone: an sbatch that is under way
 * is found by its name later.
 */
export async function runCommand({ program, args, env, input = '', limitMs }: CommandRequest): Promise<CommandResult> {
  const command = execa(program, args, {
    cwd: '/',
    env,
    extendEnv: false,
    input,
    killDescendants: true,
    timeout: limitMs,
    forceKillAfterDelay: slurmTimes.commandGraceMs,
    cleanup: false,
    maxBuffer: maxOutputCharacters,
    stripFinalNewline: false,
    reject: false,
  });
  // A survivor in another group may hold the pipes open; what it has to say is not waited for.
  const hangUp = setTimeout(() => [command.stdout, command.stderr].forEach((pipe) => pipe.destroy()), limitMs + slurmTimes.commandGraceMs);
  const result = await command;
  clearTimeout(hangUp);
  if (command.pid === undefined) return { kind: 'not-started', message: result.originalMessage ?? 'no reason was given' };
  if (result.timedOut) return { kind: 'over-limit', limitMs, stderr: result.stderr };
  if (result.signal !== undefined) return { kind: 'signalled', signal: result.signal, stderr: result.stderr };
  return { kind: 'exited', status: result.exitCode ?? 1, stdout: result.stdout, stderr: result.stderr, tookMs: result.durationMs };
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
  return (
    text
      .split('\n')
      .map((line) => line.trim())
      .find((line) => line !== '')
      ?.slice(0, 500) ?? ''
  );
}
