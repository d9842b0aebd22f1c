import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { buildServer } from './build-server.ts';
import { publicFolders } from './public-folders.ts';
import type { ServerContext } from './server-context.ts';

type Json = null | boolean | number | string | readonly Json[] | JsonObject;
interface JsonObject {
  readonly [key: string]: Json;
}

/**
 * The OpenAPI 3.1 document of the routes as they are. Made when the program is built and committed, so that clients are
 * generated from it and a running manager only hands out a file; a test fails when it differs from the routes.
 */
export async function openApiDocument(context: ServerContext): Promise<JsonObject> {
  const access = { token: 'none', readOnlyToken: 'none', allowedHosts: [], listen: '127.0.0.1' };
  const app = await buildServer(context, access, publicFolders(import.meta.url), async (instance: FastifyInstance) => {
    await instance.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: { title: 'JuQueue', version: '1', description: 'All routes need the bearer token of the running manager, except those that say otherwise.' },
        components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
        security: [{ bearer: [] }],
      },
    });
  });
  await app.ready();
  const document = app.swagger() as unknown as JsonObject;
  await app.close();
  return withProblemType(withNamedSchemas(JSON.parse(JSON.stringify(document)) as JsonObject));
}

/** Moves every schema with a title into the components and refers to it, so that documents and clients have names. */
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
