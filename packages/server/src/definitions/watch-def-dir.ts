import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { watch } from 'chokidar';
import { clustersFile, notifyFile } from '@juqueue/core';
import { definitionPaths } from './read-def-dir.ts';

export interface WatchTimes {
  /** Quiet time after the last change before it is told: editors write a file in several steps. */
  readonly settleMs: number;
  /** Period of the look at sizes and times, for files that another host of a shared file system has saved: they raise no event. */
  readonly pollMs: number;
}

export interface WatchListener {
  changed(): void;
  /** The system's watching does not work; polling goes on. */
  trouble(message: string): void;
}

/** Says that something happened at or below these paths. A source may stay silent: polling finds what it misses. */
export type EventSource = (paths: readonly string[], listener: WatchListener) => Promise<AsyncDisposable>;

/** A watch that goes on until it is disposed of. */
export interface DefDirWatch extends AsyncDisposable {
  /** Files that definitions name, relative to the def-dir, are looked at every now and then too. */
  lookAlsoAt(paths: readonly string[]): Promise<void>;
}

/** Tells of changes of the definition files below `defDir`. */
export async function watchDefDir(defDir: string, times: WatchTimes, listener: WatchListener, watchEvents: EventSource = watchSystem): Promise<DefDirWatch> {
  let settling: NodeJS.Timeout | undefined;
  let also: readonly string[] = [];
  let seen = await fingerprint(defDir, also);
  let isClosed = false;
  const tell = async () => {
    seen = await fingerprint(defDir, also);
    listener.changed();
  };
  const noteChange = () => {
    if (isClosed) return;
    clearTimeout(settling);
    settling = setTimeout(tell, times.settleMs);
  };
  const poll = async () => {
    const now = await fingerprint(defDir, also);
    if (now !== seen) noteChange();
    seen = now;
    if (!isClosed) polling = setTimeout(poll, times.pollMs);
  };
  let polling = setTimeout(poll, times.pollMs);
  const events = await watchEvents([join(defDir, clustersFile), join(defDir, notifyFile), join(defDir, 'experiments')], { changed: noteChange, trouble: (message) => listener.trouble(message) });
  return {
    async lookAlsoAt(paths) {
      const isSame = paths.length === also.length && paths.every((path, index) => path === also[index]);
      also = paths;
      if (!isSame) seen = await fingerprint(defDir, also);
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      clearTimeout(settling);
      clearTimeout(polling);
      await events[Symbol.asyncDispose]();
    },
  };
}

const watchSystem: EventSource = async (paths, listener) => {
  const watcher = watch([...paths], { ignoreInitial: true, depth: 0 });
  watcher.on('all', () => listener.changed());
  watcher.on('error', (error) => listener.trouble(`the system does not tell of saved files (${error instanceof Error ? error.message : String(error)}); they are found by looking every now and then`));
  await new Promise<void>((resolve) => watcher.once('ready', resolve));
  return { [Symbol.asyncDispose]: () => watcher.close() };
};

/** Names, sizes, times and inodes of the definition files: equal while nothing was saved. */
async function fingerprint(defDir: string, also: readonly string[]): Promise<string> {
  const paths = [clustersFile, notifyFile, ...(await definitionPaths(defDir, [])), ...also];
  const marks = await Promise.all(paths.map(async (path) => `${path} ${await mark(join(defDir, path))}`));
  return marks.join('\n');
}

async function mark(path: string): Promise<string> {
  try {
    const { size, mtimeMs, ino } = await stat(path);
    return `${size} ${mtimeMs} ${ino}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unreadable';
  }
}
