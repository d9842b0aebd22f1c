import type { PlacedPart, SelectorResult } from './parse-selector.ts';
import type { SelectorProblem } from './selector-problem.ts';
import { suggest } from '../define/suggest.ts';
import { readParts } from './parse-selector.ts';

const keys = ['except', 'state', 'reason', 'experiment', 'cluster', 'node', 'failure', 'where'] as const;

/**
 * The one text form, of search box and query: words separated by spaces, each a run or pattern (`sweep@*`) or
 * `key:value`, as in `sweep@* state:failed,ready node:n1 where:"lr<1e-3 && seed=2"`. A value with spaces stands in
 * double quotes, with `\` before a double quote or `\`. The empty text means every run, `except:sweep@a` every run but that.
 */
export function parseSelectorText(text: string): SelectorResult {
  const parts: PlacedPart[] = [];
  const problems: SelectorProblem[] = [];
  const word = /(?:([A-Za-z]+):)?(?:"((?:[^"\\]|\\.)*)"(?=\s|$)|(\S*))/sy;
  let position = 0;
  for (;;) {
    position += /^\s*/.exec(text.slice(position))?.[0].length ?? 0;
    if (position === text.length) break;
    word.lastIndex = position;
    const match = word.exec(text);
    if (match === null) break;
    const [all, key, inQuotes, bare] = match;
    const problem = readWord(text, position, key, inQuotes, bare ?? '', parts);
    if (problem !== null) problems.push(problem);
    position += all.length;
  }
  const result = readParts(parts);
  if (problems.length === 0) return result;
  return { kind: 'unreadable', problems: result.kind === 'unreadable' ? [...problems, ...result.problems] : problems };
}

function readWord(
  text: string,
  at: number,
  key: string | undefined,
  inQuotes: string | undefined,
  bare: string,
  parts: PlacedPart[],
): SelectorProblem | null {
  const valueAt = at + (key === undefined ? 0 : key.length + 1);
  if (inQuotes === undefined && bare.startsWith('"')) {
    const didYouMean = null;
    return {
      source: 'text',
      input: text,
      position: valueAt,
      expected: 'a closing " and then a space',
      found: text.slice(valueAt),
      didYouMean,
    };
  }
  const source = key === undefined ? 'name' : keys.find((known) => known === key);
  if (source === undefined) {
    const meant = suggest(key ?? '', [...keys, 'status']);
    const didYouMean = meant === null ? null : `${meant === 'status' ? 'state' : meant}:`;
    return {
      source: 'text',
      input: text,
      position: at,
      expected: `one of ${keys.map((known) => `${known}:`).join(' ')}`,
      found: `${key}:`,
      didYouMean,
    };
  }
  const value = inQuotes?.replace(/\\(.)/gs, '$1') ?? bare;
  parts.push({
    source,
    value,
    placeOf: (position) => ({
      source: 'text',
      input: text,
      position: valueAt + (inQuotes === undefined ? position : quotedPosition(inQuotes, position)),
    }),
  });
  return null;
}

/** The place in the quoted text, opening quote included, of a character of what it stands for. */
function quotedPosition(inQuotes: string, position: number): number {
  let at = 0;
  for (let i = 0; i < position && at < inQuotes.length; i++) at += inQuotes[at] === '\\' ? 2 : 1;
  return at + 1;
}
