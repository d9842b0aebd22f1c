import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, realpath, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { JuqueueError, serveCalls, workDirPaths } from '@juqueue/core';
import { replacePrivateFile } from '@juqueue/core/private-file';
import { checkPrivacy } from './check-privacy.ts';
import { parentThatOthersWrite } from './open-parent.ts';
import { judgeIdentity, parseIdentity, parseKeptIdentity } from './work-dir-identity.ts';
import type { Identity } from './work-dir-identity.ts';

export interface WorkDirQuestion {
  readonly workDir: string;
  /** Where we keep what others must not touch: `$XDG_STATE_HOME/juqueue` or `~/.local/state/juqueue`. */
  readonly stateDir: string;
  readonly uid: number;
  readonly schema: number;
}

export interface WorkDirFacts {
  /** The work-dir without symbolic links. */
  readonly path: string;
  readonly id: string;
  /** Where token, link key, unix socket and the program of nodes are kept. */
  readonly secretsDir: string;
  readonly notices: readonly string[];
}

/** Makes the folders and answers their real path, or throws saying why they cannot be written. */
async function prepare(workDir: string): Promise<string> {
  try {
    await mkdir(workDir, { recursive: true });
    const path = await realpath(workDir);
    const probe = join(path, `.juqueue-probe-${randomBytes(4).toString('hex')}`);
    await (await open(probe, 'wx', 0o600)).close();
    await rm(probe);
    await mkdir(join(path, workDirPaths.private), { mode: 0o700 }).catch(ignore('EEXIST'));
    return path;
  } catch (error) {
    throw new JuqueueError(
      'JQ_WORK_DIR_NOT_WRITABLE',
      `The work-dir ${workDir} cannot be written: ${reasonOf(error)}.`,
      'Check owner, permissions and quota, or name another one with --work-dir.',
    );
  }
}

/** Who holds the work-dir, by what its manager signed: host and process, or null when there is nothing to read. */
async function holder(workDir: string): Promise<{ readonly host: string; readonly pid: number } | null> {
  try {
    const { host, pid } = JSON.parse(await readFile(join(workDir, workDirPaths.manager), 'utf8')) as { host?: unknown; pid?: unknown };
    return typeof host === 'string' && typeof pid === 'number' ? { host, pid } : null;
  } catch {
    return null;
  }
}

/** Checks privacy, identity and version of a prepared work-dir; gives it an identity when it has none. */
async function examine({ workDir, stateDir, uid, schema }: WorkDirQuestion): Promise<WorkDirFacts> {
  await checkPrivacy(workDir, uid);
  const notices: string[] = [];
  const identity = await identify(workDir, stateDir, schema, notices);
  const openParent = await parentThatOthersWrite(workDir, uid);
  const privateDir = join(workDir, workDirPaths.private);
  if (openParent === null) return { path: workDir, id: identity.id, secretsDir: privateDir, notices };
  const secretsDir = join(stateDir, identity.id);
  await refuseOpenState(secretsDir, uid);
  notices.push(`Others can write ${openParent}, so token, link key, unix socket and the program of nodes are kept in ${secretsDir}.`);
  return { path: workDir, id: identity.id, secretsDir, notices };
}

async function identify(workDir: string, stateDir: string, schema: number, notices: string[]): Promise<Identity> {
  const file = join(workDir, workDirPaths.identity);
  const text = await readFile(file, 'utf8').catch(ignore('ENOENT'));
  const { ino } = await stat(workDir);
  if (text === undefined) {
    const identity: Identity = { id: randomBytes(16).toString('hex'), key: randomBytes(32).toString('hex'), schema };
    await keep(stateDir, identity, workDir, ino, notices);
    await replacePrivateFile(file, `${JSON.stringify(identity)}\n`);
    return identity;
  }
  const identity = parseIdentity(text);
  if (identity === null) throw foreign(workDir, 'its identity file cannot be read', file);
  if (identity.schema > schema) {
    throw new JuqueueError(
      'JQ_WORK_DIR_NEWER',
      `The work-dir ${workDir} was written by a newer version: its events have version ${identity.schema}, this program knows ${schema}.`,
      'Use the newer program, or another work-dir.',
    );
  }
  const kept = await readFile(keptFile(stateDir, identity.id), 'utf8').then(parseKeptIdentity).catch(ignore('ENOENT'));
  const verdict = judgeIdentity(identity, kept ?? null, workDir, ino);
  if (verdict.kind === 'foreign') throw foreign(workDir, verdict.found, file);
  if (verdict.kind === 'moved') notices.push(`This work-dir was at ${verdict.from} before.`);
  if (verdict.kind === 'moved') await keep(stateDir, identity, workDir, ino, notices);
  if (identity.schema < schema) await replacePrivateFile(file, `${JSON.stringify({ ...identity, schema })}\n`);
  return identity;
}

async function keep(stateDir: string, { id, key }: Identity, workDir: string, inode: number, notices: string[]): Promise<void> {
  try {
    await replacePrivateFile(keptFile(stateDir, id), `${JSON.stringify({ key, workDir, inode })}\n`);
  } catch (error) {
    notices.push(`The identity of the work-dir cannot be kept in ${stateDir} (${reasonOf(error)}); the next start will refuse it.`);
  }
}

function keptFile(stateDir: string, id: string): string {
  return join(stateDir, id, 'identity.json');
}

/** The place that is left for secrets has to be better than the work-dir. */
async function refuseOpenState(secretsDir: string, uid: number): Promise<void> {
  await mkdir(secretsDir, { recursive: true, mode: 0o700 });
  const openParent = await parentThatOthersWrite(await realpath(secretsDir), uid);
  if (openParent === null) return;
  throw new JuqueueError(
    'JQ_WORK_DIR_NOT_PRIVATE',
    `Others can write the work-dir and also ${openParent}, so there is no safe place for token and link key.`,
    'Close one of them to others (chmod go-w), or name a folder of your own in XDG_STATE_HOME.',
  );
}

function foreign(workDir: string, found: string, file: string): JuqueueError {
  return new JuqueueError(
    'JQ_WORK_DIR_FOREIGN',
    `The work-dir ${workDir} is not the one that was made here: ${found}.`,
    `If you copied or moved it yourself, remove ${file} and start again.`,
  );
}

function ignore(code: string): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (error.code !== code) throw error;
    return undefined;
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const functions = { prepare, holder, examine };
export type WorkDirFunctions = typeof functions;
serveCalls(functions);
