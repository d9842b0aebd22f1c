import type { ErrorObject } from 'ajv';

interface Branch {
  readonly type?: string;
}

/**
 * A value that fits no branch of a union fails every branch. Where one branch only is of the value's own kind (a mapping
 * among texts) its errors say what is wrong and the others are dropped; else the union itself says what it expects.
 */
export function narrowUnions(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const unions = new Map<string, Map<string, ErrorObject>>();
  for (const error of errors) {
    if (error.keyword !== 'anyOf') continue;
    const places = unions.get(error.schemaPath) ?? new Map<string, ErrorObject>();
    unions.set(error.schemaPath, places.set(error.instancePath, error));
  }
  return unions.size === 0 ? errors : errors.filter((error) => enclosing(unions, error).every((union) => keeps(union, error)));
}

/** The unions that an error belongs to, itself included: found by path, as a file of 10 000 runs may have as many errors. */
function enclosing(unions: ReadonlyMap<string, ReadonlyMap<string, ErrorObject>>, error: ErrorObject): readonly ErrorObject[] {
  const found: ErrorObject[] = [];
  for (const [schemaPath, places] of unions) {
    if (error.schemaPath !== schemaPath && !error.schemaPath.startsWith(`${schemaPath}/`)) continue;
    for (let end = error.instancePath.length; end >= 0; end = end === 0 ? -1 : error.instancePath.lastIndexOf('/', end - 1)) {
      const union = places.get(error.instancePath.slice(0, end));
      if (union !== undefined) found.push(union);
    }
  }
  return found;
}

function keeps(union: ErrorObject, error: ErrorObject): boolean {
  const branches = union.schema as readonly Branch[];
  const ofItsKind = branches.flatMap((branch, index) => (isOfKind(union.data, branch) ? [index] : []));
  const [only] = ofItsKind;
  if (only === undefined || ofItsKind.length > 1 || branches[only]?.type === 'string') return error === union;
  return error !== union && error.schemaPath.startsWith(`${union.schemaPath}/${only}/`);
}

function isOfKind(value: unknown, branch: Branch): boolean {
  if (Array.isArray(value)) return branch.type === 'array';
  if (value === null) return branch.type === 'null';
  return typeof value === branch.type || (typeof value === 'number' && branch.type === 'integer');
}
