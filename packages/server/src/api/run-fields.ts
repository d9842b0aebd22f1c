import { JuqueueError, suggest } from '@juqueue/core';
import type { Sent } from '@juqueue/http';
import type { RunRowSchema } from './schemas/run-schemas.ts';
import { runFields } from './schemas/run-schemas.ts';

type Row = Sent<typeof RunRowSchema>;

const parameterPrefix = 'parameters.';

/** The keys that `fields` names, each once, `id` first. Throws JQ_BAD_REQUEST for a key that runs do not have. */
export function readFields(texts: readonly string[]): readonly string[] {
  const names = texts.flatMap((text) => text.split(',')).map((name) => name.trim());
  for (const name of names) {
    if (name.startsWith(parameterPrefix) || runFields.some((field) => field === name)) continue;
    const near = suggest(name, runFields);
    throw new JuqueueError(
      'JQ_BAD_REQUEST',
      `Runs have no field '${name}', expected ${runFields.join(', ')} or parameters.<name>.`,
      near === null ? null : `Did you mean '${near}'?`,
    );
  }
  return [...new Set(['id', ...names])];
}

/** Only these keys of a run; single parameters stand together in `parameters`, and those that it lacks do not. */
export function projected(run: Row, fields: readonly string[]): Partial<Row> {
  const parameters: Record<string, Row['parameters'][string]> = {};
  const picked: Record<string, unknown> = {};
  for (const field of fields) {
    if (!field.startsWith(parameterPrefix)) picked[field] = run[field as keyof Row];
    else {
      const name = field.slice(parameterPrefix.length);
      const value = Object.hasOwn(run.parameters, name) ? run.parameters[name] : undefined;
      if (value !== undefined) parameters[name] = value;
    }
  }
  const hasSingle = fields.some((field) => field.startsWith(parameterPrefix));
  return hasSingle && !fields.includes('parameters') ? { ...picked, parameters } : picked;
}
