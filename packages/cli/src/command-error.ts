import type { Command, CommanderError } from 'commander';
import { ApiError, NoAnswer } from '@juqueue/client';
import { exitCodes } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';

/** A "no" of the command line: what to print and how to end. */
export class CommandError extends Error {
  readonly exitCode: ExitCode;
  readonly code: string;
  readonly hint: string | null;

  constructor(exitCode: ExitCode, code: string, message: string, hint: string | null = null) {
    super(message);
    this.name = 'CommandError';
    this.exitCode = exitCode;
    this.code = code;
    this.hint = hint;
  }
}

/** Whatever went wrong, as the end of a command. What nobody foresaw keeps its stack in `hint`. */
export function asCommandError(error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  if (error instanceof NoAnswer) return new CommandError(exitCodes.noServer, 'JQ_NO_SERVER', `Nobody answers: ${error.message}.`);
  if (error instanceof ApiError) return new CommandError(exitCodeOf(error.code, error.status), error.code, error.message, error.hint);
  if (isProblemCarrier(error)) {
    const { code, message, hint } = error.problem;
    return new CommandError(exitCodeOf(code, 500), code, message, hint);
  }
  return new CommandError(
    exitCodes.unexpected,
    'JQ_INTERNAL',
    error instanceof Error ? error.message : String(error),
    error instanceof Error ? (error.stack ?? null) : null,
  );
}

/**
 * What the parser said, with its suggestion where it has one ("error: unknown command 'x'\n(Did you mean y?)"), else with how
 * the command is called.
 */
export function usageError({ message: text }: CommanderError, command: Command | null): CommandError {
  const [message = '', suggestion] = text.replace(/^error: /, '').split('\n');
  const hint = suggestion === undefined ? howToCall(command) : suggestion.replace(/^\(|\)$/g, '');
  return new CommandError(exitCodes.usage, 'JQ_BAD_REQUEST', `${message}.`, hint);
}

function howToCall(command: Command | null): string {
  if (command === null) return 'juqueue --help lists the commands.';
  return `It is called so: juqueue ${command.name()} ${command.usage()}; juqueue ${command.name()} --help says more.`;
}

/** Start-up problems of the manager come from its own bundle, so they are known by their form and not by their class. */
function isProblemCarrier(
  error: unknown,
): error is { readonly problem: { readonly code: string; readonly message: string; readonly hint: string | null } } {
  return (
    error instanceof Error && 'problem' in error && typeof error.problem === 'object' && error.problem !== null && 'code' in error.problem
  );
}

const codesOfInput = new Set([
  'JQ_DEFINITIONS_INVALID',
  'JQ_DEF_DIR_MISSING',
  'JQ_WORK_DIR_NOT_WRITABLE',
  'JQ_WORK_DIR_NOT_PRIVATE',
  'JQ_WORK_DIR_FOREIGN',
  'JQ_WORK_DIR_NEWER',
  'JQ_WORK_DIR_LOCKED',
  'JQ_JOURNAL_DAMAGED',
  'JQ_PORT_TAKEN',
]);
const codesOfRefusal = new Set([
  'JQ_NODE_BUSY',
  'JQ_KEY_REUSED',
  'JQ_TOO_MANY_REQUESTS',
  'JQ_READ_ONLY',
  'JQ_COUNT_CHANGED',
  'JQ_PLAN_CHANGED',
  'JQ_STOPPING',
  'JQ_BUSY',
  'JQ_STORE_UNAVAILABLE',
  'JQ_FILES_UNAVAILABLE',
]);

function exitCodeOf(code: string, status: number): ExitCode {
  if (code === 'JQ_NO_SERVER') return exitCodes.noServer;
  if (status === 401 || status === 421) return exitCodes.unauthorized;
  if (status === 404) return exitCodes.noMatch;
  if (codesOfInput.has(code)) return exitCodes.badInput;
  if (codesOfRefusal.has(code)) return exitCodes.refused;
  return status === 400 || status === 413 ? exitCodes.usage : exitCodes.unexpected;
}
