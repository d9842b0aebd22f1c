import type { RunIndex, RunRow, Selector } from '@juqueue/core';

const columns = [
  'id',
  'experiment',
  'name',
  'status',
  'reason',
  'detail',
  'clusters',
  'node',
  'attempt',
  'priority',
  'slots',
  'createdAtMs',
  'changedAtMs',
  'startedAtMs',
  'endedAtMs',
  'exitCode',
  'failure',
] as const;
const rowsPerPage = 1_000;

/**
 * The matching runs as CSV (RFC 4180) in the order of their ids, page by page: a run each, times as ISO 8601, a column
 * `parameters.<name>` for each parameter. Runs of so many experiments that nobody counts their parameters have one column
 * `parameters` with JSON instead.
 */
export async function* runsAsCsv(index: Pick<RunIndex, 'listRuns' | 'countFacets'>, selector: Selector): AsyncGenerator<string> {
  const { parameters } = await index.countFacets(selector);
  const names = parameters.map(({ name }) => name);
  yield line([
    ...columns.map((column) => column.replace(/Ms$/, '')),
    ...(names.length === 0 ? ['parameters'] : names.map((name) => `parameters.${name}`)),
  ]);
  for (let cursor: string | null = null; ;) {
    const page = await index.listRuns({ selector, sort: 'id', descending: false, limit: rowsPerPage, cursor });
    yield page.rows.map((row) => line([...columns.map((column) => cell(row, column)), ...parameterCells(row, names)])).join('');
    cursor = page.nextCursor;
    if (cursor === null) return;
  }
}

function parameterCells({ parameters }: RunRow, names: readonly string[]): readonly string[] {
  if (names.length === 0) return [Object.keys(parameters).length === 0 ? '' : JSON.stringify(parameters)];
  return names.map((name) => (Object.hasOwn(parameters, name) ? String(parameters[name]) : ''));
}

function cell(row: RunRow, column: (typeof columns)[number]): string {
  if (column === 'clusters') return row.clusters.join(' ');
  const value = row[column];
  if (value === null) return '';
  return column.endsWith('AtMs') ? new Date(Number(value)).toISOString() : String(value);
}

function line(cells: readonly string[]): string {
  return `${cells.map(quoted).join(',')}\r\n`;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
