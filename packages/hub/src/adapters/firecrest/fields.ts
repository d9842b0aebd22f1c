import { objectOf } from '../requests.ts';

/** The fields of a body by their names in camelCase: clients send `working_directory` as well as `workingDirectory`. */
export function fieldsOf(body: unknown): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(objectOf(body) ?? {}).map(([name, value]) => [
      name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
}
