export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/**
 * An OpenAPI document as it is committed and handed out: every schema with a title stands in the components and is referred
 * to, so that documents and clients have names; refusals are application/problem+json.
 */
export function finishedDocument(document: object): JsonObject {
  return withProblemType(withNamedSchemas(JSON.parse(JSON.stringify(document)) as JsonObject));
}

function withNamedSchemas(document: JsonObject): JsonObject {
  const named = new Map<string, Json>();
  const replace = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(replace);
    if (!isObject(value)) return value;
    const copy = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replace(inner)]));
    const { title } = copy;
    if (typeof title !== 'string' || !('properties' in copy)) return copy;
    const known = named.get(title);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(copy)) throw new Error(`two schemas have the title ${title}`);
    named.set(title, copy);
    return { $ref: `#/components/schemas/${title}` };
  };
  const paths = replace(document['paths'] ?? {});
  const components = isObject(document['components']) ? document['components'] : {};
  const schemas = Object.fromEntries([...named].sort(([a], [b]) => (a < b ? -1 : 1)));
  // Relative to where the document was read, so that it also holds behind a proxy under a sub-path.
  return { ...document, servers: [{ url: './' }], components: { ...components, schemas }, paths };
}

/** Refusals are application/problem+json, except the original's own shape of 422. */
function withProblemType(value: JsonObject): JsonObject {
  const text = JSON.stringify(value);
  const plain = '"application/json":{"schema":{"$ref":"#/components/schemas/Problem"}}';
  return JSON.parse(text.replaceAll(plain, plain.replace('application/json', 'application/problem+json'))) as JsonObject;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
