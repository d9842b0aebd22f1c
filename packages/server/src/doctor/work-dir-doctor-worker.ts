import { access, constants, readFile, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { JuqueueError, serveCalls, workDirPaths } from '@juqueue/core';
import { firstWritableByOthers } from '../definitions/programs/writable-by-others.ts';
import { checkPrivacy } from '../work-dir/check-privacy.ts';
import { parentThatOthersWrite } from '../work-dir/open-parent.ts';
import { fileSystemKind } from '../work-dir/file-systems.ts';
import type { FileSystemKind } from '../work-dir/file-systems.ts';
import type { DoctorFinding } from './finding.ts';

export interface WorkDirQuestion {
  readonly workDir: string;
  readonly uid: number;
}

export interface WorkDirExamination {
  readonly findings: readonly DoctorFinding[];
  /** Null when its kind is not known. */
  readonly fileSystem: FileSystemKind | null;
}

/** Below this journal and logs fill the disk within a day. */
const scarceBytes = 1024 ** 3;

/** Looks at a work-dir as a manager would find it, and changes nothing. */
async function examine({ workDir, uid }: WorkDirQuestion): Promise<WorkDirExamination> {
  const place = await nearestFolder(workDir);
  const { type, bavail, bsize } = await statfs(place);
  const fileSystem = fileSystemKind(type);
  const findings = [...(await writable(workDir, place)), describeFileSystem(fileSystem, type), ...space(bavail * bsize)];
  if (place !== workDir || (await stat(join(workDir, workDirPaths.private)).catch(() => null)) === null) return { findings, fileSystem };
  return {
    findings: [...findings, await privacy(workDir, uid), ...(await shared(workDir, uid)), await lock(workDir), ...(await doors(workDir))],
    fileSystem,
  };
}

/** The work-dir itself, or the nearest folder above it that exists. */
async function nearestFolder(path: string): Promise<string> {
  const stats = await stat(path).catch(() => null);
  return stats?.isDirectory() === true || path === dirname(path) ? path : nearestFolder(dirname(path));
}

async function writable(workDir: string, place: string): Promise<readonly DoctorFinding[]> {
  const isWritable = await access(place, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  if (place !== workDir && (await stat(workDir).catch(() => null)) !== null)
    return [finding('error', 'not-a-folder', `${workDir} is not a folder`, 'name another one with --work-dir')];
  if (!isWritable)
    return [
      finding(
        'error',
        'not-writable',
        `${place} cannot be written`,
        'check owner and permissions, and whether the file system is mounted read-only',
      ),
    ];
  return [finding('ok', 'writable', place === workDir ? `${workDir} can be written` : `${workDir} does not exist yet and can be made`)];
}

function describeFileSystem(kind: FileSystemKind | null, magic: number): DoctorFinding {
  if (kind === null)
    return finding('ok', 'file-system', `it lies on a file system of type 0x${magic.toString(16)}, which is treated as shared`);
  return finding(
    'ok',
    'file-system',
    kind.isShared ? `it lies on ${kind.name}, which other hosts may share` : `it lies on ${kind.name}, a disk of this machine`,
  );
}

function space(freeBytes: number): readonly DoctorFinding[] {
  if (freeBytes >= scarceBytes) return [];
  return [
    finding(
      'warning',
      'space',
      `${Math.floor(freeBytes / 1024 ** 2)} MiB are free there, expected at least ${scarceBytes / 1024 ** 2} MiB`,
      'make room: what cannot be journaled is not acknowledged',
    ),
  ];
}

async function privacy(workDir: string, uid: number): Promise<DoctorFinding> {
  try {
    await checkPrivacy(workDir, uid);
    return finding('ok', 'private', `only we can read and write ${join(workDir, workDirPaths.private)}`);
  } catch (error) {
    if (!(error instanceof JuqueueError)) throw error;
    return finding('error', 'private', error.problem.message, error.problem.hint);
  }
}

/** Others who can write the work-dir cannot act in our name, but they can take folders of runs away and put others there. */
async function shared(workDir: string, uid: number): Promise<readonly DoctorFinding[]> {
  const openParent = await parentThatOthersWrite(workDir, uid);
  return openParent === null
    ? []
    : [
        finding(
          'warning',
          'shared',
          `others can write ${openParent}: token, key and socket are kept at home, but they can rename and replace what runs read`,
          'chmod go-w, where nobody else has to write there',
        ),
      ];
}

/** Where the manager that runs can be reached, and by whom. */
async function doors(workDir: string): Promise<readonly DoctorFinding[]> {
  const text = await readFile(join(workDir, workDirPaths.server), 'utf8').catch(() => null);
  if (text === null) return [];
  const { url, socketPath, listen, allowedHosts } = JSON.parse(text) as {
    readonly url: string | null;
    readonly socketPath: string;
    readonly listen?: string;
    readonly allowedHosts?: readonly string[];
  };
  if (url === null || listen === undefined)
    return [finding('ok', 'doors', `open is only the unix socket ${socketPath}, which only we may use`)];
  const names = allowedHosts === undefined || allowedHosts.length === 0 ? '' : `, also under the name ${allowedHosts.join(', ')}`;
  const { port } = new URL(url);
  if (isLoopback(listen))
    return [
      finding(
        'ok',
        'doors',
        `open are the unix socket ${socketPath}, which only we may use, and port ${port} of this machine, for whoever has the token${names}`,
      ),
    ];
  return [
    finding(
      'warning',
      'doors',
      `port ${port} is open to the network at ${listen}${names}: everybody there may try tokens, and the token travels unencrypted`,
      'start without --listen and use juqueue tunnel',
    ),
  ];
}

function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || address.startsWith('127.');
}

/** A shared lock that is tried for an instant finds an exclusive one and hinders nobody: a starting manager tries for longer. */
async function lock(workDir: string): Promise<DoctorFinding> {
  const file = join(workDir, workDirPaths.lock);
  if ((await stat(file).catch(() => null)) === null) return finding('ok', 'lock', 'no manager works on it');
  const conflictExitCode = 75;
  const { exitCode } = await execa('flock', ['--shared', '--nonblock', '--conflict-exit-code', String(conflictExitCode), file, 'true'], {
    reject: false,
  });
  if (exitCode === 0) return finding('ok', 'lock', 'no manager works on it');
  if (exitCode !== conflictExitCode)
    return finding(
      'warning',
      'lock',
      'this machine has no flock, so it is not known whether an original JuQueue works on it',
      'install util-linux',
    );
  return finding('ok', 'lock', await holder(workDir));
}

async function holder(workDir: string): Promise<string> {
  try {
    const { host, pid } = JSON.parse(await readFile(join(workDir, workDirPaths.manager), 'utf8')) as { host?: unknown; pid?: unknown };
    return `the manager with process ${String(pid)} on ${String(host)} works on it`;
  } catch {
    return 'a program that left no name works on it, perhaps an original JuQueue';
  }
}

function finding(severity: DoctorFinding['severity'], code: string, message: string, hint: string | null = null): DoctorFinding {
  return { about: 'work-dir', severity, code, message, hint };
}

const functions = {
  examine,
  writableByOthers: ({ defDir, paths }: { readonly defDir: string; readonly paths: readonly string[] }) =>
    firstWritableByOthers(defDir, paths),
};
export type WorkDirDoctorFunctions = typeof functions;
serveCalls(functions);
