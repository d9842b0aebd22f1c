/** One record of a CSV file and the line that it begins in, from 1. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

/**
 * The records of a CSV text as RFC 4180 has them: fields in quotes may hold commas, line ends and doubled quotes. Empty lines
 * are no records. `unclosedLine` is the line of a quote that is never closed.
 */
export function parseCsv(text: string): { readonly records: readonly CsvRecord[]; readonly unclosedLine: number | null } {
  const records: CsvRecord[] = [];
  let line = 1;
  let position = 0;
  while (position < text.length) {
    const fields: string[] = [];
    const firstLine = line;
    for (;;) {
      const field = fieldAt(text, position);
      if (field === null) return { records, unclosedLine: line };
      fields.push(field.value);
      line += field.lineEnds;
      position = field.end + 1;
      if (text[field.end] !== ',') break;
    }
    line += 1;
    if (fields.length > 1 || fields[0] !== '') records.push({ line: firstLine, fields });
  }
  return { records, unclosedLine: null };
}

/** The field that begins here; `end` is the offset of the comma or line end after it. Null when its quote is not closed. */
function fieldAt(text: string, start: number): { readonly value: string; readonly end: number; readonly lineEnds: number } | null {
  if (text[start] !== '"') {
    let end = start;
    while (end < text.length && text[end] !== ',' && text[end] !== '\n') end += 1;
    return { value: text.slice(start, end).replace(/\r$/, ''), end, lineEnds: 0 };
  }
  let value = '';
  for (let from = start + 1; ;) {
    const quote = text.indexOf('"', from);
    if (quote === -1) return null;
    value += text.slice(from, quote);
    if (text[quote + 1] !== '"') {
      const after = /[,\n]|$/g;
      after.lastIndex = quote + 1;
      const end = after.exec(text)?.index ?? text.length;
      return { value, end, lineEnds: value.split('\n').length - 1 };
    }
    value += '"';
    from = quote + 2;
  }
}
