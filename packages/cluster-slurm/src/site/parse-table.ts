/** What a program of a site printed as a table: its own words, which nobody here interprets. */
export interface SiteTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Sites change their programs; a bill of thousands of accounts is nobody's of ours. */
const rowsMax = 50;
const cellMax = 200;

/** A heading and rows, parted by `|`, tabs or semicolons; null when there is no heading with rows below it. */
export function parseTable(stdout: string): SiteTable | null {
  const lines = stdout
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line.trim() !== '');
  const separator = ['|', '\t', ';'].find((candidate) => lines[0]?.includes(candidate));
  if (separator === undefined || lines.length < 2) return null;
  const [heading = [], ...rows] = lines.map((line) => line.split(separator).map((cell) => cell.trim().slice(0, cellMax)));
  // `--parsable` of Slurm ends each line with its separator.
  const count = heading.at(-1) === '' ? heading.length - 1 : heading.length;
  return {
    columns: heading.slice(0, count),
    rows: rows.slice(0, rowsMax).map((row) => Array.from({ length: count }, (_, i) => row[i] ?? '')),
  };
}
