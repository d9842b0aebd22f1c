import { lstat, realpath, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { readOwnFile } from './own-file.ts';

/** What a manager writes about itself into `.juqueue/server.json`. */
export interface ServerRecord {
  readonly version: string;
  readonly host: string;
  readonly pid: number;
  readonly url: string | null;
  readonly socketPath: string;
  /** The folder that holds the token. */
  readonly secretsDir: string;
  /** What it serves; null when it is a version that did not note it. */
  readonly defDir: string | null;
}

export interface FoundServer {
  readonly workDir: string;
  readonly record: ServerRecord;
  readonly token: string;
}

/** How the manager of a work-dir is started, with its definitions when they are known. */
export function startHint(workDir: string, defDir: string | null): string {
  return `Start it with: juqueue --def-dir ${defDir ?? '<definitions>'} --work-dir ${workDir}`;
}

/** The work-dir that is meant: the option, JUQUEUE_WORK_DIR, or the nearest folder upwards that has a `.juqueue`. */
export async function findWorkDir(option: string | undefined): Promise<string> {
  const named = option ?? process.env['JUQUEUE_WORK_DIR'];
  if (named !== undefined && named !== '') return resolve(named);
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    if (await hasState(folder)) return folder;
    if (folder === dirname(folder)) break;
  }
  throw new CommandError(
    exitCodes.noServer,
    'JQ_NO_SERVER',
    `No work-dir is named, and neither ${process.cwd()} nor a folder above it has a .juqueue.`,
    'Name it with --work-dir or JUQUEUE_WORK_DIR; juqueue managers lists yours.',
  );
}

/** The manager of that work-dir, by what it wrote there. That it answers is not yet known. */
export async function findServer(option: string | undefined): Promise<FoundServer> {
  const workDir = await findWorkDir(option);
  const privateDir = join(workDir, '.juqueue');
  await refuseStrangers(privateDir);
  const record = parseRecord(await readOrNone(join(privateDir, 'server.json'), workDir), workDir);
  if (record.host !== hostname()) {
    throw new CommandError(
      exitCodes.noServer,
      'JQ_NO_SERVER',
      `The manager of ${workDir} runs on ${record.host}, this is ${hostname()}.`,
      `Log in there: ssh ${record.host}; then the same command with --work-dir ${workDir}`,
    );
  }
  const token = (await readOrNone(join(record.secretsDir, 'token'), workDir)).trim();
  return { workDir, record, token };
}

/** Whoever could write there could send us, with our token, to a server of their own. */
async function refuseStrangers(privateDir: string): Promise<void> {
  const stats = await lstat(privateDir).catch(() => null);
  if (stats === null)
    throw new CommandError(
      exitCodes.noServer,
      'JQ_NO_SERVER',
      `No manager has worked in ${dirname(privateDir)} yet.`,
      startHint(dirname(privateDir), null),
    );
  if (stats.isDirectory() && stats.uid === process.getuid?.() && (stats.mode & 0o022) === 0) return;
  throw new CommandError(
    exitCodes.badInput,
    'JQ_WORK_DIR_NOT_PRIVATE',
    `${privateDir} is not a folder that only we can write.`,
    'Nothing in it is trusted.',
  );
}

async function readOrNone(file: string, workDir: string): Promise<string> {
  const text = await readOwnFile(file);
  if (text !== null) return text;
  const real = await realpath(workDir).catch(() => workDir);
  throw new CommandError(exitCodes.noServer, 'JQ_NO_SERVER', `No manager runs for ${real}.`, startHint(real, null));
}

function parseRecord(text: string, workDir: string): ServerRecord {
  const record = readRecord(text);
  if (record === null)
    throw new CommandError(
      exitCodes.noServer,
      'JQ_NO_SERVER',
      `The file .juqueue/server.json of ${workDir} cannot be read.`,
      startHint(workDir, null),
    );
  return record;
}

/** Null when the text is none. */
export function readRecord(text: string): ServerRecord | null {
  try {
    const { version, host, pid, url, socketPath, secretsDir, defDir } = JSON.parse(text) as Record<string, unknown>;
    const isRecord =
      typeof version === 'string' &&
      typeof host === 'string' &&
      typeof pid === 'number' &&
      typeof socketPath === 'string' &&
      typeof secretsDir === 'string';
    if (!isRecord || (url !== null && typeof url !== 'string')) return null;
    return { version, host, pid, url, socketPath, secretsDir, defDir: typeof defDir === 'string' ? defDir : null };
  } catch {
    return null;
  }
}

/** Whether a manager has ever worked in this work-dir. */
export async function hasState(workDir: string): Promise<boolean> {
  return stat(join(workDir, '.juqueue')).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
