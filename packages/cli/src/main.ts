import { setTimeout as sleep } from 'node:timers/promises';
import { CommanderError } from 'commander';
import { asCommandError, usageError } from './command-error.ts';
import { exitCodes } from './exit-codes.ts';
import { processTerminal } from './output/terminal.ts';
import type { Terminal } from './output/terminal.ts';
import { createProgram } from './program.ts';
import { connect } from './server/connect.ts';
import { NeedsNewerNode } from './server/manager-bundle.ts';
import type { VerbContext } from './verb.ts';
import { version } from './version.ts';

/** Runs one command line and sets the exit code of the process; what needs a newer Node than this goes on in `onNewerNode`. */
export async function main(args: readonly string[], onNewerNode?: () => void): Promise<void> {
  // A reader that has seen enough (`juqueue runs | head`) ends the command without noise.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.ok);
  });
  try {
    process.exitCode = await run(args, processTerminal());
  } catch (error) {
    if (!(error instanceof NeedsNewerNode) || onNewerNode === undefined) throw error;
    onNewerNode();
  }
}

/** The exit code of one command line. Messages go to the terminal's `err`, with --json as JSON. Throws NeedsNewerNode, nothing else. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  let code: number = exitCodes.ok;
  const context = (options: VerbContext['options']): VerbContext => ({
    terminal,
    options,
    nowMs: () => Date.now(),
    sleep: async (durationMs) => void (await sleep(durationMs)),
    connect: () => connect(options.workDir),
  });
  const [first] = args;
  // A word in the place of a command is meant as one.
  const servesByDefault = first === undefined || first.startsWith('-');
  const program = createProgram({ version, terminal, servesByDefault, context, finish: (ended) => (code = ended) });
  try {
    if (first === '__complete') {
      const { complete } = await import('./verbs/complete.ts');
      const candidates = await complete(program, args.slice(1), (workDir) => context(workDir === undefined ? {} : { workDir }));
      terminal.out(candidates.map((candidate) => `${candidate}\n`).join(''));
      return code;
    }
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof NeedsNewerNode) throw error;
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.ok;
    const called = program.commands.find((command) => command.name() === (servesByDefault ? 'serve' : first)) ?? null;
    return tell(error instanceof CommanderError ? usageError(error, called) : asCommandError(error), terminal, args.includes('--json'));
  }
}

function tell(error: ReturnType<typeof asCommandError>, terminal: Terminal, isJson: boolean): number {
  if (isJson) {
    terminal.err(JSON.stringify({ error: { code: error.code, message: error.message, hint: error.hint } }));
  } else {
    terminal.err(`juqueue: ${error.message}`);
    if (error.hint !== null) terminal.err(`  ${error.hint}`);
  }
  return error.exitCode;
}
