import { hash } from 'node:crypto';
import { JuqueueError } from '@juqueue/core';
import { objectOf } from '../requests.ts';

/** The id of a job is that of its definition: SHA-256 of its JSON without spaces, keys in order. */
export function jobIdOf(definition: Readonly<Record<string, unknown>>): string {
  return hash('sha256', canonical(cleaned(definition)));
}

/** What does not change what is executed is no part of the id: signatures of addresses, told hashes, the channel of a page. */
function cleaned(definition: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { env, inputs, configFiles, ...rest } = definition;
  const { channel: _, ...variables } = objectOf(env) ?? {};
  return {
    ...rest,
    ...(objectOf(env) === null || Object.keys(variables).length === 0 ? {} : { env: variables }),
    ...(objectOf(inputs) === null ? {} : { inputs: cleanedReferences(inputs) }),
    ...(objectOf(configFiles) === null ? {} : { configFiles: cleanedReferences(configFiles) }),
  };
}

function cleanedReferences(references: unknown): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(objectOf(references) ?? {}).map(([name, reference]) => {
      const { hash: _, ...kept } = objectOf(reference) ?? {};
      const { type, value } = kept;
      return [name, type === 'url' && typeof value === 'string' ? { ...kept, value: value.replace(/\?.*$/s, '') } : kept];
    }),
  );
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item: unknown) => (item === undefined ? 'null' : canonical(item))).join(',')}]`;
  const object = objectOf(value);
  if (object === null) return JSON.stringify(value) ?? 'null';
  const members = Object.keys(object)
    .filter((key) => object[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(object[key])}`);
  return `{${members.join(',')}}`;
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `5m`, `90s` or a number of seconds; null without one. */
export function durationMs(value: unknown): number | null {
  if (value === undefined || value === null || value === '') return null;
  const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?$/.exec(String(value).trim()) ?? [];
  const factor = units[unit];
  if (amount === undefined || factor === undefined)
    throw new JuqueueError('JQ_BAD_REQUEST', `maxDuration is '${String(value)}', expected a time such as 5m.`);
  return Math.round(Number(amount) * factor);
}
