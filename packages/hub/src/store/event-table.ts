import type { DatabaseSync } from 'node:sqlite';
import type { JobEvent, StoredJobRecord } from '../model/job-event.ts';
import type { JobStatus } from '../model/job.ts';
import type { EventQuestion } from './store-shapes.ts';

/** Reading the record; only jobs write it. */
export function eventTable(db: DatabaseSync) {
  const newest = db.prepare('SELECT max(seq) AS seq FROM events');
  return {
    events: ({ afterSeq, owner, queue, job, limit }: EventQuestion): readonly StoredJobRecord[] => {
      const conditions = ['seq > ?', ...(owner === null ? [] : ['owner = ?']), ...(queue === null ? [] : ['queue = ?']), ...(job === null ? [] : ['job = ?'])];
      const values = [afterSeq, owner, queue, job].filter((value) => value !== null);
      return db
        .prepare(`SELECT * FROM events WHERE ${conditions.join(' AND ')} ORDER BY seq LIMIT ?`)
        .all(...values, limit)
        .map((row) => ({
          seq: Number(row['seq']),
          job: String(row['job']),
          queue: String(row['queue']),
          owner: String(row['owner']),
          atMs: Number(row['at_ms']),
          actor: String(row['actor']),
          status: String(row['status']) as JobStatus,
          event: JSON.parse(String(row['event'])) as JobEvent,
        }));
    },
    newestSeq: (): number => Number(newest.get()?.['seq'] ?? 0),
  };
}
