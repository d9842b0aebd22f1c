import { close, constants, fstat, mkdir, open, readlink, realpath, stat, write } from 'node:fs';
import { join, relative } from 'node:path';
import type { RunFiles } from '../launch/run-files.ts';

/** Descriptors of stdout.log and stderr.log, to which the kernel appends what the program writes. */
export interface LogFiles {
  readonly stdout: number;
  readonly stderr: number;
  readonly starts: OutputStarts;
  /** What the program reads; without it there is nothing to read. */
  readonly stdin?: number;
}

/** Where in each log what this attempt writes begins, in bytes; earlier attempts and the header stand before it. */
export interface OutputStarts {
  readonly stdout: number;
  readonly stderr: number;
}

export const fromBeginning: OutputStarts = { stdout: 0, stderr: 0 };

const folderFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const appendFlags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;

/**
 * Creates the run's folders where they are missing, opens its logs and writes the attempt's header. Rejects with a
 * sentence, also when a link or somebody else's folder stands on the way: a group may write the work-dir. Callbacks instead of promises of `fs`: three times less work, and this happens for every attempt.
 */
export async function openLogs(files: RunFiles, header: string): Promise<LogFiles> {
  const folder = await openFolder(files);
  // By the opened folder: what somebody puts in its place meanwhile is not met.
  const inFolder = (path: string): string => join(pathOf(folder), relative(files.logs, path));
  const [stdout, stderr] = await Promise.all([
    openLog(files.stdout, inFolder(files.stdout), header),
    openLog(files.stderr, inFolder(files.stderr), null),
  ]).finally(() => close(folder, ignore));
  const [stdoutStart, stderrStart] = await Promise.all([sizeOf(stdout), sizeOf(stderr)]);
  return { stdout, stderr, starts: { stdout: stdoutStart, stderr: stderrStart } };
}

/** Not waited for by anybody: on a hung network file system a close may take as long as the hang. */
export function closeLogs(logs: LogFiles): void {
  close(logs.stdout, ignore);
  close(logs.stderr, ignore);
  if (logs.stdin !== undefined) close(logs.stdin, ignore);
}

/** Opens the file that a program reads as its standard input. Rejects with a sentence. */
export function openInput(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    open(path, constants.O_RDONLY, (error, fd) =>
      error === null ? resolve(fd) : reject(new Error(`${path} cannot be opened for its standard input: ${error.code ?? error.message}`)),
    );
  });
}

/** Descriptor of the folder for the logs, made where it is missing. It is really there, below the work-dir, and its run directory is ours. */
async function openFolder({ workDir, directory, logs }: RunFiles): Promise<number> {
  await makeFolder(logs);
  const folder = await new Promise<number>((resolve, reject) => {
    open(logs, folderFlags, (error, fd) =>
      error === null ? resolve(fd) : reject(new Error(`${logs} is not a folder but something else, which is not followed`)),
    );
  });
  try {
    const expected = join(await realWorkDir(workDir), relative(workDir, logs));
    const found = await settled<string>((done) => readlink(pathOf(folder), done));
    if (found !== expected) throw new Error(`${logs} leads to ${found} by a symbolic link, which is not followed`);
    const { uid } = await settled<{ readonly uid: number }>((done) => stat(`${pathOf(folder)}/..`, done));
    if (uid !== process.geteuid?.()) throw new Error(`${directory} belongs to user ${uid}, expected our own`);
    return folder;
  } catch (error) {
    close(folder, ignore);
    throw error;
  }
}

let knownWorkDir: { readonly path: string; readonly real: Promise<string> } | null = null;

/** Asked once: all runs of a node have the same one. */
function realWorkDir(path: string): Promise<string> {
  if (knownWorkDir?.path !== path) knownWorkDir = { path, real: settled<string>((done) => realpath(path, done)) };
  return knownWorkDir.real;
}

function pathOf(descriptor: number): string {
  return `/proc/self/fd/${descriptor}`;
}

function settled<T>(ask: (done: (error: Error | null, value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => ask((error, value) => (error === null ? resolve(value) : reject(error))));
}

function makeFolder(logs: string): Promise<void> {
  return new Promise((resolve, reject) => {
    mkdir(logs, { recursive: true }, (error) => {
      // Something of that name which is no folder is told when it is opened.
      if (error === null || error.code === 'EEXIST' || error.code === 'ENOTDIR') resolve();
      else reject(new Error(`the folder ${logs} cannot be created: ${error.code ?? error.message}`));
    });
  });
}

function openLog(name: string, path: string, header: string | null): Promise<number> {
  return new Promise((resolve, reject) => {
    open(path, appendFlags, 0o666, (error, fd) => {
      if (error !== null) reject(new Error(`${name} cannot be opened for appending: ${error.code ?? error.message}`));
      else if (header === null) resolve(fd);
      // A header that does not fit on a full disk must not keep the program from running.
      else write(fd, header, () => resolve(fd));
    });
  });
}

function sizeOf(fd: number): Promise<number> {
  return new Promise((resolve) => fstat(fd, (error, stats) => resolve(error === null ? stats.size : 0)));
}

function ignore(): void {
  // The descriptor is gone either way.
}
