import { Type } from 'typebox';
import type { Static, TSchema } from 'typebox';
import type { DeepReadonly } from './typed-fastify.ts';

/** Epoch milliseconds. */
export const TimeMs = Type.Integer({ description: 'Epoch milliseconds.' });
export const NullableTimeMs = Type.Unsafe<number | null>({
  type: ['integer', 'null'],
  description: 'Epoch milliseconds; null when it has not happened.',
});
export const Count = Type.Integer({ minimum: 0 });

export function nullableString(description: string) {
  return Type.Unsafe<string | null>({ type: ['string', 'null'], description });
}

export function nullableInteger(description: string) {
  return Type.Unsafe<number | null>({ type: ['integer', 'null'], description });
}

export function nullableNumber(description: string) {
  return Type.Unsafe<number | null>({ type: ['number', 'null'], description });
}

/** One of the words, as a plain `enum` so that messages and documents list them. */
export function words<const T extends readonly string[]>(values: T, description?: string) {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...values], ...(description === undefined ? {} : { description }) });
}

/** An object that answers carry under its own name in the OpenAPI document. */
export function answer<T extends Record<string, TSchema>>(title: string, properties: T) {
  return Type.Object(properties, { title, additionalProperties: false });
}

/** A query parameter that may be repeated. */
export function repeatable(description: string) {
  return Type.Optional(Type.Array(Type.String(), { maxItems: 100, description }));
}

export const PageLimit = Type.Optional(
  Type.Integer({ minimum: 1, maximum: 1000, default: 200, description: 'The most rows that the page may have.' }),
);

export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String({ description: 'Names the thing, the expectation and the value.' }),
    code: Type.String({ description: 'Stable; documented in docs/errors.md.' }),
    hint: nullableString('What to do about it.'),
  },
  { title: 'Problem', description: 'A refusal; `code` says which one.' },
);

/** What a route answers: its success, and problems for everything else. */
export function ok<const S extends TSchema>(success: S) {
  return { 200: success, '4xx': Problem, '5xx': Problem } as const;
}

export type Answer<S extends TSchema> = Static<S>;

/** What a handler may hand over for it: views of the state as well as copies. */
export type Sent<S extends TSchema> = DeepReadonly<Static<S>>;
