/** The parts of OpenAPI 3.1 that our own document uses. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly (string | null)[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly description?: string;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly {
    readonly in: 'path' | 'query';
    readonly name: string;
    readonly required: boolean;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content: { readonly 'application/json'?: { readonly schema: Schema } } };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>>;
}

export interface ApiDocument {
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** TypeScript of all named schemas and of the operations of /api/v1: what each takes and answers, and where it is. */
export function apiTypes(document: ApiDocument, source: string): string {
  const operations = Object.entries(document.paths)
    .filter(([path]) => path.startsWith('/api/v1/'))
    .flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })));
  const methods = [...new Set(operations.map(({ method }) => method.toUpperCase()))].sort();
  const used = reachable(
    operations.map(({ operation }) => operation),
    document,
  );
  return [
    `/** Written by \`npm run openapi\` from ${source}; a test fails when it differs. */`,
    '',
    ...Object.entries(document.components.schemas)
      .filter(([name]) => used.has(name))
      .map(([name, schema]) => `${comment(schema.description, '')}export interface ${name} ${objectType(schema, '')}\n`),
    '/** What each operation takes and answers. */',
    'export interface Operations {',
    ...operations.map(({ operation }) => operationType(operation)),
    '}',
    '',
    'export type OperationId = keyof Operations;',
    '',
    '/** Method and address of each operation. */',
    `export const routes: { readonly [Id in OperationId]: { readonly method: ${methods.map((method) => `'${method}'`).join(' | ')}; readonly path: string } } = {`,
    ...operations.map(
      ({ path, method, operation }) => `  ${operation.operationId}: { method: '${method.toUpperCase()}', path: '${path}' },`,
    ),
    '};',
    '',
  ].join('\n');
}

function operationType(operation: Operation): string {
  const parameters = operation.parameters ?? [];
  const group = (place: 'path' | 'query'): string => {
    const fields = parameters.filter((parameter) => parameter.in === place);
    const text = fields
      .map(
        ({ name, required, schema }) =>
          `readonly ${quoted(name)}${required ? '' : '?'}: ${typeOf(schema, '    ')}${required ? '' : ' | undefined'}`,
      )
      .join('; ');
    return fields.length === 0 ? '' : `readonly ${place}${fields.some((field) => field.required) ? '' : '?'}: { ${text} }; `;
  };
  const sent = operation.requestBody?.content['application/json']?.schema;
  const body = sent === undefined ? '' : `readonly body: ${typeOf(sent, '    ')}; `;
  const success = Object.entries(operation.responses).find(([status]) => status.startsWith('2'))?.[1];
  const answer = success?.content?.['application/json']?.schema;
  return [
    `  /** ${operation.summary}. */`,
    `  ${operation.operationId}: { readonly input: {${`${group('path')}${group('query')}${body}`.replace(/^(.+); $/, ' $1 ')}}; readonly output: ${answer === undefined ? 'Uint8Array' : typeOf(answer, '  ')} };`,
  ].join('\n');
}

function typeOf(schema: Schema, indent: string): string {
  if (schema.$ref !== undefined) return schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1);
  if (schema.enum !== undefined) return schema.enum.map((value) => (value === null ? 'null' : `'${value}'`)).join(' | ');
  if (schema.anyOf !== undefined) return schema.anyOf.map((option) => typeOf(option, indent)).join(' | ');
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ type }, indent)).join(' | ');
  switch (schema.type) {
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type;
    case 'array': {
      const item = typeOf(schema.items ?? {}, indent);
      return item.includes(' | ') || item.startsWith('readonly ') ? `readonly (${item})[]` : `readonly ${item}[]`;
    }
    case 'object':
      return objectType(schema, indent);
    default:
      return 'unknown';
  }
}

function objectType(schema: Schema, indent: string): string {
  const values =
    Object.values(schema.patternProperties ?? {})[0] ??
    (typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined);
  if (schema.properties === undefined && values !== undefined) return `Readonly<Record<string, ${typeOf(values, indent)}>>`;
  const inner = `${indent}  `;
  const fields = Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const isRequired = schema.required?.includes(name) === true;
    return `${comment(property.description, inner)}${inner}readonly ${name}${isRequired ? '' : '?'}: ${typeOf(property, inner)}${isRequired ? '' : ' | undefined'};`;
  });
  return fields.length === 0 ? '{}' : `{\n${fields.join('\n')}\n${indent}}`;
}

/** The rest of a path has the name `*`. */
function quoted(name: string): string {
  return /^\w+$/.test(name) ? name : `'${name}'`;
}

function comment(text: string | undefined, indent: string): string {
  return text === undefined ? '' : `${indent}/** ${text} */\n`;
}

/** Names of the schemas that the operations lead to. */
function reachable(operations: readonly Operation[], document: ApiDocument): ReadonlySet<string> {
  const names = new Set<string>(['Problem']);
  const visit = (value: unknown): void => {
    for (const [, name = ''] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (names.has(name)) continue;
      names.add(name);
      visit(document.components.schemas[name]);
    }
  };
  operations.forEach(visit);
  return names;
}
