import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { watch } from 'chokidar';
import { clustersFile, notifyFile } from '@juqueue/core';
import { definitionPaths } from './definition-paths.ts';
import { fileMark, troubleMark } from './file-mark.ts';
import type { FileMark, NamedFile } from './file-mark.ts';

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
  /** These are looked at every now and then too. What was saved since they were read is found. */
  lookAlsoAt(files: readonly NamedFile[]): void;
}

/** Tells of changes of the definition files below `defDir`. */
export async function watchDefDir(
  defDir: string,
  times: WatchTimes,
  listener: WatchListener,
  watchEvents: EventSource = watchSystem,
): Promise<DefDirWatch> {
  let settling: NodeJS.Timeout | undefined;
  let isClosed = false;
  let seen = await marksOf(defDir, await watchedPaths(defDir));
  let named: ReadonlyMap<string, FileMark> = new Map();
  /** Whether anything was saved since the last look. */
  const look = async (): Promise<boolean> => {
    const now = await marksOf(defDir, await watchedPaths(defDir));
    const namedNow = await marksOf(defDir, [...named.keys()]);
    const isChanged = now.size !== seen.size || [...now].some(([path, mark]) => seen.get(path) !== mark);
    const isNamedChanged = [...named].some(([path, mark]) => (namedNow.get(path) ?? mark) !== mark);
    seen = now;
    named = new Map([...named].map(([path, mark]) => [path, namedNow.get(path) ?? mark]));
    return isChanged || isNamedChanged;
  };
  const tell = async () => {
    await look();
    listener.changed();
  };
  const noteChange = () => {
    if (isClosed) return;
    clearTimeout(settling);
    settling = setTimeout(tell, times.settleMs);
  };
  const poll = async () => {
    if (await look()) noteChange();
    if (!isClosed) polling = setTimeout(poll, times.pollMs);
  };
  let polling = setTimeout(poll, times.pollMs);
  const events = await watchEvents([join(defDir, clustersFile), join(defDir, notifyFile), join(defDir, 'experiments')], {
    changed: noteChange,
    trouble: (message) => listener.trouble(message),
  });
  return {
    lookAlsoAt(files) {
      named = new Map(files.map(({ path, mark }) => [path, named.get(path) ?? mark]));
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
  watcher.on('error', (error) =>
    listener.trouble(
      `the system does not tell of saved files (${error instanceof Error ? error.message : String(error)}); they are found by looking every now and then`,
    ),
  );
  await new Promise<void>((resolve) => watcher.once('ready', resolve));
  return { [Symbol.asyncDispose]: () => watcher.close() };
};

async function watchedPaths(defDir: string): Promise<readonly string[]> {
  return [clustersFile, notifyFile, ...(await definitionPaths(defDir, []))];
}

async function marksOf(defDir: string, paths: readonly string[]): Promise<ReadonlyMap<string, FileMark>> {
  return new Map(await Promise.all(paths.map(async (path) => [path, await markOf(join(defDir, path))] as const)));
}

async function markOf(path: string): Promise<FileMark> {
  try {
    return fileMark(await stat(path));
  } catch (error) {
    return troubleMark(error);
  }
}
