import { Ajv } from 'ajv';
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';

/**
 * Text in addresses is turned into numbers, booleans and lists; a body has to have the right types itself. Unknown keys
 * are refused, not dropped: a misspelt key must not mean "no restriction".
 */
export function createValidatorCompiler(): FastifySchemaCompiler<TSchema> {
  const common = { useDefaults: false, removeAdditional: false, strict: false } as const;
  const ofText = new Ajv({ ...common, coerceTypes: 'array' });
  const ofBody = new Ajv(common);
  return ({ schema, httpPart }) => (httpPart === 'body' ? ofBody.compile(schema) : ofText.compile(withFiniteNumbers(schema)));
}

/** Turned into a number, `1e309` is infinite and passes for whole; no question means that. */
function withFiniteNumbers(schema: TSchema): TSchema {
  return JSON.parse(JSON.stringify(schema), (_key, value: unknown) =>
    isNumeric(value) ? { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER, ...value } : value,
  ) as TSchema;
}

function isNumeric(value: unknown): value is { readonly type: string } {
  return typeof value === 'object' && value !== null && 'type' in value && (value.type === 'integer' || value.type === 'number');
}
