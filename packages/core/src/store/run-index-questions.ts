import type { DatabaseSync } from 'node:sqlite';
import type { RunQuery, RunRow, RunSortKey } from '../ports/run-index.ts';
import type { Selector } from '../select/selector.ts';
import type { IndexQuestion } from './run-index-protocol.ts';
import { assertNever } from '../model/assert.ts';
import { selectorSql } from '../select/selector-sql.ts';
import { checkLimit, cursorAfter, readCursor } from './run-index-cursor.ts';

/** Column of each sort key, and whether an index holds it: without one a walk over the table is faster than by any index. */
const sortColumns: Readonly<Record<RunSortKey, { readonly column: string; readonly isIndexed: boolean }>> = {
  id: { column: 'id', isIndexed: true },
  changed: { column: 'changed', isIndexed: true },
  created: { column: 'created', isIndexed: false },
  started: { column: 'started', isIndexed: false },
  ended: { column: 'ended', isIndexed: false },
  priority: { column: 'priority', isIndexed: false },
};

/** Answers a question as JSON. Throws JQ_BAD_CURSOR and JQ_BAD_REQUEST. */
export function answerQuestion(database: DatabaseSync, question: IndexQuestion): string {
  switch (question.kind) {
    case 'list-runs':
      return listRuns(database, question.query);
    case 'count-runs':
      return JSON.stringify(countRuns(database, question.selector));
    case 'select-runs':
      return selectRuns(database, question.selector);
    case 'attempts':
      return jsonList(database.prepare('SELECT row AS json FROM attempts WHERE run = ? ORDER BY attempt').all(question.run));
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
  const { column, isIndexed } = sortColumns[query.sort];
  const condition = selectorSql(query.selector);
  const direction = query.descending ? 'DESC' : 'ASC';
  const after = cursor === null ? '' : `AND (${column}, id) ${query.descending ? '<' : '>'} (?, ?)`;
  const found = database
    .prepare(
      `SELECT row, parameters
       FROM (SELECT number, id, ${column} AS sorted FROM runs ${isIndexed ? '' : 'NOT INDEXED'}
             WHERE ${condition.text} ${after} ORDER BY ${column} ${direction}, id ${direction} LIMIT ?) AS page
       JOIN run_rows ON run_rows.run = page.number ORDER BY page.sorted ${direction}, page.id ${direction}`,
    )
    .all(...condition.values, ...(cursor === null ? [] : [cursor.value, cursor.id]), query.limit + 1) as unknown as readonly { readonly row: string; readonly parameters: string }[];
  const rows = found.slice(0, query.limit).map(({ row, parameters }) => `${row.slice(0, -1)},"parameters":${parameters}}`);
  const last = rows.at(-1);
  const nextCursor = found.length > query.limit && last !== undefined ? cursorAfter(JSON.parse(last) as RunRow, query) : null;
  return `{"rows":[${rows.join(',')}],"nextCursor":${JSON.stringify(nextCursor)}}`;
}

function countRuns(database: DatabaseSync, selector: Selector): number {
  const condition = selectorSql(selector);
  return Number(database.prepare(`SELECT COUNT(*) AS count FROM runs WHERE ${condition.text}`).get(...condition.values)?.['count']);
}

function selectRuns(database: DatabaseSync, selector: Selector): string {
  const condition = selectorSql(selector);
  const found = database.prepare(`SELECT id FROM runs WHERE ${condition.text} ORDER BY id`).all(...condition.values);
  return JSON.stringify(found.map((row) => row['id']));
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
