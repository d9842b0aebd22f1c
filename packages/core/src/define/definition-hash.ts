import { hash } from 'node:crypto';
import { assert } from '../model/assert.ts';
import type { RunDefinition } from '../model/definition.ts';

/**
 * Names a run's definition by its content: equal definitions have equal hashes, on every machine and after every restart.
 *
 * Keys with nothing to say (null, false, 0, empty) are left out, so that a later version that knows more keys computes the
 * same hash for a definition that uses none of them. The order of parameters counts, as it is the order of arguments; the
 * order of environment variables and resources does not. SHA-256, cut to 132 bits: `node:crypto` computes it without I/O.
 */
export function definitionHash(definition: RunDefinition): string {
  const { parameters, resources, executor, ...rest } = definition;
  const content = {
    ...rest,
    parameters: Object.entries(parameters),
    resources: sortedEntries(resources),
    executor: { ...executor, env: sortedEntries(executor.env) },
  };
  return hash('sha256', canonicalJson(content), 'base64url').slice(0, 22);
}

/** The hashes of the runs of an experiment, in their order: as remembered, else computed now. */
export function definitionHashes(runs: readonly RunDefinition[]): readonly string[] {
  return knownHashes.get(runs) ?? runs.map(definitionHash);
}

/**
 * Takes over hashes that another thread has computed: a hundred thousand of them would hold up the main thread. Kept by
 * list and not by run: as many weak keys cost more than a second of every collection that they live through.
 */
export function rememberDefinitionHashes(runs: readonly RunDefinition[], hashes: readonly string[]): void {
  assert(runs.length === hashes.length, `${runs.length} definitions have as many hashes, not ${hashes.length}`);
  knownHashes.set(runs, hashes);
}

const knownHashes = new WeakMap<readonly RunDefinition[], readonly string[]>();

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
