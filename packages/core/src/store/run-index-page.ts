/** How many of these rows fit below `maxBytes` of JSON, separators included: at least one, all when there is no bound. */
export function fittingRows(rows: readonly string[], maxBytes: number | undefined): number {
  if (maxBytes === undefined) return rows.length;
  let bytes = 0;
  for (const [index, row] of rows.entries()) {
    bytes += Buffer.byteLength(row) + 1;
    if (bytes > maxBytes && index > 0) return index;
  }
  return rows.length;
}
