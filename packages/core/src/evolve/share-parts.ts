import type { RunDefinition } from '../model/definition.ts';

/**
 * The definition with every part that equals one of the run before it taken from there. Runs of a sweep say mostly the same,
 * and a journal gives each a copy of it: in a million runs the copies would be most of the memory.
 */
export function shareParts(definition: RunDefinition, before: RunDefinition | undefined): RunDefinition {
  if (before === undefined) return definition;
  const known: Readonly<Record<string, unknown>> = { ...before };
  const shared = Object.entries(definition).filter(([key, value]) => typeof value === 'object' && value !== null && value !== known[key] && areEqual(value, known[key]));
  if (shared.length === 0) return definition;
  return { ...definition, ...Object.fromEntries(shared.map(([key]) => [key, known[key]])) };
}

/** Equal as JSON, with keys in the same order. */
function areEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
  const entries = Object.entries(a);
  const others = Object.entries(b);
  return entries.length === others.length && entries.every(([key, value], index) => key === others[index]?.[0] && areEqual(value, others[index]?.[1]));
}
