import type { RunDefinition } from '../model/definition.ts';

/**
 * The definition with every part that equals one of the run before it taken from there. Runs of a sweep say mostly the same,
 * and a journal gives each a copy of it: in a million runs the copies would be most of the memory.
 */
export function shareParts(definition: RunDefinition, before: RunDefinition | undefined): RunDefinition {
  if (before === undefined) return definition;
  const shared = { ...definition };
  const [parts, known]: [Record<string, unknown>, Readonly<Record<string, unknown>>] = [shared, { ...before }];
  for (const key of Object.keys(parts)) if (typeof parts[key] === 'object' && areEqual(parts[key], known[key])) parts[key] = known[key];
  return shared;
}

/** Equal as JSON, with keys in the same order. Called millions of times at a start: makes no lists of entries. */
export function areEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  const others = Object.keys(b);
  if (keys.length !== others.length) return false;
  const [inA, inB] = [a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>];
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] ?? '';
    if (key !== others[index] || !areEqual(inA[key], inB[key])) return false;
  }
  return true;
}
