import type { RunDefinition } from '../model/definition.ts';
import type { Run } from '../model/run.ts';
import { areEqual } from './share-parts.ts';

/** What a value says otherwise than the one before it, and what it does not say any more. */
interface Difference<T> {
  readonly set: Partial<T>;
  readonly gone?: readonly string[];
}

type RunFacts = Omit<Run, 'definition'>;

/** A run as it differs from the one before it in a list; the first differs in everything. Runs of a sweep say mostly the same. */
export interface SavedRun {
  readonly run: Difference<RunFacts>;
  readonly definition: Difference<RunDefinition>;
}

export function saveRuns(runs: readonly Run[]): readonly SavedRun[] {
  let before: Run | null = null;
  return runs.map((run) => {
    const saved = {
      run: difference<RunFacts>(factsOf(run), before === null ? null : factsOf(before)),
      definition: difference(run.definition, before?.definition ?? null),
    };
    before = run;
    return saved;
  });
}

/** The runs again; what they say alike is shared between them. */
export function restoreRuns(saved: readonly SavedRun[]): readonly Run[] {
  let before: Run | null = null;
  return saved.map(({ run, definition }) => {
    const facts: RunFacts = applied<RunFacts>(run, before);
    const restored: Run = { ...facts, definition: applied<RunDefinition>(definition, before?.definition ?? null) };
    before = restored;
    return restored;
  });
}

function factsOf({ definition: _, ...facts }: Run): RunFacts {
  return facts;
}

function difference<T extends object>(value: T, before: T | null): Difference<T> {
  if (before === null) return { set: value };
  const known = new Map<string, unknown>(Object.entries(before));
  const set = Object.fromEntries(
    Object.entries(value).filter(([key, member]) => !known.has(key) || !areEqual(member, known.get(key))),
  ) as Partial<T>;
  const gone = [...known.keys()].filter((key) => !(key in value));
  return gone.length === 0 ? { set } : { set, gone };
}

function applied<T extends object>({ set, gone = [] }: Difference<T>, before: T | null): T {
  const value = { ...before, ...set } as T;
  for (const key of gone) Reflect.deleteProperty(value, key);
  return value;
}
