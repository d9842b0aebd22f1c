import { close, constants, fstat, lstat, mkdir, open, unlink, write } from 'node:fs';
import type { RunFiles } from '../launch/run-files.ts';

/** Descriptors of stdout.log and stderr.log, to which the kernel appends what the program writes. */
export interface LogFiles {
  readonly stdout: number;
  readonly stderr: number;
}

const appendFlags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;

/**
 * Creates the run's folders where they are missing, opens its logs and writes the attempt's header. Rejects with a
 * sentence. Callbacks instead of promises of `fs`: three times less work, and this happens for every attempt.
 */
export async function openLogs(files: RunFiles, header: string): Promise<LogFiles> {
  await ensureFolder(files.logs);
  const [stdout, stderr] = await Promise.all([openLog(files.stdout, header), openLog(files.stderr, null)]);
  return { stdout, stderr };
}

/** Closes both; a stderr.log into which nothing was ever written is removed. */
export async function closeLogs(files: RunFiles, logs: LogFiles): Promise<void> {
  close(logs.stdout, ignore);
  await new Promise<void>((resolve) => {
    fstat(logs.stderr, (error, stats) => {
      close(logs.stderr, ignore);
      if (error === null && stats.size === 0) unlink(files.stderr, () => resolve());
      else resolve();
    });
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

function ignore(): void {
  // The descriptor is gone either way.
}
