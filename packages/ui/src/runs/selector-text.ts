/**
 * The selector as people type it, as words: `sweep@* state:failed,ready where:"lr<1e-3"`. The server reads it; here it is
 * only taken apart far enough to switch a part on and off without touching the others.
 */
export type SelectorKey = 'state' | 'reason' | 'experiment' | 'cluster' | 'node' | 'failure';

const wordPattern = /(?:[A-Za-z]+:)?"(?:[^"\\]|\\.)*"|\S+/g;

export function wordsOf(text: string): readonly string[] {
  return text.match(wordPattern) ?? [];
}

/** Keys whose values are fixed words, several of which stand in one word, separated by commas. */
const listKeys: ReadonlySet<SelectorKey> = new Set<SelectorKey>(['state', 'reason']);

export function valuesOf(text: string, key: SelectorKey): readonly string[] {
  return wordsOf(text)
    .filter((word) => word.startsWith(`${key}:`))
    .flatMap((word) => (listKeys.has(key) ? word.slice(key.length + 1).split(',') : [word.slice(key.length + 1)]));
}

/** The selector with that value of the key added, or taken away when it was there. */
export function toggled(text: string, key: SelectorKey, value: string): string {
  const values = valuesOf(text, key);
  const next = values.includes(value) ? values.filter((other) => other !== value) : [...values, value];
  const others = wordsOf(text).filter((word) => !word.startsWith(`${key}:`));
  const own = next.length === 0 ? [] : listKeys.has(key) ? [`${key}:${next.join(',')}`] : next.map((each) => `${key}:${each}`);
  return [...others, ...own].join(' ');
}

/** A condition on one parameter as a word of the selector. */
export function whereWord(parameter: string, value: string): string {
  const isBare = (part: string): boolean => /^[^\s<>=!&"'\\]+$/.test(part);
  const written = (part: string): string => (isBare(part) ? part : `"${part.replaceAll(/["\\]/g, '\\$&')}"`);
  const condition = `${written(parameter)}=${written(value)}`;
  return `where:"${condition.replaceAll(/["\\]/g, '\\$&')}"`;
}

export function toggledWord(text: string, word: string): string {
  const words = wordsOf(text);
  return (words.includes(word) ? words.filter((other) => other !== word) : [...words, word]).join(' ');
}

/** A selector holds 4 096 characters. */
const longestSelector = 4_000;

/** The selector without these runs; null when it would become longer than the server reads. */
export function excepting(text: string, ids: Iterable<string>): string | null {
  const words = [...wordsOf(text), ...[...ids].map((id) => `except:${id}`)].join(' ');
  return words.length > longestSelector ? null : words;
}

/** Runs by name, as few selectors as hold them. */
export function selectorsOf(ids: readonly string[]): readonly string[] {
  const selectors: string[] = [];
  for (const id of ids) {
    const last = selectors.at(-1);
    if (last !== undefined && last.length + 1 + id.length <= longestSelector) selectors[selectors.length - 1] = `${last} ${id}`;
    else selectors.push(id);
  }
  return selectors;
}

/** The same for a shell: each word on its own, quoted where the shell would read it otherwise. */
export function commandLine(verb: string, text: string): string {
  const words =
    text.trim() === ''
      ? ['*@*']
      : wordsOf(text).map((word) =>
          word.replaceAll(
            /^([a-z]+:)?"(.*)"$/gs,
            (_all, key: string | undefined, inner: string) => `${key ?? ''}${inner.replaceAll(/\\(.)/gs, '$1')}`,
          ),
        );
  return ['juqueue', verb, ...words.map(shellQuoted)].join(' ');
}

function shellQuoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
