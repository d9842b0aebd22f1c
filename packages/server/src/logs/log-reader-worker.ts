import { serveCalls } from '@juqueue/core';
import { emptyLog, readWindow } from './log-window.ts';
import type { LogPart, LogWindow } from './log-window.ts';
import { openBelow } from './open-below.ts';

/** One part of one log. `path` leads from the work-dir to the file. */
export interface LogQuestion {
  readonly workDir: string;
  readonly path: readonly string[];
  readonly part: LogPart;
}

const functions = {
  async read(question: LogQuestion): Promise<LogWindow> {
    const file = await openBelow(question.workDir, question.path);
    if (file === null) return emptyLog;
    try {
      return await readWindow(file, question.part);
    } finally {
      await file.close();
    }
  },
};

export type LogReaderFunctions = typeof functions;

serveCalls(functions);
