/**
 * Answers whether a value that came from outside has the expected form: null when it has, else a sentence that names
 * the place, what was expected and what was found. Unknown keys are allowed: a newer peer may say more.
 */
export type Shape = (value: unknown, place: string) => string | null;

export const text: Shape = (value, place) => (typeof value === 'string' ? null : expected(place, 'a string', value));
export const flag: Shape = (value, place) => (typeof value === 'boolean' ? null : expected(place, 'true or false', value));
export const finite: Shape = (value, place) =>
  typeof value === 'number' && Number.isFinite(value) ? null : expected(place, 'a number', value);
export const count: Shape = (value, place) =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? null : expected(place, 'a whole number from 0', value);

export function oneOf(words: readonly string[]): Shape {
  return (value, place) => (typeof value === 'string' && words.includes(value) ? null : expected(place, words.join(' | '), value));
}

export function nullOr(shape: Shape): Shape {
  return (value, place) => (value === null ? null : shape(value, place));
}

/** A field that peers of an earlier version do not send. */
export function optional(shape: Shape): Shape {
  return (value, place) => (value === undefined ? null : shape(value, place));
}

export function anyOf(...shapes: readonly Shape[]): Shape {
  return (value, place) => {
    const problems = shapes.map((shape) => shape(value, place));
    return problems.includes(null) ? null : (problems[0] ?? null);
  };
}

export function listOf(item: Shape): Shape {
  return (value, place) => {
    if (!Array.isArray(value)) return expected(place, 'a list', value);
    for (let index = 0; index < value.length; index += 1) {
      const problem = item(value[index], `${place}[${index}]`);
      if (problem !== null) return problem;
    }
    return null;
  };
}

export function mapOf(item: Shape): Shape {
  return (value, place) => {
    if (!isRecord(value)) return expected(place, 'an object', value);
    for (const key of Object.keys(value)) {
      const problem = item(value[key], `${place}.${key}`);
      if (problem !== null) return problem;
    }
    return null;
  };
}

export function record(fields: Readonly<Record<string, Shape>>): Shape {
  const entries = Object.entries(fields);
  return (value, place) => {
    if (!isRecord(value)) return expected(place, 'an object', value);
    for (const [key, shape] of entries) {
      const problem = shape(value[key], `${place}.${key}`);
      if (problem !== null) return problem;
    }
    return null;
  };
}

/** A union told apart by its `kind`. */
export function byKind(kinds: Readonly<Record<string, Shape>>): Shape {
  return (value, place) => {
    if (!isRecord(value)) return expected(place, 'an object', value);
    const shape = typeof value['kind'] === 'string' && Object.hasOwn(kinds, value['kind']) ? kinds[value['kind']] : undefined;
    return shape === undefined ? expected(`${place}.kind`, Object.keys(kinds).join(' | '), value['kind']) : shape(value, place);
  };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function expected(place: string, what: string, found: unknown): string {
  const shown = JSON.stringify(found) ?? String(found);
  return `${place}: expected ${what}, found ${shown.length > 80 ? `${shown.slice(0, 80)}…` : shown}`;
}
