import type { TSchema } from 'typebox';
import { experimentSchema } from './experiment-schema.ts';
import { keyNotes } from './key-notes.ts';
import type { ShapeNotes } from './schema-parts.ts';

/**
 * The types of `import { defineExperiment, run } from 'juqueue'`, as the text of a `.d.ts` file: an editor completes and
 * checks definitions with it. It is made of the schema, so that the two cannot differ.
 */
export function definitionTypes(): string {
  const { runs, defaults: _, ...experiment } = experimentSchema.properties;
  const run = properties((runs as unknown as { readonly items: Shape }).items.properties ?? {}, 4);
  const others = properties(experiment as unknown as Readonly<Record<string, Shape>>, 4);
  return `// Written by juqueue init. Types of definitions; nothing has to be installed for them.

declare module 'juqueue' {
  export interface Run {
${run}
  }

  export interface Experiment {
    /** ${keyNotes.run['runs'] ?? ''} */
    runs?: Iterable<Run>;
    /** ${keyNotes.run['defaults'] ?? ''} */
    defaults?: Omit<Run, 'id'>;
${others}
  }

  /** A run; problems with it are shown at this call. */
  export function run(definition: Run): Run;

  /** An experiment, the default export of a file in experiments/. */
  export function defineExperiment(definition: Experiment): Experiment;
}
`;
}

interface Shape extends ShapeNotes {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly anyOf?: readonly Shape[];
  readonly items?: Shape;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Shape;
  readonly patternProperties?: Readonly<Record<string, Shape>>;
}

/** Every key is optional here: what a run must have may stand in the defaults. */
function properties(shapes: Readonly<Record<string, TSchema | Shape>>, indent: number, required: readonly string[] = []): string {
  const pad = ' '.repeat(indent);
  return Object.entries(shapes)
    .map(([key, schema]) => {
      const shape = schema as Shape;
      const note = [keyNotes.run[key], shape.expects === undefined ? undefined : `Expected: ${shape.expects}.`]
        .filter((part) => part !== undefined)
        .join(' ');
      return `${note === '' ? '' : `${pad}/** ${note.replaceAll('*/', '* /')} */\n`}${pad}${key}${required.includes(key) ? '' : '?'}: ${typeOf(shape, indent)};`;
    })
    .join('\n');
}

function typeOf(shape: Shape, indent: number): string {
  if (shape.anyOf !== undefined) return shape.anyOf.map((branch) => typeOf(branch, indent)).join(' | ');
  if (shape.const !== undefined) return `'${shape.const}'`;
  if (shape.enum !== undefined) return shape.enum.map((word) => `'${word}'`).join(' | ');
  switch (shape.type) {
    case 'string':
    case 'boolean':
      return shape.type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array':
      return `readonly (${shape.items === undefined ? 'unknown' : typeOf(shape.items, indent)})[]`;
    case 'object':
      return objectType(shape, indent);
    default:
      return 'unknown';
  }
}

function objectType(shape: Shape, indent: number): string {
  const own = Object.entries(shape.properties ?? {});
  const others =
    typeof shape.additionalProperties === 'object' ? shape.additionalProperties : Object.values(shape.patternProperties ?? {})[0];
  const lines = own.length === 0 ? [] : [properties(Object.fromEntries(own), indent + 2, shape.required)];
  if (others !== undefined) {
    const known = new Set([...own.map(([, value]) => typeOf(value, indent)), typeOf(others, indent)]);
    lines.push(`${' '.repeat(indent + 2)}[key: string]: ${[...known].join(' | ')}${own.length === 0 ? '' : ' | undefined'};`);
  }
  return `{\n${lines.join('\n')}\n${' '.repeat(indent)}}`;
}
