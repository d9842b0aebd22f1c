import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import type { RunFiles } from '../launch/run-files.ts';

/** What stays of a log that has reached its limit. */
const keptPart = 0.25;
const keptBytesMax = 64 * 1024 * 1024;

/** Cuts the logs of a run that have reached the limit down to their last part, while the program goes on writing. */
export function limitLogs(files: RunFiles, limitBytes: number): void {
  for (const path of [files.stdout, files.stderr]) {
    try {
      limitLog(path, limitBytes);
    } catch {
      // Not there any more, or the disk is full: the next look tries again.
    }
  }
}

/**
 * The program's descriptor appends, so after the truncation its next line lands behind what we put back. What it wrote
 * between our read and the truncation is lost; nothing else is.
 */
function limitLog(path: string, limitBytes: number): void {
  const fd = openSync(path, constants.O_RDWR | constants.O_APPEND | constants.O_NOFOLLOW);
  try {
    const { size } = fstatSync(fd);
    if (size <= limitBytes) return;
    const kept = Buffer.alloc(Math.min(keptBytesMax, Math.floor(limitBytes * keptPart)));
    const bytes = readSync(fd, kept, 0, kept.length, size - kept.length);
    ftruncateSync(fd, 0);
    writeSync(fd, `---------- the log reached its limit of ${limitBytes} bytes; what follows is its last part ----------\n`);
    writeSync(fd, kept, 0, bytes);
  } finally {
    closeSync(fd);
  }
}
