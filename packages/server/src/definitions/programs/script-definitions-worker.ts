import { readFileSync, realpathSync, writeSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { plainValue } from './plain-value.ts';
import type { EvaluationOrder, ProgramMessage } from './program-messages.ts';
import { defineExperiment, placeCallsIn, placeOf, run } from './script-api.ts';
import { scriptError } from './script-errors.ts';

/** The process that evaluates TypeScript and JavaScript definitions; the manager ends it when it takes too long. */
const messagesDescriptor = 3;
/** Runs in one message. */
const portion = 1_000;

const order = JSON.parse(await text(process.stdin)) as EvaluationOrder;
provideApi();
for (const file of order.files) await evaluate(file);
process.exit(0);

/** `import { defineExperiment, run } from 'juqueue'` works without anything being installed. */
function provideApi(): void {
  const key = Symbol.for('juqueue.definitions');
  Reflect.set(globalThis, key, { defineExperiment, run });
  const url = 'juqueue:definitions';
  const source = `const api = globalThis[Symbol.for('juqueue.definitions')]; export const defineExperiment = api.defineExperiment; export const run = api.run;`;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'juqueue' ? { url, format: 'module', shortCircuit: true } : next(specifier, context),
    load: (wanted, context, next) => (wanted === url ? { format: 'module', source, shortCircuit: true } : next(wanted, context)),
  });
}

async function evaluate(file: string): Promise<void> {
  const path = realpathSync(join(order.defDir, file));
  tell({ kind: 'begin', file });
  placeCallsIn(path);
  try {
    const module = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
    tellExperiment(file, await module.default);
  } catch (error) {
    tell({
      kind: 'problem',
      file,
      severity: 'error',
      ...scriptError(error, path, readFileSync(path, 'utf8'), (other) => relative(realpathSync(order.defDir), other)),
    });
  }
  tell({ kind: 'end', file });
}

function tellExperiment(file: string, definition: unknown): void {
  if (typeof definition !== 'object' || definition === null) {
    const message =
      definition === undefined
        ? 'the file has no default export, expected an experiment'
        : `the default export is a ${typeof definition}, expected an experiment`;
    tell({
      kind: 'problem',
      file,
      severity: 'error',
      message,
      hint: 'write: export default defineExperiment({ ... })',
      line: 1,
      column: null,
      endColumn: null,
    });
    return;
  }
  const { runs, ...head } = definition as { readonly runs?: unknown };
  const place = placeOf(definition);
  const isList = typeof runs === 'object' && runs !== null && Symbol.iterator in runs;
  const strange = (path: readonly (string | number)[], found: string) => tell({ kind: 'strange', file, path, found });
  const value = plainValue({ ...head, ...(runs === undefined ? {} : { runs: isList ? [] : runs }) }, ({ path, found }) =>
    strange(path, found),
  ) as Record<string, unknown>;
  tell({ kind: 'experiment', file, value, place });
  if (!isList) return;
  const all = [...(runs as Iterable<unknown>)];
  for (let from = 0; from < all.length; from += portion) {
    const part = all.slice(from, from + portion);
    const values = part.map(
      (each, index) => plainValue(each, ({ path, found }) => strange(['runs', from + index, ...path], found)) ?? null,
    );
    tell({ kind: 'runs', file, values, places: part.map(placeOf) });
  }
}

/** Written at once: nothing that is told is lost when the file ends this process. */
function tell(message: ProgramMessage): void {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let written = 0; written < bytes.length;) {
    try {
      written += writeSync(messagesDescriptor, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}
