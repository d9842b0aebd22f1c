import type { Log } from '@juqueue/core';

/** Lines on standard error, which the cluster keeps. */
export const stderrLog: Log = {
  info: (message) => write('info', message),
  warn: (message) => write('warn', message),
};

function write(level: string, message: string): void {
  process.stderr.write(`${new Date().toISOString()} ${level} ${message}\n`);
}
