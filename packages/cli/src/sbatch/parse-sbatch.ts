/** What a batch script asks of sbatch. Options have their long names; a flag has the value ''. */
export interface BatchScript {
  readonly options: ReadonlyMap<string, string>;
  /** Indices of the array as they are written, without the limit after `%`; null when it is no array. */
  readonly array: string | null;
  /** Numbers of lines that start steps with srun, from 1. */
  readonly srunLines: readonly number[];
}

const longNames: Readonly<Record<string, string>> = {
  A: 'account',
  a: 'array',
  b: 'begin',
  C: 'constraint',
  c: 'cpus-per-task',
  D: 'chdir',
  d: 'dependency',
  e: 'error',
  F: 'nodefile',
  G: 'gpus',
  J: 'job-name',
  L: 'licenses',
  M: 'clusters',
  N: 'nodes',
  n: 'ntasks',
  o: 'output',
  p: 'partition',
  q: 'qos',
  t: 'time',
  w: 'nodelist',
  x: 'exclude',
};

/** Reads the directives of a script: `#SBATCH` lines before its first command, the last of two of a name counting, as for sbatch. */
export function parseSbatch(text: string): BatchScript {
  const options = new Map<string, string>();
  const lines = text.split('\n');
  for (const line of lines) {
    if (line.startsWith('#SBATCH')) readDirective(line.slice('#SBATCH'.length), options);
    else if (line.trim() !== '' && !line.startsWith('#')) break;
  }
  const srunLines = lines.flatMap((line, index) => (/^[^#]*\bsrun\b/.test(line) ? [index + 1] : []));
  return { options, array: options.get('array')?.split('%')[0] ?? null, srunLines };
}

/** One line may hold several options; a `#` after a blank begins a comment. */
function readDirective(text: string, options: Map<string, string>): void {
  const words = wordsOf(text.replace(/\s#.*$/, ''));
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    const next = words[index + 1];
    const long = /^--([\w-]+)(?:=(.*))?$/.exec(word);
    const short = /^-(\w)(.*)$/.exec(word);
    const name = long?.[1] ?? longNames[short?.[1] ?? ''];
    if (name === undefined) continue;
    const own = long === null ? (short?.[2] ?? '') : long[2];
    const takesNext = (own === undefined || (long === null && own === '')) && next !== undefined && !next.startsWith('-');
    options.set(name, takesNext ? next : (own ?? ''));
    if (takesNext) index += 1;
  }
}

/** Words as a shell cuts them, without their quotes. */
function wordsOf(text: string): readonly string[] {
  const written = text.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g);
  return [...written].map(([word]) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ''),
  );
}

/** A range of a matrix, or a list of values. */
export type ArrayIndices = { readonly from: number; readonly to: number; readonly step: number } | readonly number[];

/** `1-10`, `0-100:5`, `1,3,8-9`; null when it is written in another way. */
export function parseArray(text: string): ArrayIndices | null {
  const ranges = text.split(',').map((part) => /^(\d+)(?:-(\d+)(?::(\d+))?)?$/.exec(part.trim()));
  const parsed = ranges.flatMap((match) =>
    match === null ? [] : [{ from: Number(match[1]), to: Number(match[2] ?? match[1]), step: Number(match[3] ?? 1) }],
  );
  if (parsed.length !== ranges.length || parsed.some(({ from, to, step }) => to < from || step < 1)) return null;
  const [only] = parsed;
  if (parsed.length === 1 && only !== undefined) return only;
  return parsed.flatMap(({ from, to, step }) =>
    Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step),
  );
}
