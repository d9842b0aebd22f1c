import type { TSchema } from 'typebox';
import { localClusterSchema, slurmClusterSchema } from './clusters-schema.ts';
import { experimentSchema } from './experiment-schema.ts';
import { hubSchema } from './hub-schema.ts';
import { keyNotes } from './key-notes.ts';
import type { ShapeNotes } from './schema-parts.ts';

/** A JSON Schema of draft 7, which editors of YAML read. */
export interface EditorSchema {
  readonly [keyword: string]: unknown;
}

const draft = 'http://json-schema.org/draft-07/schema#';

/** The schema of `experiments/*.yaml`, with what each key means. */
export function experimentEditorSchema(): EditorSchema {
  return { $schema: draft, title: 'An experiment of JuQueue', ...forEditors(experimentSchema, keyNotes.run) };
}

/** The schema of `clusters.yaml`: clusters by name. Keys that have no meaning here are said to have none. */
export function clustersEditorSchema(): EditorSchema {
  const ofType = (schema: TSchema, type: string) => ({
    if: { properties: { type: { const: type } }, required: ['type'] },
    then: forEditors(schema, keyNotes.cluster),
  });
  const cluster = {
    type: 'object',
    required: ['type'],
    properties: { type: { enum: ['local', 'slurm'], description: keyNotes.cluster['type'] } },
    allOf: [ofType(localClusterSchema, 'local'), ofType(slurmClusterSchema, 'slurm')],
  };
  return {
    $schema: draft,
    title: 'Clusters of JuQueue',
    type: 'object',
    properties: { hub: { if: { required: ['type'] }, then: cluster, else: forEditors(hubSchema, keyNotes.hub) } },
    additionalProperties: cluster,
  };
}

type Notes = Readonly<Record<string, string>>;

/** Our own annotations become descriptions; formats that only we know go. */
function forEditors(schema: TSchema, notes: Notes): EditorSchema {
  const { expects, notYet, ignored, format, properties, items, anyOf, additionalProperties, patternProperties, ...rest } =
    schema as TSchema & ShapeNotes & Readonly<Record<string, unknown>>;
  const withoutMeaning = Object.entries(ignored ?? {}).map(
    ([key, why]) => [key, { description: `Has no meaning here: ${why}.`, deprecated: true }] as const,
  );
  const own = Object.entries((properties ?? {}) as Record<string, TSchema>).map(
    ([key, value]) => [key, withNote(forEditors(value, notes), notes[key])] as const,
  );
  return {
    ...rest,
    ...(expects === undefined ? {} : { description: `Expected: ${expects}.` }),
    ...(properties === undefined ? {} : { properties: Object.fromEntries([...own, ...withoutMeaning]) }),
    ...(items === undefined ? {} : { items: forEditors(items as TSchema, notes) }),
    ...(anyOf === undefined ? {} : { anyOf: (anyOf as readonly TSchema[]).map((branch) => forEditors(branch, notes)) }),
    ...(patternProperties === undefined
      ? {}
      : {
          patternProperties: Object.fromEntries(
            Object.entries(patternProperties as Record<string, TSchema>).map(([pattern, value]) => [pattern, forEditors(value, notes)]),
          ),
        }),
    ...(additionalProperties === undefined
      ? {}
      : {
          additionalProperties:
            typeof additionalProperties === 'boolean' ? additionalProperties : forEditors(additionalProperties as TSchema, notes),
        }),
  };
}

function withNote(schema: EditorSchema, note: string | undefined): EditorSchema {
  if (note === undefined) return schema;
  const expectation = typeof schema['description'] === 'string' ? ` ${schema['description']}` : '';
  return { ...schema, description: `${note}${expectation}` };
}
