import type { FileHandle } from 'node:fs/promises';
import { executedScript, serveCalls, usageCurve } from '@juqueue/core';
import type { ExecutedScript, UsagePoint } from '@juqueue/core';
import { emptyLog, readWindow } from './log-window.ts';
import type { LogPart, LogWindow } from './log-window.ts';
import { openBelow } from './open-below.ts';
import { noMatches, searchLog } from './search-log.ts';
import type { LogMatches, LogSearch } from './search-log.ts';

/** One log. `path` leads from the work-dir to the file. */
export interface LogPlace {
  readonly workDir: string;
  readonly path: readonly string[];
}

/** A run with ten thousand attempts has less. */
const largestHistoryBytes = 32 * 1024 * 1024;

const functions = {
  read: ({ part, isRaw, ...place }: LogPlace & { readonly part: LogPart; readonly isRaw: boolean }): Promise<LogWindow> =>
    withLog(place, emptyLog, (file) => readWindow(file, part, isRaw)),
  script: async ({ attempt, ...place }: LogPlace & { readonly attempt: number | null }): Promise<ExecutedScript | null> => {
    const text = await historyText(place);
    return text === null ? null : executedScript(text, attempt);
  },
  usage: async ({ attempt, ...place }: LogPlace & { readonly attempt: number }): Promise<readonly UsagePoint[]> =>
    usageCurve((await historyText(place)) ?? '', attempt),
  search: ({ search, ...place }: LogPlace & { readonly search: LogSearch }): Promise<LogMatches> =>
    withLog(place, noMatches, (file) => searchLog(file, search)),
};

function historyText(place: LogPlace): Promise<string | null> {
  return withLog(place, null, async (file) => ((await file.stat()).size > largestHistoryBytes ? null : await file.readFile('utf8')));
}

async function withLog<Answer>({ workDir, path }: LogPlace, none: Answer, ask: (file: FileHandle) => Promise<Answer>): Promise<Answer> {
  const file = await openBelow(workDir, path);
  if (file === null) return none;
  try {
    return await ask(file);
  } finally {
    await file.close();
  }
}

export type LogReaderFunctions = typeof functions;

serveCalls(functions);
