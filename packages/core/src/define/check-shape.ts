import { Ajv } from 'ajv';
import type { ErrorObject, ValidateFunction } from 'ajv';
import type { Static, TSchema } from 'typebox';
import { parseDuration } from './duration-text.ts';
import { nameObjection } from './names.ts';
import { narrowUnions } from './narrow-unions.ts';
import type { DefinitionProblemCode } from './problem.ts';
import type { ShapeNotes } from './schema-parts.ts';
import { showValue } from './show-value.ts';
import { parseSize } from './size-text.ts';
import { didYouMean, suggest } from './suggest.ts';
import type { ValuePath } from './source.ts';

/** One way in which a value is not what its schema asks for. `path` leads to the value, or to the key when `at` says so. */
export interface ShapeIssue {
  readonly path: ValuePath;
  readonly at: 'key' | 'value';
  readonly severity: 'error' | 'warning';
  readonly code: DefinitionProblemCode;
  readonly message: string;
  readonly hint: string | null;
}

/** Every issue of a value, in no order; with warnings only it has the type of the schema. */
export type ShapeReading<T> =
  | { readonly kind: 'accepted'; readonly value: T; readonly issues: readonly ShapeIssue[] }
  | { readonly kind: 'refused'; readonly issues: readonly ShapeIssue[] };

export type ShapeCheck<T extends TSchema> = (value: unknown) => ShapeReading<Static<T>>;

/** The check of a schema. It is compiled when it is first used: most programs that import this module never do. */
export function compileShape<T extends TSchema>(schema: T): ShapeCheck<T> {
  let validate: ValidateFunction | undefined;
  return (value) => {
    validate ??= compile(schema);
    const issues = validate(value) ? [] : distinct(narrowUnions(validate.errors ?? []).map(toIssue));
    const isRefused = issues.some((issue) => issue.severity === 'error');
    return isRefused ? { kind: 'refused', issues } : { kind: 'accepted', value: value as Static<T>, issues };
  };
}

function compile(schema: TSchema): ValidateFunction {
  // Infinity is left to the reader of the text, who knows how it was written.
  const ajv = new Ajv({ allErrors: true, verbose: true, strict: true, strictNumbers: false, strictRequired: false });
  ajv.addVocabulary(['expects', 'notYet', 'ignored']);
  ajv.addFormat('juqueue-duration', (value) => parseDuration(value) !== null);
  ajv.addFormat('juqueue-size', (value) => parseSize(value) !== null);
  ajv.addFormat('juqueue-name', (value) => nameObjection(value) === null);
  return ajv.compile(schema);
}

/** A value of the wrong type often fails several keywords at once: the first says enough. */
function distinct(issues: readonly ShapeIssue[]): readonly ShapeIssue[] {
  const seen = new Set<string>();
  return issues.filter((issue) => {
    const key = JSON.stringify([issue.path, issue.code === 'wrong-value' ? null : issue.message]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function toIssue(error: ErrorObject): ShapeIssue {
  const path = pathOf(error.instancePath);
  const schema = error.parentSchema as JsonSchema;
  const issue = { path, at: 'value', severity: 'error', hint: null } as const;
  if (error.keyword === 'required') {
    const key = String(error.params['missingProperty']);
    const strange = Object.keys(error.data as object).filter((present) => schema.properties?.[present] === undefined);
    const mistyped = suggest(key, strange);
    const hint = mistyped === null ? null : `did you mean '${key}' by '${mistyped}'?`;
    return {
      ...issue,
      at: 'key',
      code: 'missing-key',
      message: `key '${key}' is missing, expected ${expectation(schema.properties?.[key] ?? {})}`,
      hint,
    };
  }
  if (error.keyword === 'additionalProperties') return unknownKey(path, String(error.params['additionalProperty']), schema);
  const found = showValue(error.data);
  const words = [schema, ...(schema.anyOf ?? [])].flatMap((branch) => branch.enum ?? []);
  const hint = typeof error.data === 'string' ? didYouMean(error.data, words) : hintForNumber(schema, error.data);
  if (schema.format === 'juqueue-name' && typeof error.data === 'string') {
    return { ...issue, code: 'bad-name', message: `the name ${found} ${nameObjection(error.data) ?? ''}, expected ${expectation(schema)}` };
  }
  return { ...issue, code: 'wrong-value', message: `expected ${expectation(schema)}, found ${found}`, hint };
}

function unknownKey(parent: ValuePath, key: string, schema: JsonSchema): ShapeIssue {
  const issue = { path: [...parent, key], at: 'key', hint: null } as const;
  const ignored = schema.ignored?.[key];
  if (ignored !== undefined)
    return { ...issue, severity: 'warning', code: 'without-meaning', message: `key '${key}' has no meaning here: ${ignored}` };
  const notYet = schema.notYet?.[key];
  if (notYet !== undefined)
    return { ...issue, severity: 'error', code: 'not-supported-yet', message: `key '${key}' is not supported yet: ${notYet}` };
  const known = Object.keys(schema.properties ?? {});
  const hint = didYouMean(key, known) ?? `known keys are ${known.join(', ')}`;
  return { ...issue, severity: 'error', code: 'unknown-key', message: `unknown key '${key}'`, hint };
}

interface JsonSchema extends ShapeNotes {
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly minItems?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
}

/** What the schema asks for, as the end of "expected …". */
export function expectation(schema: JsonSchema): string {
  if (schema.expects !== undefined) return schema.expects;
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`;
  switch (schema.type) {
    case 'integer':
      return `a whole number${schema.minimum === undefined ? '' : ` of at least ${schema.minimum}`}`;
    case 'array':
      return schema.minItems === undefined ? 'a list' : 'a list that is not empty';
    case 'object':
      return 'a mapping';
    case 'boolean':
      return 'true or false';
    case undefined:
      return 'another value';
    default:
      return `a ${schema.type}`;
  }
}

function hintForNumber(schema: JsonSchema, value: unknown): string | null {
  if (typeof value !== 'number' || schema.format === undefined) return null;
  if (schema.format === 'juqueue-duration') return `a number alone has no unit: write ${value}s or ${value}m`;
  return schema.format === 'juqueue-size' ? `a number alone has no unit: write ${value}GB or ${value}MB` : null;
}

/** Steps of a JSON pointer. An index looks like a key; the place is found either way. */
function pathOf(pointer: string): ValuePath {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}
