import Type from 'typebox';
import { durationExpectation } from './duration-text.ts';
import { nameExpectation } from './names.ts';
import { sizeExpectation } from './size-text.ts';

/**
 * Annotations of our own beside JSON Schema's keywords. `expects` is the end of the sentence "expected …". `notYet` and
 * `ignored` hold keys of a mapping that are known but refused, or accepted without effect, with the sentence that says so.
 */
export interface ShapeNotes {
  readonly expects?: string;
  readonly notYet?: Readonly<Record<string, string>>;
  readonly ignored?: Readonly<Record<string, string>>;
}

/** A mapping in which every other key is an error. */
export function mapping<T extends Type.TProperties>(properties: T, notes: ShapeNotes = {}) {
  return Type.Object(properties, { additionalProperties: false, ...notes });
}

/** NUL ends a C string: no argument, variable or path can hold it. */
const withoutNul = '^[^\\u0000]*$';

export const text = Type.String({ minLength: 1, pattern: withoutNul, expects: 'a text' });
export const texts = Type.Array(text, { expects: 'a list of texts' });
export const name = Type.String({ format: 'juqueue-name', expects: `a name of ${nameExpectation}` });
export const duration = Type.String({ format: 'juqueue-duration', expects: durationExpectation });
export const size = Type.String({ format: 'juqueue-size', expects: sizeExpectation });
export const scalar = Type.Union([Type.String({ pattern: withoutNul }), Type.Number(), Type.Boolean()], {
  expects: 'a text, a number, true or false',
});

/** How much of a resource: so many devices, licences or bytes. */
export const amount = Type.Union([Type.Integer({ minimum: 0 }), size], { expects: 'a whole number, or a size with its unit such as 2GB' });

const nodeHours = Type.Number({ minimum: 0, expects: 'a number of node-hours' });

/** Node-hours that may be billed, ever or in each month, and what happens to what runs when they are. */
export const budget = Type.Union(
  [
    nodeHours,
    Type.Object(
      { node_hours: nodeHours, per: Type.Optional(oneOf(['total', 'month'])), at_limit: Type.Optional(oneOf(['finish', 'stop'])) },
      { additionalProperties: false },
    ),
  ],
  { expects: 'node-hours such as 500, or {node_hours: 500, per: month, at_limit: stop}' },
);

/** Of an experiment: its part of a shared node is not told apart by month. */
export const totalBudget = Type.Union(
  [nodeHours, Type.Object({ node_hours: nodeHours, at_limit: Type.Optional(oneOf(['finish', 'stop'])) }, { additionalProperties: false })],
  {
    expects: 'node-hours such as 500, or {node_hours: 500, at_limit: stop}',
  },
);

/** Resources of a node by name. Those that we know by themselves have their own units, all others any of the two. */
export function resourceMapping<T extends Type.TProperties>(properties: T) {
  const known = { cpus: Type.Optional(wholeNumber(0)), gpus: Type.Optional(wholeNumber(0)), mem: Type.Optional(size), ...properties };
  return Type.Object(known, {
    additionalProperties: amount,
    propertyNames: { pattern: '^[A-Za-z][A-Za-z0-9_-]*$', expects: 'a name of letters, digits, _ and -' },
    expects: 'a mapping of resources to amounts, such as {gpus: 1, mem: 8GB}',
  });
}

/** Lines of a script: a list, or one text of several lines. */
export const scriptLines = Type.Union([Type.String(), Type.Array(Type.String())], {
  expects: 'a list of lines, or one text of several lines',
});

export function oneOf<const T extends string[]>(words: T) {
  return Type.Unsafe<T[number]>({ type: 'string', enum: words });
}

export function wholeNumber(minimum: number) {
  return Type.Integer({ minimum });
}
