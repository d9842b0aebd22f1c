import type { Run, RunDetail } from '@juqueue/client';
import { formatBytes } from '../format/amount.ts';
import { formatDuration } from '../format/duration.ts';

/** One thing that two runs have otherwise. */
export interface Difference {
  readonly name: string;
  readonly here: string;
  readonly there: string;
}

type Compared = Pick<RunDetail, 'definition' | 'attempt' | 'startedAtMs' | 'endedAtMs' | 'outcome'>;

/** Names of parameters that one of the two has otherwise, or alone. */
export function differingNames(a: Run['parameters'], b: Run['parameters']): readonly string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => a[name] !== b[name]);
}

/** What two runs have otherwise besides their parameters: how they ran, and their definitions, key by key. */
export function otherDifferences(run: Compared, other: Compared): readonly Difference[] {
  const [here, there] = [factsOf(run), factsOf(other)];
  return [...new Set([...here.keys(), ...there.keys()])]
    .map((name) => ({ name, here: here.get(name) ?? '–', there: there.get(name) ?? '–' }))
    .filter((each) => each.here !== each.there);
}

/** Short enough to be seen at once beside another. */
const shortValue = 60;
/** What of the equal beginning is kept, so that one sees where one is. */
const keptBefore = 12;

/** Two long values from shortly before the place where they part; short ones as they are. */
export function fromWhereTheyPart({ name, here, there }: Difference): Difference {
  if (Math.max(here.length, there.length) <= shortValue) return { name, here, there };
  let equal = 0;
  while (equal < here.length && here[equal] === there[equal]) equal += 1;
  const from = equal - keptBefore;
  return from <= 0 ? { name, here, there } : { name, here: `…${here.slice(from)}`, there: `…${there.slice(from)}` };
}

function factsOf({ definition, attempt, startedAtMs, endedAtMs, outcome }: Compared): ReadonlyMap<string, string> {
  const facts = new Map<string, string>();
  if (startedAtMs !== null && endedAtMs !== null) facts.set('took', formatDuration(endedAtMs - startedAtMs));
  facts.set('attempts', String(attempt));
  if (outcome?.usage !== undefined) facts.set('memory at most', formatBytes(outcome.usage.maxRssBytes));
  flatten(definition, '', facts);
  return facts;
}

/** `{a: {b: 1}}` as `a.b` → `1`; lists stay whole, their order means something. */
function flatten(value: object, prefix: string, facts: Map<string, string>): void {
  for (const [key, each] of Object.entries(value) as [string, unknown][]) {
    const name = prefix === '' ? key : `${prefix}.${key}`;
    if (typeof each === 'object' && each !== null && !Array.isArray(each)) flatten(each, name, facts);
    else if (each !== null && each !== undefined) facts.set(name, Array.isArray(each) ? each.join(' ') : String(each));
  }
}
