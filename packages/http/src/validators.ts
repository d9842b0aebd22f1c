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
  return ({ schema, httpPart }) => (httpPart === 'body' ? ofBody : ofText).compile(schema);
}
