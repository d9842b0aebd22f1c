import type { RunDefinition } from '../model/definition.ts';

/** One key of a definition that differs between two versions, with its old and new value as people write them. */
export interface DefinitionChange {
  /** `retries`, `parameters.lr`, `executor.env.A`. */
  readonly key: string;
  readonly from: string;
  readonly to: string;
}

/** Every key that differs, in the order of the definition; a key that one version lacks is `unset` there. */
export function describeChanges(before: RunDefinition, after: RunDefinition): readonly DefinitionChange[] {
  return differences(before, after, '');
}

/** Mappings whose keys are compared one by one; other values are compared whole. */
const opened = new Set(['', 'parameters', 'resources', 'executor', 'executor.env']);

function differences(before: object, after: object, path: string): readonly DefinitionChange[] {
  if (before === after) return [];
  const old = new Map<string, unknown>(Object.entries(before));
  const next = new Map<string, unknown>(Object.entries(after));
  const changes = [...new Set([...old.keys(), ...next.keys()])].flatMap((name) => {
    const key = path === '' ? name : `${path}.${name}`;
    const [from, to] = [old.get(name), next.get(name)];
    if (opened.has(key) && isObject(from) && isObject(to)) return differences(from, to, key);
    const change = { key, from: written(from), to: written(to) };
    return change.from === change.to ? [] : [change];
  });
  const isReordered = path === 'parameters' && changes.length === 0 && [...old.keys()].join('\n') !== [...next.keys()].join('\n');
  return isReordered ? [{ key: path, from: [...old.keys()].join(', '), to: [...next.keys()].join(', ') }] : changes;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function written(value: unknown): string {
  return value === undefined || value === null ? 'unset' : JSON.stringify(value);
}
