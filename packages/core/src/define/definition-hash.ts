import { hash } from 'node:crypto';
import type { RunDefinition } from '../model/definition.ts';

/**
 * Names a run's definition by its content: equal definitions have equal hashes, on every machine and after every restart.
 *
 * Keys with nothing to say (null, false, 0, empty) are left out, so that a later version that knows more keys computes the
 * same hash for a definition that uses none of them. The order of parameters counts, as it is the order of arguments; the
 * order of environment variables and resources does not. SHA-256, cut to 132 bits: `node:crypto` computes it without I/O.
 * Definitions never change, so the hash of one is computed once.
 */
export function definitionHash(definition: RunDefinition): string {
  const known = knownHashes.get(definition);
  if (known !== undefined) return known;
  const computed = computeHash(definition);
  knownHashes.set(definition, computed);
  return computed;
}

/** Takes over a hash that another thread has computed: a hundred thousand of them would hold up the main thread. */
export function rememberDefinitionHash(definition: RunDefinition, hash: string): void {
  knownHashes.set(definition, hash);
}

const knownHashes = new WeakMap<RunDefinition, string>();

function computeHash(definition: RunDefinition): string {
  const { parameters, resources, executor, ...rest } = definition;
  const content = { ...rest, parameters: Object.entries(parameters), resources: sortedEntries(resources), executor: { ...executor, env: sortedEntries(executor.env) } };
  return hash('sha256', canonicalJson(content), 'base64url').slice(0, 22);
}

function sortedEntries<T>(record: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** JSON with sorted keys and without keys that say nothing. Lists are kept whole. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => saysSomething(member))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

function saysSomething(member: unknown): boolean {
  if (member === undefined || member === null || member === false || member === 0) return false;
  return !Array.isArray(member) || member.length > 0;
}
