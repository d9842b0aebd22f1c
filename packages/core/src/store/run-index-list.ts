import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { RunQuery, RunRow, RunSort, RunSortKey } from '../ports/run-index.ts';
import type { Selector } from '../select/selector.ts';
import { selectorSql } from '../select/selector-sql.ts';
import { checkLimit, cursorAfter, readCursor, sortedParameter } from './run-index-cursor.ts';
import type { RunCursor } from './run-index-cursor.ts';
import { fittingRows } from './run-index-page.ts';

/** Sort keys whose order an index holds. For all others a walk over the table is faster than by any index. */
const indexedSorts: ReadonlySet<RunSort> = new Set<RunSortKey>(['id', 'changed']);

/** Where fewer runs match, it is faster to look up their values than to follow the order of the values. */
const fewRuns = 5_000;

/** To pass more rows than these costs more than to count all and come from the nearer end. */
const farRows = 2_000;

interface FoundRow {
  readonly row: string;
  readonly parameters: string;
}

interface Part {
  readonly offset: number;
  readonly limit: number;
}

/** A page as JSON. One row more than asked for is looked up, to know whether there is a next one. */
export function listRuns(database: DatabaseSync, query: RunQuery): string {
  checkLimit(query.limit);
  const cursor = readCursor(query);
  const parameter = sortedParameter(query.sort);
  const found = parameter === null ? byColumn(database, query, cursor) : byParameter(database, query, parameter, cursor);
  const upToLimit = found.slice(0, query.limit).map(({ row, parameters }) => `${row.slice(0, -1)},"parameters":${parameters}}`);
  const rows = upToLimit.slice(0, fittingRows(upToLimit, query.maxBytes));
  const last = rows.at(-1);
  const nextCursor = found.length > rows.length && last !== undefined ? cursorAfter(JSON.parse(last) as RunRow, query) : null;
  return `{"rows":[${rows.join(',')}],"nextCursor":${JSON.stringify(nextCursor)}}`;
}

export function countRuns(database: DatabaseSync, selector: Selector): number {
  const condition = selectorSql(selector);
  return Number(database.prepare(`SELECT COUNT(*) AS count FROM runs WHERE ${condition.text}`).get(...condition.values)?.['count']);
}

function byColumn(database: DatabaseSync, query: RunQuery, cursor: RunCursor | null): readonly FoundRow[] {
  const condition = selectorSql(query.selector);
  const sorted = query.sort === 'node' ? `IFNULL(runs.node, '')` : `runs.${query.sort}`;
  const after = cursor === null ? null : `(${sorted}, runs.id) ${query.descending ? '<' : '>'} (?, ?)`;
  const from = `runs ${indexedSorts.has(query.sort) ? '' : 'NOT INDEXED'}`;
  const values = [...condition.values, ...(cursor === null ? [] : [cursor.value, cursor.id])];
  const page = wholePage(query);
  return rowsOf(
    database,
    { sorted, from, where: [condition.text, after], values, descending: query.descending },
    page,
    isFar(page) && cursor === null ? countRuns(database, query.selector) : null,
  );
}

/** Runs that have the parameter, in the order of its values, then those that do not have it: so in both directions. */
function byParameter(database: DatabaseSync, query: RunQuery, parameter: string, cursor: RunCursor | null): readonly FoundRow[] {
  const page = wholePage(query);
  const matching = countRuns(database, query.selector);
  const isMany = matching > fewRuns;
  const lacking = withoutParameter(query, parameter, cursor?.value === null ? cursor.id : null, isMany);
  if (cursor?.value === null) return rowsOf(database, lacking, page);
  const size = page.offset > 0 && cursor === null ? countHaving(database, query.selector, parameter, matching) : null;
  const found = size !== null && page.offset >= size ? [] : rowsOf(database, havingParameter(query, parameter, cursor, isMany), page, size);
  if (found.length === page.limit || size === matching) return found;
  const passed = found.length > 0 ? page.offset : (size ?? 0);
  return [...found, ...rowsOf(database, lacking, { offset: page.offset - passed, limit: page.limit - found.length })];
}

function isFar({ offset }: Part): boolean {
  return offset > farRows;
}

interface Walk {
  /** What rows are sorted by, before their ids. */
  readonly sorted: string;
  readonly from: string;
  readonly where: readonly (string | null)[];
  readonly values: readonly SQLInputValue[];
  readonly descending: boolean;
}

const parameterValue = 'COALESCE(sorting.value_number, sorting.value_text)';

function havingParameter({ selector, descending }: RunQuery, parameter: string, cursor: RunCursor | null, isMany: boolean): Walk {
  const condition = selectorSql(selector, isMany ? 'each' : 'set');
  const [until, beyond] = descending ? ['<=', '<'] : ['>=', '>'];
  return {
    sorted: parameterValue,
    from: isMany
      ? 'parameters AS sorting CROSS JOIN runs ON runs.number = sorting.run'
      : 'runs NOT INDEXED CROSS JOIN parameters AS sorting ON sorting.run = runs.number',
    where: [
      'sorting.name = ?',
      condition.text,
      cursor === null ? null : `${parameterValue} ${until} ? AND (${parameterValue}, runs.id) ${beyond} (?, ?)`,
    ],
    values: [parameter, ...condition.values, ...(cursor === null ? [] : [cursor.value, cursor.value, cursor.id])],
    descending,
  };
}

function withoutParameter({ selector, descending }: RunQuery, parameter: string, afterId: string | null, isMany: boolean): Walk {
  const condition = selectorSql(selector, isMany ? 'each' : 'set');
  const lacks = 'NOT EXISTS (SELECT 1 FROM parameters AS sorting WHERE sorting.run = runs.number AND sorting.name = ?)';
  const after = afterId === null ? null : `runs.id ${descending ? '<' : '>'} ?`;
  return {
    sorted: 'NULL',
    from: 'runs',
    where: [condition.text, lacks, after],
    values: [...condition.values, parameter, ...(afterId === null ? [] : [afterId])],
    descending,
  };
}

/** Of `matching` runs. Where every run has the parameter, and that is common, nothing is looked up. */
function countHaving(database: DatabaseSync, selector: Selector, parameter: string, matching: number): number {
  const lacking = database
    .prepare('SELECT (SELECT COUNT(*) FROM runs) - (SELECT COUNT(*) FROM parameters WHERE name = ?) AS count')
    .get(parameter)?.['count'];
  if (lacking === 0) return matching;
  const condition = selectorSql(selector);
  const having = 'runs.number IN (SELECT run FROM parameters WHERE name = ?)';
  return Number(
    database.prepare(`SELECT COUNT(*) AS count FROM runs WHERE ${condition.text} AND ${having}`).get(...condition.values, parameter)?.[
      'count'
    ],
  );
}

/** `size`: how many rows the walk has in all; with it, a page beyond the middle is reached from the other end. */
function rowsOf(database: DatabaseSync, walk: Walk, part: Part, size: number | null = null): readonly FoundRow[] {
  if (size === null || 2 * part.offset <= size) return walkedRows(database, walk, part);
  const limit = Math.max(0, Math.min(part.limit, size - part.offset));
  return walkedRows(database, { ...walk, descending: !walk.descending }, { offset: size - part.offset - limit, limit }).toReversed();
}

function walkedRows(
  database: DatabaseSync,
  { sorted, from, where, values, descending }: Walk,
  { offset, limit }: Part,
): readonly FoundRow[] {
  const order = (value: string, id: string): string => (descending ? `${value} DESC, ${id} DESC` : `${value}, ${id}`);
  const text = `SELECT row, parameters
     FROM (SELECT runs.number AS number, runs.id AS id, ${sorted} AS sorted FROM ${from} WHERE ${conditions(where)} ORDER BY ${order('sorted', 'runs.id')} LIMIT ? OFFSET ?) AS page
     JOIN run_rows ON run_rows.run = page.number ORDER BY ${order('page.sorted', 'page.id')}`;
  return database.prepare(text).all(...values, limit, offset) as unknown as readonly FoundRow[];
}

function conditions(where: Walk['where']): string {
  return where.filter((each) => each !== null).join(' AND ');
}

function wholePage({ skip = 0, limit }: RunQuery): Part {
  return { offset: skip, limit: limit + 1 };
}
