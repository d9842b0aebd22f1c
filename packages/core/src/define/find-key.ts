import type { ValuePath } from './source.ts';

/**
 * Where a key stands in the call that begins at `offset`, or the value after it, as offsets on one line; null when the call
 * does not name it (it came from a variable, or a loop). The languages of definitions write a key as `key:`, `key=` or
 * `"key":`. Of a path the keys are looked for one after the other; what is not found leaves the place of the last that is.
 */
export function findKey(
  text: string,
  offset: number,
  path: ValuePath,
  at: 'key' | 'value',
): { readonly start: number; readonly end: number } | null {
  const end = callEnd(text, offset);
  let from = offset;
  let found: { readonly start: number; readonly end: number; readonly valueStart: number } | null = null;
  let isComplete = true;
  for (const step of path) {
    if (typeof step === 'number' || /^\d+$/.test(step)) continue;
    const next = keyAt(text, from, end, step);
    if (next === null) {
      isComplete = false;
      break;
    }
    found = next;
    from = next.end;
  }
  if (found === null) return null;
  return at === 'value' && isComplete ? valueAt(text, found.valueStart, end) : found;
}

/** Calls longer than this are not looked through for each of many problems. */
const longestCall = 20_000;

/** Offset after the bracket that closes the first one at or after `offset`; the end of the line when there is none. */
function callEnd(text: string, offset: number): number {
  let depth = 0;
  let quote = '';
  for (let index = offset; index < Math.min(text.length, offset + longestCall); index++) {
    const letter = text.charAt(index);
    if (quote !== '') {
      if (letter === '\\') index += 1;
      else if (letter === quote) quote = '';
    } else if (letter === '"' || letter === "'" || letter === '`') quote = letter;
    else if ('([{'.includes(letter)) depth += 1;
    else if (')]}'.includes(letter) && --depth <= 0) return index + 1;
    else if (letter === '\n' && depth === 0) return index;
  }
  return Math.min(text.length, offset + longestCall);
}

function keyAt(
  text: string,
  from: number,
  end: number,
  key: string,
): { readonly start: number; readonly end: number; readonly valueStart: number } | null {
  const word = key.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pattern = new RegExp(`(?<![\\w$.'"])(["']?)(${word})\\1\\s*(?:[:=](?!=)\\s*|(?=[,}\\n]))`, 'g');
  pattern.lastIndex = from;
  const match = pattern.exec(text);
  if (match === null || match.index >= end) return null;
  const start = match.index + (match[1] ?? '').length;
  return { start, end: start + key.length, valueStart: match.index + match[0].length };
}

/** A text, number or word is shown whole; of brackets only the first character. */
function valueAt(text: string, start: number, end: number): { readonly start: number; readonly end: number } {
  const match = /^(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[\w.+-]+)/.exec(text.slice(start, end));
  return { start, end: start + (match?.[0].length ?? 1) };
}
