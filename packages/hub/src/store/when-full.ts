import { JuqueueError } from '@juqueue/core';
import type { WorkerFunctions } from '@juqueue/core';

/** What SQLite says of a disk that has no space, or fails. */
const diskErrors = new Set([10, 13]);

/** The same functions, which throw JQ_STORE_UNAVAILABLE when the disk is full: that is nobody's mistake, and passes. */
export function saidWhenFull<Functions extends WorkerFunctions>(functions: Functions): Functions {
  const said =
    (run: (input: never) => unknown) =>
    (input: never): unknown => {
      try {
        return run(input);
      } catch (error) {
        throw asUnavailable(error);
      }
    };
  return Object.fromEntries(Object.entries(functions).map(([name, run]) => [name, said(run)])) as unknown as Functions;
}

/** What says that there is no space, as a refusal; everything else as it is. */
export function asUnavailable(error: unknown): unknown {
  const { code, errcode, message } = error as { readonly code?: unknown; readonly errcode?: unknown; readonly message?: unknown };
  const isDatabase = code === 'ERR_SQLITE_ERROR' && typeof errcode === 'number' && diskErrors.has(errcode & 0xff);
  if (!isDatabase && code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new JuqueueError(
    'JQ_STORE_UNAVAILABLE',
    `The hub has no space for this (${isDatabase ? String(message) : code}).`,
    'Delete artifacts, or give its data folder more space. This request was dropped; repeat it later.',
  );
}
