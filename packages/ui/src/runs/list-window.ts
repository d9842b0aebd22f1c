import { wordsOf } from './selector-text.ts';

/** Rows are asked for in pages of this many: what a screen shows, and as much again on either side. */
export const pageRows = 100;

/** Numbers of the pages that cover the rows from `first` to `last`, both included. */
export function pagesCovering(first: number, last: number): readonly number[] {
  const from = Math.floor(Math.max(0, first) / pageRows);
  const to = Math.floor(Math.max(0, last) / pageRows);
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** The pages that are seen, then the one after them and the one before, as far as there are any. */
export function withNeighbours(seen: readonly number[], lastPage: number): readonly number[] {
  const [first = 0, last = 0] = [seen[0], seen.at(-1)];
  return [...seen, last + 1, first - 1].filter((page) => page >= 0 && page <= lastPage);
}

/** Whether rows that were asked for with the fields `by` hold these; `parameters` holds each of them. */
export function areCovered(fields: readonly string[], by: readonly string[]): boolean {
  return fields.every((field) => by.includes(field) || (field.startsWith('parameters.') && by.includes('parameters')));
}

/** Whether two pages list the same runs in the same order, so that one may replace the other without anything moving. */
export function haveSameOrder(a: readonly { readonly id: string }[], b: readonly { readonly id: string }[]): boolean {
  return a.length === b.length && a.every(({ id }, index) => id === b[index]?.id);
}

/** The rows as they stand, each with its newest values; what is not among the new ones stays as it was. */
export function patched<T extends { readonly id: string }>(shown: readonly T[], fresh: readonly T[]): readonly T[] {
  const byId = new Map(fresh.map((row) => [row.id, row]));
  return shown.map((row) => byId.get(row.id) ?? row);
}

/** Whether runs keep their places in a list whatever they do: neither its filter nor its order depends on what a run does. */
export function isLasting(q: string, sort: string): boolean {
  return /^-?(id$|parameters\.)/.test(sort) && wordsOf(q).every((word) => !/^(state|reason|node|failure):/.test(word));
}
