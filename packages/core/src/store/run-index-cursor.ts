import type { RunQuery, RunRow, RunSortKey } from '../ports/run-index.ts';
import { assertNever } from '../model/assert.ts';
import { JuqueueError } from '../model/errors.ts';

/** The most rows of one page. */
export const longestPage = 1_000;

/** Where a page ended: the sort value and id of its last row. */
export interface RunCursor {
  readonly value: string | number;
  readonly id: string;
}

/** What rows are sorted by; a time that a run does not have counts as 0. */
export function sortValue(row: RunRow, sort: RunSortKey): string | number {
  switch (sort) {
    case 'id':
      return row.id;
    case 'changed':
      return row.changedAtMs;
    case 'created':
      return row.createdAtMs;
    case 'started':
      return row.startedAtMs ?? 0;
    case 'ended':
      return row.endedAtMs ?? 0;
    case 'priority':
      return row.priority;
    default:
      return assertNever(sort);
  }
}

/** The opaque text that the next page is asked with. */
export function cursorAfter(row: RunRow, query: RunQuery): string {
  return Buffer.from(JSON.stringify([query.sort, query.descending, sortValue(row, query.sort), row.id])).toString('base64url');
}

/** Reads the cursor of a question; null when it begins at the first row. Throws JQ_BAD_CURSOR. */
export function readCursor(query: RunQuery): RunCursor | null {
  if (query.cursor === null) return null;
  const [sort, descending, value, id] = partsOf(query.cursor);
  const isValue = query.sort === 'id' ? typeof value === 'string' : typeof value === 'number';
  if (sort !== query.sort || descending !== query.descending || !isValue || typeof id !== 'string') {
    throw new JuqueueError('JQ_BAD_CURSOR', `The cursor '${query.cursor}' does not belong to a list sorted by ${query.sort}.`, 'Begin again without a cursor.');
  }
  return { value: value as string | number, id };
}

function partsOf(cursor: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}

/** Throws JQ_BAD_REQUEST unless the limit is one that a page may have. */
export function checkLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= longestPage) return;
  throw new JuqueueError('JQ_BAD_REQUEST', `A page holds 1 to ${longestPage} rows, not ${limit}.`);
}
