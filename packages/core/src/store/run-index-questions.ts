import type { DatabaseSync } from 'node:sqlite';
import type { AttemptRow, RunQuery, RunRow, RunSort, RunSortKey } from '../ports/run-index.ts';
import type { LoadQuestion, LoadSample } from '../model/load.ts';
import type { NodeMarkQuestion } from '../model/node-mark.ts';
import type { TimelineQuestion } from '../model/node-timeline.ts';
import type { Selector } from '../select/selector.ts';
import type { IndexQuestion } from './run-index-protocol.ts';
import { assertNever } from '../model/assert.ts';
import { selectorSql } from '../select/selector-sql.ts';
import { checkLimit, cursorAfter, readCursor, sortedParameter } from './run-index-cursor.ts';
import { failures } from './run-index-failures.ts';
import { countFacets } from './run-index-facets.ts';
import { drawnTogether, segmentsOfAttempt } from './slot-segments.ts';
import { loadCurve, sampleEveryMs } from './load-curve.ts';
import { mostMarks } from './node-marks.ts';
import type { KeptMark } from './node-marks.ts';
import { fittingRows } from './run-index-page.ts';

/** Sort keys whose order an index holds. For all others a walk over the table is faster than by any index. */
const indexedSorts: ReadonlySet<RunSort> = new Set<RunSortKey>(['id', 'changed']);

/** What rows are sorted by, as SQL. A blob comes after every number and text: the run does not have that parameter. */
function sortSql(sort: RunSort): { readonly text: string; readonly join: string; readonly values: readonly string[] } {
  const parameter = sortedParameter(sort);
  if (parameter === null) return { text: sort === 'node' ? `IFNULL(runs.node, '')` : `runs.${sort}`, join: '', values: [] };
  return {
    text: `COALESCE(sorting.value_number, sorting.value_text, x'')`,
    join: 'LEFT JOIN parameters AS sorting ON sorting.run = runs.number AND sorting.name = ?',
    values: [parameter],
  };
}

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

/** One row more than asked for is looked up, to know whether there is a next page. */
function listRuns(database: DatabaseSync, query: RunQuery): string {
  checkLimit(query.limit);
  const cursor = readCursor(query);
  const sorted = sortSql(query.sort);
  const condition = selectorSql(query.selector);
  const direction = query.descending ? 'DESC' : 'ASC';
  const after = cursor === null ? '' : `AND (${sorted.text}, runs.id) ${query.descending ? '<' : '>'} (?, ?)`;
  const found = database
    .prepare(
      `SELECT row, parameters
       FROM (SELECT runs.number AS number, runs.id AS id, ${sorted.text} AS sorted FROM runs ${indexedSorts.has(query.sort) ? '' : 'NOT INDEXED'} ${sorted.join}
             WHERE ${condition.text} ${after} ORDER BY sorted ${direction}, id ${direction} LIMIT ? OFFSET ?) AS page
       JOIN run_rows ON run_rows.run = page.number ORDER BY page.sorted ${direction}, page.id ${direction}`,
    )
    .all(...sorted.values, ...condition.values, ...(cursor === null ? [] : [cursor.value ?? missing, cursor.id]), query.limit + 1, query.skip ?? 0) as unknown as readonly FoundRow[];
  const upToLimit = found.slice(0, query.limit).map(({ row, parameters }) => `${row.slice(0, -1)},"parameters":${parameters}}`);
  const rows = upToLimit.slice(0, fittingRows(upToLimit, query.maxBytes));
  const last = rows.at(-1);
  const nextCursor = found.length > rows.length && last !== undefined ? cursorAfter(JSON.parse(last) as RunRow, query) : null;
  return `{"rows":[${rows.join(',')}],"nextCursor":${JSON.stringify(nextCursor)}}`;
}

interface FoundRow {
  readonly row: string;
  readonly parameters: string;
}

const missing = new Uint8Array();

function countRuns(database: DatabaseSync, selector: Selector): number {
  const condition = selectorSql(selector);
  return Number(database.prepare(`SELECT COUNT(*) AS count FROM runs WHERE ${condition.text}`).get(...condition.values)?.['count']);
}

function selectRuns(database: DatabaseSync, selector: Selector): string {
  const condition = selectorSql(selector);
  const found = database.prepare(`SELECT id FROM runs WHERE ${condition.text} ORDER BY id`).all(...condition.values);
  return JSON.stringify(found.map((row) => row['id']));
}

function slotSegments(database: DatabaseSync, question: TimelineQuestion): string {
  const attempts = database.prepare('SELECT row FROM attempts WHERE node = ? AND placed < ? AND (ended = 0 OR ended > ?)');
  const segments = question.nodes.flatMap((node) =>
    attempts.all(node, question.toMs, question.fromMs).flatMap((found) => segmentsOfAttempt(JSON.parse(String(found['row'])) as AttemptRow, question)),
  );
  return JSON.stringify(drawnTogether(segments, question.bucketMs));
}

function nodeMarks(database: DatabaseSync, { nodes, fromMs, toMs }: NodeMarkQuestion): string {
  const marksOf = database.prepare('SELECT mark FROM node_marks WHERE node = ? AND at >= ? AND at < ? ORDER BY at LIMIT ?');
  const nextNode = database.prepare('SELECT node FROM attempts WHERE run = ? AND attempt > ? ORDER BY attempt LIMIT 1');
  const kept = nodes.flatMap((node) => marksOf.all(node, fromMs, toMs, mostMarks).map((found) => JSON.parse(String(found['mark'])) as KeptMark));
  const told = kept.sort((a, b) => a.atMs - b.atMs).slice(0, mostMarks);
  return JSON.stringify(told.map(({ attempt, ...mark }) => ({ ...mark, toNode: (mark.run === null ? undefined : nextNode.get(mark.run, attempt)?.['node']) ?? null })));
}

function* loadSamples(database: DatabaseSync, { fromMs, toMs }: LoadQuestion): Generator<LoadSample> {
  const before = 'SELECT sample FROM load WHERE bucket <= ? AND at <= ? ORDER BY bucket DESC LIMIT 1';
  const within = 'SELECT sample FROM load WHERE bucket >= ? AND at > ? AND at < ? ORDER BY bucket';
  const bucket = Math.floor(fromMs / sampleEveryMs);
  const found = database.prepare(before).get(bucket, fromMs);
  if (found !== undefined) yield JSON.parse(String(found['sample'])) as LoadSample;
  for (const row of database.prepare(within).iterate(bucket, fromMs, toMs)) yield JSON.parse(String(row['sample'])) as LoadSample;
}

function events(database: DatabaseSync, question: Extract<IndexQuestion, { kind: 'events' }>): string {
  const { afterSeq, limit, run } = question;
  checkLimit(limit);
  if (run === null) return jsonList(database.prepare('SELECT stored AS json FROM events WHERE seq > ? ORDER BY seq LIMIT ?').all(afterSeq, limit));
  const sql = 'SELECT stored AS json FROM event_runs JOIN events USING (seq) WHERE event_runs.run = ? AND event_runs.seq > ? ORDER BY event_runs.seq LIMIT ?';
  return jsonList(database.prepare(sql).all(run, afterSeq, limit));
}

function jsonList(rows: readonly Readonly<Record<string, unknown>>[]): string {
  return `[${rows.map((row) => row['json']).join(',')}]`;
}
