import type { ParameterSort, RunQuery, RunRow, RunSort, RunSortKey } from '../ports/run-index.ts';
import { assertNever } from '../model/assert.ts';
import { JuqueueError } from '../model/errors.ts';
import { compareIds } from '../model/ids.ts';
import { compareCodePoints, parameterNumber, parameterText } from '../select/parameter-order.ts';

/** The most rows of one page. */
export const longestPage = 1_000;

/** Null stands for a parameter that the run does not have, and comes last. */
export type SortValue = string | number | null;

/** Where a page ended: the sort value and id of its last row. */
export interface RunCursor {
  readonly value: SortValue;
  readonly id: string;
}

/** The name of the parameter that a list is sorted by; null when it is sorted by something else. */
export function sortedParameter(sort: RunSort): string | null {
  return isParameterSort(sort) ? sort.slice(parameterPrefix.length) : null;
}

const parameterPrefix = 'parameters.';

function isParameterSort(sort: RunSort): sort is ParameterSort {
  return sort.startsWith(parameterPrefix);
}

/** What rows are sorted by. */
export function sortValue(row: RunRow, sort: RunSort): SortValue {
  if (!isParameterSort(sort)) return columnValue(row, sort);
  const name = sort.slice(parameterPrefix.length);
  const value = Object.hasOwn(row.parameters, name) ? row.parameters[name] : undefined;
  return value === undefined ? null : (parameterNumber(value) ?? parameterText(value));
}

/** The same for a sort key that is no parameter. */
export function columnValue(row: RunRow, sort: RunSortKey): string | number {
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
    case 'duration':
      return row.startedAtMs === null || row.endedAtMs === null ? 0 : Math.max(0, row.endedAtMs - row.startedAtMs);
    case 'priority':
      return row.priority;
    case 'attempt':
      return row.attempt;
    case 'status':
      return row.status;
    case 'reason':
      return row.reason;
    case 'node':
      return row.node ?? '';
    default:
      return assertNever(sort);
  }
}

/**
 * The order of cursors: numbers, text; ids decide between equals. What is missing comes last in both directions (1, -1).
 */
export function compareCursors(a: RunCursor, b: RunCursor, direction: 1 | -1): number {
  if ((a.value === null) !== (b.value === null)) return a.value === null ? 1 : -1;
  return direction * (kindOrder(a.value) - kindOrder(b.value) || compareValues(a.value, b.value) || compareIds(a.id, b.id));
}

function compareValues(a: SortValue, b: SortValue): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return typeof a === 'string' && typeof b === 'string' ? compareCodePoints(a, b) : 0;
}

function kindOrder(value: SortValue): number {
  return typeof value === 'string' ? 1 : 0;
}

/** The opaque text that the next page is asked with. */
export function cursorAfter(row: RunRow, query: RunQuery): string {
  return Buffer.from(JSON.stringify([query.sort, query.descending, sortValue(row, query.sort), row.id])).toString('base64url');
}

/** Reads the cursor of a question; null when it begins at the first row. Throws JQ_BAD_CURSOR. */
export function readCursor(query: RunQuery): RunCursor | null {
  if (query.cursor === null) return null;
  const [sort, descending, value, id] = partsOf(query.cursor);
  const isValue = value === null || typeof value === 'string' || typeof value === 'number';
  if (sort !== query.sort || descending !== query.descending || !isValue || typeof id !== 'string') {
    throw new JuqueueError(
      'JQ_BAD_CURSOR',
      `The cursor '${query.cursor}' does not belong to a list sorted by ${query.sort}.`,
      'Begin again without a cursor.',
    );
  }
  return { value, id };
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
