import type { DatabaseSync } from 'node:sqlite';
import type { AttemptRow } from '../ports/run-index.ts';
import type { DispatchQuestion, DispatchSample } from '../model/dispatch-time.ts';
import type { LoadQuestion, LoadSample } from '../model/load.ts';
import type { NodeMarkQuestion } from '../model/node-mark.ts';
import type { TimelineQuestion } from '../model/node-timeline.ts';
import type { Selector } from '../select/selector.ts';
import type { IndexQuestion } from './run-index-protocol.ts';
import { assertNever } from '../model/assert.ts';
import { selectorSql } from '../select/selector-sql.ts';
import { checkLimit } from './run-index-cursor.ts';
import { failures } from './run-index-failures.ts';
import { countFacets } from './run-index-facets.ts';
import { drawnTogether, segmentsOfAttempt } from './slot-segments.ts';
import { dispatchSampleEveryMs, dispatchStretches } from './dispatch-stretches.ts';
import { loadCurve, sampleEveryMs } from './load-curve.ts';
import { mostMarks } from './node-marks.ts';
import type { KeptMark } from './node-marks.ts';
import { countRuns, listRuns } from './run-index-list.ts';

/** Answers a question as JSON. Throws JQ_BAD_CURSOR and JQ_BAD_REQUEST. */
export function answerQuestion(database: DatabaseSync, question: IndexQuestion): string {
  switch (question.kind) {
    case 'list-runs':
      return listRuns(database, question.query);
    case 'count-runs':
      return JSON.stringify(countRuns(database, question.selector));
    case 'count-facets':
      return JSON.stringify(countFacets(database, question.selector));
    case 'select-runs':
      return selectRuns(database, question.selector);
    case 'failures':
      return failures(database, question);
    case 'attempts':
      return jsonList(database.prepare('SELECT row AS json FROM attempts WHERE run = ? ORDER BY attempt').all(question.run));
    case 'slot-segments':
      return slotSegments(database, question.question);
    case 'node-marks':
      return nodeMarks(database, question.question);
    case 'load-curve':
      return JSON.stringify(loadCurve(loadSamples(database, question.question), question.question));
    case 'dispatch-stretches':
      return JSON.stringify(
        question.question.clusters.flatMap((cluster) =>
          dispatchStretches(dispatchSamples(database, cluster, question.question), question.question),
        ),
      );
    case 'events':
      return events(database, question);
    case 'applied-seq':
      return JSON.stringify(appliedSeq(database));
    default:
      return assertNever(question);
  }
}

export function appliedSeq(database: DatabaseSync): number {
  return Number(database.prepare(`SELECT value FROM facts WHERE name = 'applied-seq'`).get()?.['value'] ?? 0);
}

function selectRuns(database: DatabaseSync, selector: Selector): string {
  const condition = selectorSql(selector);
  const found = database.prepare(`SELECT id FROM runs WHERE ${condition.text} ORDER BY id`).all(...condition.values);
  return JSON.stringify(found.map((row) => row['id']));
}

function slotSegments(database: DatabaseSync, question: TimelineQuestion): string {
  const attempts = database.prepare('SELECT row FROM attempts WHERE node = ? AND placed < ? AND (ended = 0 OR ended > ?)');
  const segments = question.nodes.flatMap((node) =>
    attempts
      .all(node, question.toMs, question.fromMs)
      .flatMap((found) => segmentsOfAttempt(JSON.parse(String(found['row'])) as AttemptRow, question)),
  );
  return JSON.stringify(drawnTogether(segments, question.bucketMs));
}

function nodeMarks(database: DatabaseSync, { nodes, fromMs, toMs }: NodeMarkQuestion): string {
  const marksOf = database.prepare('SELECT mark FROM node_marks WHERE node = ? AND at >= ? AND at < ? ORDER BY at LIMIT ?');
  const nextNode = database.prepare('SELECT node FROM attempts WHERE run = ? AND attempt > ? ORDER BY attempt LIMIT 1');
  const kept = nodes.flatMap((node) =>
    marksOf.all(node, fromMs, toMs, mostMarks).map((found) => JSON.parse(String(found['mark'])) as KeptMark),
  );
  const told = kept.sort((a, b) => a.atMs - b.atMs).slice(0, mostMarks);
  return JSON.stringify(
    told.map(({ attempt, ...mark }) => ({
      ...mark,
      toNode: (mark.run === null ? undefined : nextNode.get(mark.run, attempt)?.['node']) ?? null,
    })),
  );
}

function* loadSamples(database: DatabaseSync, { fromMs, toMs }: LoadQuestion): Generator<LoadSample> {
  const before = 'SELECT sample FROM load WHERE bucket <= ? AND at <= ? ORDER BY bucket DESC LIMIT 1';
  const within = 'SELECT sample FROM load WHERE bucket >= ? AND at > ? AND at < ? ORDER BY bucket';
  const bucket = Math.floor(fromMs / sampleEveryMs);
  const found = database.prepare(before).get(bucket, fromMs);
  if (found !== undefined) yield JSON.parse(String(found['sample'])) as LoadSample;
  for (const row of database.prepare(within).iterate(bucket, fromMs, toMs)) yield JSON.parse(String(row['sample'])) as LoadSample;
}

function* dispatchSamples(database: DatabaseSync, cluster: string, { fromMs, toMs }: DispatchQuestion): Generator<DispatchSample> {
  const columns = 'SELECT at, dispatch, is_dispatch FROM dispatch WHERE cluster = ?';
  const bucket = Math.floor(fromMs / dispatchSampleEveryMs);
  const sample = (row: Readonly<Record<string, unknown>>): DispatchSample => ({
    cluster,
    atMs: Number(row['at']),
    dispatchMs: Number(row['dispatch']),
    isDispatch: row['is_dispatch'] === 1,
  });
  const found = database.prepare(`${columns} AND bucket <= ? AND at <= ? ORDER BY bucket DESC LIMIT 1`).get(cluster, bucket, fromMs);
  if (found !== undefined) yield sample(found);
  for (const row of database
    .prepare(`${columns} AND bucket >= ? AND at > ? AND at < ? ORDER BY bucket`)
    .iterate(cluster, bucket, fromMs, toMs))
    yield sample(row);
}

function events(database: DatabaseSync, question: Extract<IndexQuestion, { kind: 'events' }>): string {
  const { afterSeq, limit, run } = question;
  checkLimit(limit);
  if (run === null)
    return jsonList(database.prepare('SELECT stored AS json FROM events WHERE seq > ? ORDER BY seq LIMIT ?').all(afterSeq, limit));
  const sql =
    'SELECT stored AS json FROM event_runs JOIN events USING (seq) WHERE event_runs.run = ? AND event_runs.seq > ? ORDER BY event_runs.seq LIMIT ?';
  return jsonList(database.prepare(sql).all(run, afterSeq, limit));
}

function jsonList(rows: readonly Readonly<Record<string, unknown>>[]): string {
  return `[${rows.map((row) => row['json']).join(',')}]`;
}
