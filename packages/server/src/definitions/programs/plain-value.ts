/** Something in a definition that is no data. `path` leads to it. */
export interface StrangeValue {
  readonly path: readonly (string | number)[];
  readonly found: string;
}

/**
 * The value as JSON can hold it; keys without a value are left out. Functions, dates, maps and other objects are told to
 * `report` and left out too.
 */
export function plainValue(value: unknown, report: (strange: StrangeValue) => void, path: readonly (string | number)[] = []): unknown {
  const strange = (found: string): undefined => report({ path, found }) as undefined;
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : strange(String(value));
    case 'bigint':
      return String(value);
    case 'function':
      return strange(`a function${value.name === '' ? '' : ` (${value.name})`}`);
    case 'symbol':
      return strange('a symbol');
    case 'object':
      return value === null ? null : plainObject(value, report, path, strange);
  }
}

/** Definitions are a few levels deep; deeper is a structure that contains itself. */
const deepest = 20;

function plainObject(
  value: object,
  report: (strange: StrangeValue) => void,
  path: readonly (string | number)[],
  strange: (found: string) => undefined,
): unknown {
  if (path.length > deepest) return strange('an object that contains itself');
  if (value instanceof Promise) return strange('a promise; await it');
  if (Array.isArray(value)) return value.map((item: unknown, index) => plainValue(item, report, [...path, index]) ?? null);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return strange(`an object of class ${value.constructor.name}`);
  const entries = Object.entries(value).map(([key, item]) => [key, plainValue(item, report, [...path, key])] as const);
  return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
}
