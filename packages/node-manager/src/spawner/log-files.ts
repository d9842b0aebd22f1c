import { close, constants, fstat, lstat, mkdir, open, write } from 'node:fs';
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

const appendFlags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;

/**
 * Creates the run's folders where they are missing, opens its logs and writes the attempt's header. Rejects with a
 * sentence. Callbacks instead of promises of `fs`: three times less work, and this happens for every attempt.
 */
export async function openLogs(files: RunFiles, header: string): Promise<LogFiles> {
  await ensureFolder(files.logs);
  const [stdout, stderr] = await Promise.all([openLog(files.stdout, header), openLog(files.stderr, null)]);
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
    open(path, constants.O_RDONLY, (error, fd) => (error === null ? resolve(fd) : reject(new Error(`${path} cannot be opened for its standard input: ${error.code ?? error.message}`))));
  });
}

function ensureFolder(logs: string): Promise<void> {
  return new Promise((resolve, reject) => {
    mkdir(logs, { recursive: true }, (error, firstCreated) => {
      if (error !== null) reject(new Error(`the folder ${logs} cannot be created: ${error.code ?? error.message}`));
      else if (firstCreated !== undefined) resolve();
      else lstat(logs, (problem, stats) => {
        if (problem === null && stats.isDirectory()) resolve();
        else reject(new Error(`${logs} is not a folder but something else, which is not followed`));
      });
    });
  });
}

function openLog(path: string, header: string | null): Promise<number> {
  return new Promise((resolve, reject) => {
    open(path, appendFlags, 0o666, (error, fd) => {
      if (error !== null) reject(new Error(`${path} cannot be opened for appending: ${error.code ?? error.message}`));
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
