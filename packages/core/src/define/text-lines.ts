import { LineCounter } from 'yaml';

/** Where the lines of a text begin. The YAML parser's own count is wrong after some unfinished quotes. */
export function linesOf(text: string): LineCounter {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', end + 1)) lines.addNewLine(end + 1);
  return lines;
}

/** The text of a line, from 1, without its end. */
export function lineOf(text: string, lines: LineCounter, number: number): string {
  const start = lines.lineStarts[number - 1] ?? 0;
  return text.slice(start, lines.lineStarts[number] ?? text.length).replace(/[\r\n]+$/, '');
}
