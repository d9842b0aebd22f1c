import { assert } from '../model/assert.ts';

const prefixes = ['', 'k', 'm', 'g', 't', 'p'];

export const sizeExpectation = 'a size with its unit, such as 2GB or 512MiB';

/** The size in bytes, or null when the text is none. `kB MB GB TB PB` count by 1000, `KiB MiB …` by 1024; `2G` is `2GB`. */
export function parseSize(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?) ?([kmgtp]?)(i?)(b?)$/i.exec(text.trim());
  if (match === null) return null;
  const [, count = '', prefix = '', binary = '', byte = ''] = match;
  if (prefix === '' && (binary !== '' || byte === '')) return null;
  const bytes = Math.round(Number(count) * (binary === '' ? 1000 : 1024) ** prefixes.indexOf(prefix.toLowerCase()));
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/** The size in bytes of a text that a schema has let through. */
export function sizeBytes(text: string): number {
  const parsed = parseSize(text);
  assert(parsed !== null, `the schema lets through ${text}, which is no size`);
  return parsed;
}
