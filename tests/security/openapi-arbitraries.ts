import { readFileSync } from 'node:fs';
import fc from 'fast-check';

/** A JSON Schema as the document holds it. */
type Schema = Readonly<Record<string, unknown>>;

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required?: boolean;
  readonly schema: Schema;
}

interface OperationObject {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>>;
}

export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** One thing that the interface can be asked for. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly definition: OperationObject;
}

export interface Request {
  readonly method: string;
  readonly url: string;
  readonly body: string | undefined;
}

/** The committed document of a package, such as `server/public`. */
export function openApiOf(folder: string): OpenApiDocument {
  return JSON.parse(readFileSync(new URL(`../../packages/${folder}/openapi.json`, import.meta.url), 'utf8')) as OpenApiDocument;
}

export function operationsOf({ paths }: OpenApiDocument): readonly Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, definition]) => ({
      id: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      definition,
    })),
  );
}

/** What breaks careless programs, beside what is merely of another form. */
const nasty = [
  '',
  ' ',
  '\u0000',
  '%',
  '%00',
  '..',
  '../../../../etc/passwd',
  '😀'.repeat(50),
  'a'.repeat(3_000),
  '-1',
  '1e309',
  '-0',
  'NaN',
  'null',
  'true',
  '__proto__',
  'constructor',
  'toString',
  '{}',
  '[]',
  "' OR 1=1 --",
  '"',
  '\\',
  '*',
  '@',
  '*@*',
  'e@*',
  '(((((',
  '$(id)',
  '\u202e',
  '\ufeff',
  '9'.repeat(40),
];
const hostileText = fc.oneof(fc.constantFrom(...nasty), fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ maxLength: 40 }));
const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom(null, true, -1, 1.5, 1e308, 2 ** 53, [], {}, [[]], { __proto__: null }),
  fc.json().map((text): unknown => JSON.parse(text)),
);

/** Mostly of the form that the schema asks for, with the names that exist here, sometimes not. */
export function requestsOf(
  openApi: OpenApiDocument,
  { method, path, definition }: Operation,
  known: readonly string[],
): fc.Arbitrary<Request> {
  const valid = (schema: Schema): fc.Arbitrary<unknown> => validValue(openApi, schema, known);
  const parameters = definition.parameters ?? [];
  const valueOf = (parameter: Parameter): fc.Arbitrary<string | null> => {
    const text = fc.oneof({ arbitrary: valid(parameter.schema).map(asText), weight: 3 }, { arbitrary: hostileText, weight: 2 });
    return parameter.in === 'path' || parameter.required === true ? text : fc.option(text, { freq: 2 });
  };
  const schema = definition.requestBody?.content['application/json']?.schema;
  const body =
    schema === undefined
      ? fc.constant(undefined)
      : fc.oneof(
          { arbitrary: valid(schema).map((value) => JSON.stringify(value)), weight: 3 },
          { arbitrary: hostileValue.map((value) => JSON.stringify(value) ?? ''), weight: 2 },
          { arbitrary: hostileText, weight: 1 },
        );
  return fc.tuple(fc.tuple(...parameters.map(valueOf)), body).map(([values, text]) => {
    const given = parameters.map((parameter, index) => [parameter, values[index] ?? null] as const);
    const filled = path.replace(/\{([\w*]+)\}/g, (_all, name: string) =>
      encodeURIComponent(wellFormed(given.find(([{ name: own, in: place }]) => place === 'path' && own === name)?.[1] ?? '')),
    );
    const query = given.flatMap(([{ name, in: place }, value]) =>
      place === 'query' && value !== null ? [`${name}=${encodeURIComponent(wellFormed(value))}`] : [],
    );
    return { method, url: query.length === 0 ? filled : `${filled}?${query.join('&')}`, body: text };
  });
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Lone surrogates have no place in an address. */
function wellFormed(text: string): string {
  return text.toWellFormed();
}

function validValue(openApi: OpenApiDocument, schema: Schema, known: readonly string[]): fc.Arbitrary<unknown> {
  const valid = (inner: Schema): fc.Arbitrary<unknown> => validValue(openApi, inner, known);
  const {
    $ref,
    anyOf,
    enum: words,
    const: constant,
    type,
    items,
    properties,
    required,
    minimum,
    maximum,
    pattern,
  } = schema as {
    $ref?: string;
    anyOf?: readonly Schema[];
    enum?: readonly unknown[];
    const?: unknown;
    type?: string | readonly string[];
    items?: Schema;
    properties?: Readonly<Record<string, Schema>>;
    required?: readonly string[];
    minimum?: number;
    maximum?: number;
    pattern?: string;
  };
  if ($ref !== undefined) return valid(openApi.components.schemas[$ref.replace('#/components/schemas/', '')] ?? {});
  if (anyOf !== undefined) return fc.oneof(...anyOf.map((each) => valid(each)));
  if (words !== undefined) return fc.constantFrom(...words);
  if (constant !== undefined) return fc.constant(constant);
  switch (Array.isArray(type) ? type[0] : type) {
    case 'integer':
      return fc.integer({ min: Math.max(minimum ?? -1_000, -(2 ** 31)), max: Math.min(maximum ?? 100_000, 2 ** 31 - 1) });
    case 'number':
      return fc.double({ min: minimum ?? -1e6, max: maximum ?? 1e6, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(valid(items ?? {}), { maxLength: 3 });
    case 'object': {
      const entries = Object.fromEntries(Object.entries(properties ?? {}).map(([name, each]) => [name, valid(each)]));
      return fc.record(entries, { requiredKeys: (required ?? []).filter((name) => name in entries) });
    }
    default:
      return pattern === undefined
        ? fc.oneof(fc.constantFrom(...known), fc.string({ maxLength: 12 }))
        : fc.oneof(fc.constantFrom(...known), fc.stringMatching(new RegExp(pattern)));
  }
}
