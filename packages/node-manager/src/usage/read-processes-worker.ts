import { readdirSync, readFileSync } from 'node:fs';
import type { UsageSample } from './usage-meter.ts';

/** Linux counts processor time in hundredths of a second, on every architecture that it is built for here. */
const msPerTick = 10;
const pageBytes = 4096;

export type ProcessSums = Omit<UsageSample, 'atMs' | 'gpu'>;

/** Sums over all processes of attempts, found as those that end them find them: by the mark in their environment. */
export class ProcessReader {
  /** Of processes that were looked at before, by number and start; an environment never changes. */
  #marks = new Map<string, string | null>();

  read(attemptIds: ReadonlySet<string>): ReadonlyMap<string, ProcessSums> {
    const sums = new Map<string, ProcessSums>();
    const marks = new Map<string, string | null>();
    for (const name of readdirSync('/proc')) {
      const stat = /^\d+$/.test(name) ? readOrNull(`/proc/${name}/stat`) : null;
      if (stat === null) continue;
      const fields = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number);
      const key = `${name}/${fields[19]}`;
      const mark = this.#marks.get(key) ?? markOf(name);
      marks.set(key, mark);
      if (mark === null || !attemptIds.has(mark)) continue;
      const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.slice(11, 15);
      const io = readOrNull(`/proc/${name}/io`) ?? '';
      const before = sums.get(mark) ?? { cpuMs: 0, rssBytes: 0, readBytes: 0, writtenBytes: 0 };
      sums.set(mark, {
        cpuMs: before.cpuMs + (utime + stime + cutime + cstime) * msPerTick,
        rssBytes: before.rssBytes + (fields[21] ?? 0) * pageBytes,
        readBytes: before.readBytes + counter(io, 'read_bytes'),
        writtenBytes: before.writtenBytes + counter(io, 'write_bytes'),
      });
    }
    this.#marks = marks;
    return sums;
  }
}

/** Null for processes of others, and for those without a mark; a process between fork and exec still has that of its parent. */
function markOf(pid: string): string | null {
  return /(?:^|\0)JUQUEUE_ATTEMPT_ID=([^\0]*)/.exec(readOrNull(`/proc/${pid}/environ`) ?? '')?.[1] ?? null;
}

function counter(io: string, name: string): number {
  return Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(io)?.[1] ?? 0);
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}
