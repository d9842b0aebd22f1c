import { mkdir, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { JuqueueError } from '@juqueue/core';
import { News } from '../jobs/news.ts';
import { OneAtATime } from '../jobs/one-at-a-time.ts';
import { asUnavailable } from '../store/when-full.ts';

export const logStreams = ['stdout', 'stderr'] as const;
export type LogStream = (typeof logStreams)[number];

/** Which log: every attempt has its own. */
export interface LogName {
  readonly job: string;
  readonly attempt: number;
  readonly stream: LogStream;
}

export interface LogPart {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly next: number;
  /** Of the whole log at that moment. */
  readonly size: number;
}

/** What a log may hold; what comes behind it is dropped, and the run is told nothing. */
export const mostLogBytes = 256 * 1024 * 1024;

/** Logs of jobs as files below a folder, written as the agents send them. */
export class JobLogs {
  readonly #folder: string;
  readonly #news = new Map<string, News>();
  readonly #writing = new OneAtATime();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Writes bytes at their place. What is there already is not written again, so repeating a request changes nothing. Answers
   * the size. Throws JQ_LOG_GAP when bytes before these are missing, JQ_STORE_UNAVAILABLE.
   */
  async append(name: LogName, offset: number, bytes: Uint8Array): Promise<number> {
    const path = this.#path(name);
    return this.#writing.run([path], async () => {
      await mkdir(join(this.#folder, folderOf(name.job)), { recursive: true, mode: 0o700 });
      await using file = await open(path, 'a', 0o600);
      const { size } = await file.stat();
      if (offset > size)
        throw new JuqueueError('JQ_LOG_GAP', `The log has ${size} bytes, the part begins at ${offset}.`, `Send from byte ${size} on.`);
      const news = bytes.subarray(size - offset, Math.max(0, mostLogBytes - offset));
      if (news.length === 0) return Math.max(size, offset + bytes.length > mostLogBytes ? offset + bytes.length : size);
      await file.appendFile(news).catch((error: unknown) => {
        throw asUnavailable(error);
      });
      this.#news.get(name.job)?.tell();
      return size + news.length;
    });
  }

  /** The bytes from `offset` on; none when there is no such log yet. */
  async read(name: LogName, offset: number, limit: number): Promise<LogPart> {
    const path = this.#path(name);
    const size = await stat(path).then(
      (found) => found.size,
      () => 0,
    );
    const length = Math.max(0, Math.min(limit, size - offset));
    if (length === 0) return { bytes: new Uint8Array(), from: offset, next: offset, size };
    await using file = await open(path, 'r');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
    return { bytes: buffer.subarray(0, bytesRead), from: offset, next: offset + bytesRead, size };
  }

  async remove(job: string): Promise<void> {
    await rm(join(this.#folder, folderOf(job)), { recursive: true, force: true });
  }

  /** Tells of every write to the job's logs. */
  newsOf(job: string): News {
    const known = this.#news.get(job);
    if (known !== undefined) return known;
    for (const [id, news] of this.#news) if (news.waiting === 0) this.#news.delete(id);
    const news = new News();
    this.#news.set(job, news);
    return news;
  }

  #path({ job, attempt, stream }: LogName): string {
    return join(this.#folder, folderOf(job), `${attempt}.${stream}`);
  }
}

/** Ids begin with their time: the last digits spread jobs over folders. */
function folderOf(job: string): string {
  return join(job.slice(-2), job);
}
