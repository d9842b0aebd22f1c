import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '@juqueue/core';
import type { NamedFile } from './file-mark.ts';
import type { WatchTimes } from './watch-def-dir.ts';
import { watchDefDir } from './watch-def-dir.ts';

export interface WatchInput {
  readonly defDir: string;
  readonly times: WatchTimes;
}

export type WatchMessage =
  { readonly kind: 'watching' } | { readonly kind: 'changed' } | { readonly kind: 'trouble'; readonly message: string };

const port = parentPort;
assert(port !== null, 'this file is started as a worker');
const tell = (message: WatchMessage) => port.postMessage(message);
const { defDir, times } = workerData as WatchInput;
const watching = await watchDefDir(defDir, times, {
  changed: () => tell({ kind: 'changed' }),
  trouble: (message) => tell({ kind: 'trouble', message }),
});
tell({ kind: 'watching' });
port.on('message', (files: readonly NamedFile[]) => watching.lookAlsoAt(files));
