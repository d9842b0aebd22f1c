/** Rows of words in columns that line up; numbers (`>` before a heading) to the right. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const isRight = headings.map((heading) => heading.startsWith('>'));
  // A line break in a cell would begin a row that nobody has.
  const all = [
    headings.map((heading) => heading.replace(/^>/, '')),
    ...rows.map((row) => row.map((cell) => cell.replace(/\s*[\r\n]\s*/g, ' '))),
  ];
  const widths = headings.map((_heading, column) => Math.max(...all.map((row) => visibleLength(row[column] ?? ''))));
  return all
    .map((row) =>
      row
        .map((cell, column) => {
          const padding = ' '.repeat((widths[column] ?? 0) - visibleLength(cell));
          return isRight[column] === true ? padding + cell : cell + padding;
        })
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

function visibleLength(text: string): number {
  return text.replace(/\u001b\[[0-9;]*m/g, '').length;
}
