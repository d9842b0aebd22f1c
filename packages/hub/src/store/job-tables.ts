import type { DatabaseSync } from 'node:sqlite';
import type { JobDefinition, JobState, ListedJob } from '../model/job.ts';
import type { IdempotencyRow, JobChange, JobQuestion } from './store-shapes.ts';

/** Jobs and their events. */
export function jobTables(db: DatabaseSync) {
  const begin = db.prepare('BEGIN IMMEDIATE');
  const end = db.prepare('COMMIT');
  const addEvent = db.prepare('INSERT INTO events (job, queue, owner, at_ms, actor, status, event) VALUES (?, ?, ?, ?, ?, ?, ?)');
  const putJob = db.prepare(
    'INSERT INTO jobs (id, owner, queue, status, content_hash, state) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET status = excluded.status, state = excluded.state',
  );
  const removeJob = db.prepare('DELETE FROM jobs WHERE id = ?');
  const removeDefinition = db.prepare('DELETE FROM definitions WHERE job = ?');
  const removeWebhooks = db.prepare('DELETE FROM webhooks WHERE job = ?');
  const addDefinition = db.prepare('INSERT INTO definitions (job, definition) VALUES (?, ?)');
  const addKey = db.prepare('INSERT OR REPLACE INTO idempotency_keys (owner, key, body_hash, job, at_ms) VALUES (?, ?, ?, ?, ?)');
  const addWebhook = db.prepare(
    "INSERT INTO webhooks (id, job, callback, occasion, at_ms, state) VALUES (?, ?, ?, ?, ?, 'pending') ON CONFLICT (id) DO NOTHING",
  );
  const openJobs = db.prepare("SELECT state FROM jobs WHERE status IN ('created', 'queued', 'claimed', 'running', 'dead')");
  const oneJob = db.prepare('SELECT state FROM jobs WHERE id = ?');
  const oneDefinition = db.prepare('SELECT definition FROM definitions WHERE job = ?');
  const takingJob = db.prepare(
    "SELECT jobs.id FROM jobs JOIN definitions ON definitions.job = jobs.id WHERE jobs.status IN ('created', 'queued', 'claimed', 'running', 'dead') AND instr(definitions.definition, ?) > 0 LIMIT 1",
  );
  const oneKey = db.prepare('SELECT body_hash, job, at_ms FROM idempotency_keys WHERE owner = ? AND key = ?');
  const sameContent = db.prepare(
    "SELECT state FROM jobs WHERE owner = ? AND content_hash = ? AND status IN ('created', 'queued', 'claimed', 'running', 'finished') ORDER BY id DESC LIMIT 1",
  );
  const dropKeys = db.prepare('DELETE FROM idempotency_keys WHERE at_ms < ?');

  const write = (change: JobChange): number => {
    let seq = 0;
    change.records.forEach(({ atMs, actor, event }, index) => {
      seq = Number(
        addEvent.run(change.job, change.queue, change.owner, atMs, actor, change.statuses[index] ?? 'created', JSON.stringify(event))
          .lastInsertRowid,
      );
    });
    if (change.definition !== null) addDefinition.run(change.job, JSON.stringify(change.definition));
    if (change.state === null) for (const remove of [removeJob, removeDefinition, removeWebhooks]) remove.run(change.job);
    const { state } = change;
    if (state !== null) putJob.run(state.id, state.owner, state.order.queue, state.status, state.contentHash, JSON.stringify(state));
    if (change.idempotency !== null)
      addKey.run(
        change.idempotency.owner,
        change.idempotency.key,
        change.idempotency.bodyHash,
        change.idempotency.job,
        change.idempotency.atMs,
      );
    for (const { id, job, callback, occasion, atMs } of change.webhooks) addWebhook.run(id, job, callback, occasion, atMs);
    return seq;
  };

  const list = <Row>(column: string, { owner, queue, statuses, before, limit }: JobQuestion): readonly Row[] => {
    const conditions = [
      ...(owner === null ? [] : ['owner = ?']),
      ...(queue === null ? [] : ['queue = ?']),
      ...(statuses === null ? [] : [`status IN (${statuses.map(() => '?').join(', ')})`]),
      ...(before === null ? [] : ['id < ?']),
    ];
    const values = [owner, queue, ...(statuses ?? []), before].filter((value) => value !== null);
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    return db
      .prepare(`SELECT ${column} AS state FROM jobs ${where} ORDER BY id DESC LIMIT ?`)
      .all(...values, limit)
      .map((row) => JSON.parse(String(row['state'])) as Row);
  };

  return {
    /** All changes in one transaction. Answers the number of the last event of each. */
    commit: (changes: readonly JobChange[]): readonly number[] => {
      begin.run();
      try {
        const seqs = changes.map(write);
        end.run();
        return seqs;
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK');
        throw error;
      }
    },
    /** Jobs that may still change. */
    openJobs: (): readonly JobState[] => openJobs.all().map(stateOf),
    job: (id: string): JobState | null => stateOrNull(oneJob.get(id)),
    definition: (job: string): JobDefinition | null => {
      const row = oneDefinition.get(job);
      return row === undefined ? null : (JSON.parse(String(row['definition'])) as JobDefinition);
    },
    /** A job that may still be executed and takes this artifact. */
    openJobTaking: (artifact: string): string | null => {
      const row = takingJob.get(JSON.stringify(artifact));
      return row === undefined ? null : String(row['id']);
    },
    /** The newest job of the owner with this content that may still finish or has. */
    jobWithContent: ({ owner, contentHash }: { readonly owner: string; readonly contentHash: string }): JobState | null =>
      stateOrNull(sameContent.get(owner, contentHash)),
    idempotencyKey: ({ owner, key }: { readonly owner: string; readonly key: string }): IdempotencyRow | null => {
      const row = oneKey.get(owner, key);
      return row === undefined
        ? null
        : { owner, key, bodyHash: String(row['body_hash']), job: String(row['job']), atMs: Number(row['at_ms']) };
    },
    forgetKeysBefore: (atMs: number): void => void dropKeys.run(atMs),
    /** Newest first. */
    listJobs: (question: JobQuestion): readonly JobState[] => list<JobState>('state', question),
    /** Newest first; outputs may have megabytes each, and a list a thousand rows. */
    listJobSummaries: (question: JobQuestion): readonly ListedJob[] =>
      list<ListedJob>("json_remove(state, '$.result.output', '$.result.stdoutTail', '$.result.stderrTail')", question),
    countJobs: (owner: string | null): readonly { readonly queue: string; readonly status: JobState['status']; readonly count: number }[] =>
      db
        .prepare(`SELECT queue, status, count(*) AS count FROM jobs ${owner === null ? '' : 'WHERE owner = ?'} GROUP BY queue, status`)
        .all(...(owner === null ? [] : [owner]))
        .map((row) => ({ queue: String(row['queue']), status: String(row['status']) as JobState['status'], count: Number(row['count']) })),
  };
}

function stateOf(row: Record<string, unknown>): JobState {
  return JSON.parse(String(row['state'])) as JobState;
}

function stateOrNull(row: Record<string, unknown> | undefined): JobState | null {
  return row === undefined ? null : stateOf(row);
}
