import type { RunDetail } from '@juqueue/client';

/** The command as the node starts it, word by word: parameters follow it in the form that the run declares. */
export function commandWords({ definition, parameters }: Pick<RunDetail, 'definition' | 'parameters'>): readonly string[] {
  const spelled = Object.entries(parameters).map(([name, value]) => [name, spell(value)] as const);
  const words =
    definition.parameterFormat === 'eq'
      ? spelled.map(([name, value]) => `${name}=${value}`)
      : spelled.flatMap(([name, value]) => [`--${name}`, value]);
  return [...definition.cmd, ...words];
}

/** For a person to read and paste: quoted where a shell would read more than the word. */
export function shellLine(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}

/** Truth values as Python spells them, which is what the node does. */
function spell(value: string | number | boolean): string {
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value);
}
