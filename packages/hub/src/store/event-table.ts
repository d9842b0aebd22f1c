import type { DatabaseSync } from 'node:sqlite';
import { JuqueueError } from '@juqueue/core';
import { removableThrough } from '../decide/removable-events.ts';
import type { JobEvent, StoredJobRecord } from '../model/job-event.ts';
import type { JobStatus } from '../model/job.ts';
import type { EventPage, EventQuestion, JobEventQuestion, PruneStep } from './store-shapes.ts';

/** Events looked at in one step of removing old ones: commits of jobs do not wait for more. */
const stepEvents = 1_000;

/** Reading the record, and removing what is too old; only jobs write it. */
export function eventTable(db: DatabaseSync) {
  const newest = db.prepare('SELECT max(seq) AS seq FROM events');
  const removed = db.prepare('SELECT through_seq FROM removed_events');
  const noteRemoved = db.prepare('UPDATE removed_events SET through_seq = ? WHERE through_seq < ?');
  const ofJob = db.prepare('SELECT * FROM events WHERE job = ? AND seq > ? ORDER BY seq LIMIT ?');
  const oldest = db.prepare('SELECT seq, at_ms FROM events WHERE seq > ? ORDER BY seq LIMIT ?');
  const slowest = db.prepare('SELECT min(after_seq) AS seq FROM readers WHERE at_ms >= ?');
  const remove = db.prepare(
    "DELETE FROM events WHERE seq > ? AND seq <= ? AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.id = events.job AND jobs.status IN ('created', 'queued', 'claimed', 'running', 'dead'))",
  );
  const newestSeq = (): number => Number(newest.get()?.['seq'] ?? 0);
  const removedThrough = (): number => Number(removed.get()?.['through_seq'] ?? 0);

  return {
    /** What one job has gone through; complete while it is open. */
    eventsOfJob: ({ job, afterSeq, limit }: JobEventQuestion): EventPage => {
      const lookedAt = Math.max(afterSeq, newestSeq());
      const events = ofJob.all(job, afterSeq, limit).map(recordOf);
      return { events, nextAfter: nextAfter(events, limit, lookedAt) };
    },
    /** Behind `afterSeq`; 0 is the oldest that there is. Throws JQ_EVENTS_GONE when some of them have been removed. */
    events: ({ afterSeq, owner, queue, limit }: EventQuestion): EventPage => {
      const conditions = ['seq > ?', ...(owner === null ? [] : ['owner = ?']), ...(queue === null ? [] : ['queue = ?'])];
      const values = [afterSeq, owner, queue].filter((value) => value !== null);
      const lookedAt = Math.max(afterSeq, newestSeq());
      const events = db
        .prepare(`SELECT * FROM events WHERE ${conditions.join(' AND ')} ORDER BY seq LIMIT ?`)
        .all(...values, limit)
        .map(recordOf);
      const goneThrough = removedThrough();
      if (afterSeq > 0 && afterSeq < goneThrough)
        throw new JuqueueError(
          'JQ_EVENTS_GONE',
          `Events up to ${goneThrough} are not kept any more, and this reader stands at ${afterSeq}.`,
          `Go on with after=${goneThrough}; 0 always means the oldest that there is.`,
        );
      return { events, nextAfter: nextAfter(events, limit, lookedAt) };
    },
    newestSeq,
    /**
     * Looks at the next events behind `afterSeq`, oldest first, and removes those that need not be kept. Answers where the next
     * step begins; null when all that follow are kept. The newest event always stays: numbers go on from it.
     */
    removeOldEvents: ({ afterSeq, nowMs, retention }: PruneStep): number | null => {
      const beforeMs = nowMs - retention.keptMs;
      const passedThrough = Math.min(newestSeq() - retention.most, Number(slowest.get(beforeMs)?.['seq'] ?? Infinity));
      const rows = oldest.all(afterSeq, stepEvents + 1).map((row) => ({ seq: Number(row['seq']), atMs: Number(row['at_ms']) }));
      const through = removableThrough(rows, { beforeMs, passedThrough });
      if (through === null) return null;
      db.exec('BEGIN IMMEDIATE');
      try {
        remove.run(afterSeq, through);
        noteRemoved.run(through, through);
        db.exec('COMMIT');
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK');
        throw error;
      }
      return through;
    },
  };
}

function recordOf(row: Record<string, unknown>): StoredJobRecord {
  return {
    seq: Number(row['seq']),
    job: String(row['job']),
    queue: String(row['queue']),
    owner: String(row['owner']),
    atMs: Number(row['at_ms']),
    actor: String(row['actor']),
    status: String(row['status']) as JobStatus,
    event: JSON.parse(String(row['event'])) as JobEvent,
  };
}

/** Behind a full page there may be more; behind any other there is nothing of interest up to what was looked at. */
function nextAfter(events: readonly StoredJobRecord[], limit: number, lookedAt: number): number {
  const last = events.at(-1)?.seq ?? 0;
  return events.length === limit ? last : Math.max(last, lookedAt);
}
