import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ManagerOptions } from '@juqueue/server';
import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CommonOptions } from '../verb.ts';

/** The options of serving as the command line gives them. */
export interface ServeOptions extends CommonOptions {
  readonly defDir?: string;
  readonly python?: string;
  readonly port: string;
  readonly unixSocket?: string;
  readonly listen: string;
  readonly allowHost?: string[];
  readonly detach?: boolean;
  readonly readOnly?: boolean;
  readonly repair?: boolean;
  readonly debug?: boolean;
}

/** Checked and with absolute paths; throws a usage error that says what was expected. */
export function managerOptions(options: ServeOptions, version: string, tell: (sentence: string) => void): ManagerOptions {
  const { defDir, workDir } = options;
  if (defDir === undefined || workDir === undefined) {
    const given = defDir === undefined && workDir === undefined ? '' : `; ${defDir === undefined ? '--def-dir' : '--work-dir'} is missing`;
    throw new CommandError(
      exitCodes.usage,
      'JQ_BAD_REQUEST',
      `Serving needs --def-dir and --work-dir${given}.`,
      'juqueue init writes definitions to start from; juqueue --help lists the other commands.',
    );
  }
  return {
    version,
    defDir: existingFolder(resolve(defDir)),
    python: pythonInterpreter(options.python),
    workDir: resolve(workDir),
    port: parsePort(options.port),
    unixSocket: options.unixSocket === undefined ? null : resolve(options.unixSocket),
    listen: options.listen,
    allowedHosts: options.allowHost ?? [],
    isReadOnly: options.readOnly === true,
    agentCommand: agentCommand(resolve(workDir), resolve(defDir)),
    isRepairing: options.repair === true,
    isDebug: options.debug === true,
    tell,
  };
}

/** A mistyped folder is refused before a work-dir is made for it. */
function existingFolder(defDir: string): string {
  const [code, isFolder] = lookAt(defDir);
  if (isFolder) return defDir;
  const trouble = code === null ? 'is not a folder' : code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
  throw new CommandError(
    exitCodes.badInput,
    'JQ_DEF_DIR_MISSING',
    `${defDir}: the definitions folder ${trouble}.`,
    'juqueue init writes an example; --def-dir names another folder.',
  );
}

function lookAt(path: string): readonly [code: string | null, isFolder: boolean] {
  try {
    return [null, statSync(path).isDirectory()];
  } catch (error) {
    return [error instanceof Error && 'code' in error ? String(error.code) : String(error), false];
  }
}

/** How this program starts itself as an agent. */
function agentCommand(workDir: string, defDir: string): readonly string[] | null {
  const program = process.argv[1];
  return program === undefined
    ? null
    : [process.execPath, program, 'agent', 'run', '--managed', '--work-dir', workDir, '--def-dir', defDir];
}

/** The interpreter of Python definitions: `--python`, else JUQUEUE_PYTHON, else python3. A path is made absolute. */
export function pythonInterpreter(given: string | undefined): string {
  const named = given ?? process.env['JUQUEUE_PYTHON'] ?? 'python3';
  return named.includes('/') ? resolve(named) : named;
}

/** -1 means no TCP port, as in the original. */
function parsePort(text: string): number | null {
  const port = Number(text);
  if (port === -1) return null;
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new CommandError(exitCodes.usage, 'JQ_BAD_REQUEST', `--port is '${text}', expected a number from 0 to 65535, or -1 for none.`);
}
