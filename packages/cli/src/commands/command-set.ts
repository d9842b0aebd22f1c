import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import type { Terminal } from '../output/terminal.ts';
import type { CommonOptions, VerbContext, VerbResult } from '../verb.ts';

export interface ProgramParts {
  readonly version: string;
  readonly terminal: Terminal;
  /** Whether a command line without a command serves. */
  readonly servesByDefault: boolean;
  context(options: CommonOptions): VerbContext;
  /** Takes the exit code of the command that ran. */
  finish(code: number): void;
}

/** What the commands of one topic are defined with. */
export class CommandSet {
  readonly program: Command;
  readonly parts: ProgramParts;

  constructor(program: Command, parts: ProgramParts) {
    this.program = program;
    this.parts = parts;
  }

  /** A command that asks the manager of a work-dir. */
  verb(name: string, summary: string): Command {
    const workDir = 'work-dir of the manager (else JUQUEUE_WORK_DIR, else the nearest .juqueue upwards)';
    return this.program.command(name).description(summary).option('--work-dir <folder>', workDir).option('--json', 'answer as JSON');
  }

  /** A command that asks a hub. */
  hubVerb(name: string, summary: string): Command {
    return this.program.command(name).description(summary).option('--json', 'answer as JSON');
  }

  /** What a verb does; its exit code is the program's. */
  asks(command: Command, act: (context: VerbContext, args: readonly string[]) => VerbResult): void {
    command.action(async () => this.parts.finish(await act(this.parts.context(command.opts()), command.args)));
  }
}

/** Of an option that may be given several times. */
export function collect(value: string, previous: string[] = []): string[] {
  return [...previous, value];
}

export function integer(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}

/** A number of things: no sign. */
export function whole(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}
