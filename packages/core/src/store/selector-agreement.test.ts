import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ParameterValue } from '../model/definition.ts';
import type { RunRow } from '../ports/run-index.ts';
import type { Selector } from '../select/selector.ts';
import { runReasons, runStatuses } from '../model/run-status.ts';
import { MemoryRunIndex } from './memory-run-index.ts';
import { runRowOf } from './run-samples.ts';
import { openRunIndex } from './sqlite-run-index.ts';

/** Few letters, so that names meet patterns often; among them those that mean something in SQL patterns. */
const name = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '_', '.', '-', '+', ',', '=', '0'), minLength: 1, maxLength: 3 });
const pattern = fc.string({
  unit: fc.constantFrom('a', 'b', 'A', '_', '.', '*', '*', '?', '[', ']', '^', '%', '\\'),
  minLength: 1,
  maxLength: 3,
});
const nameOrPattern = fc.oneof(name, pattern);
const parameter = fc.constantFrom('lr', 'seed', '', `it's "x"`);
const value: fc.Arbitrary<ParameterValue> = fc.oneof(
  fc.integer({ min: -2, max: 2 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constantFrom('1', '01', '1e0', '+1.', '.5', '-0', ' 1', '', '1e999', 'true', 'a', 'A', 'ä', '\u{ffff}', '\u{1f600}', 'é'),
  fc.string({ unit: 'grapheme', maxLength: 3 }),
);

const failureId = fc.constantFrom('000000000001', '00000000000f');

const rowArbitrary: fc.Arbitrary<RunRow> = fc
  .record({
    experiment: name,
    name,
    state: fc.constantFrom(...runStatuses).chain((status) => fc.constantFrom(...runReasons[status]).map((reason) => ({ status, reason }))),
    clusters: fc.array(name, { maxLength: 2 }),
    node: fc.option(name),
    failure: fc.option(failureId),
    parameters: fc.dictionary(parameter, value, { maxKeys: 3 }),
  })
  .map(({ state, ...row }) => runRowOf({ ...row, ...state }));

const few = <Item>(item: fc.Arbitrary<Item>): fc.Arbitrary<Item[]> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant<Item[]>([]) }, { weight: 2, arbitrary: fc.array(item, { minLength: 1, maxLength: 3 }) });

const selectorArbitrary: fc.Arbitrary<Selector> = fc.record({
  names: few(
    fc.oneof(
      pattern,
      fc.tuple(nameOrPattern, nameOrPattern).map(([experiment, run]) => `${experiment}@${run}`),
    ),
  ),
  except: few(fc.tuple(nameOrPattern, nameOrPattern).map(([experiment, run]) => `${experiment}@${run}`)),
  statuses: few(fc.constantFrom(...runStatuses)),
  reasons: few(fc.constantFrom(...Object.values(runReasons).flat())),
  experiments: few(nameOrPattern),
  clusters: few(nameOrPattern),
  nodes: few(nameOrPattern),
  failures: few(failureId),
  where: few(fc.record({ parameter, operator: fc.constantFrom('=', '!=', '<', '<=', '>', '>='), value })),
});

describe('a selector', () => {
  it('means the same runs in SQL as in memory', { timeout: 60_000 }, async () => {
    const { index } = await openRunIndex({ file: null, journalSeq: 0 });
    let hits = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(rowArbitrary, { minLength: 5, maxLength: 30, selector: (row) => row.id }),
        fc.array(selectorArbitrary, { minLength: 5, maxLength: 10 }),
        async (rows, selectors) => {
          const memory = new MemoryRunIndex();
          await index.reset();
          for (const each of [memory, index])
            each.apply(
              1,
              rows.map((row) => ({ kind: 'run', row })),
            );
          for (const selector of selectors) {
            const expected = await memory.selectRuns(selector);
            expect(await index.selectRuns(selector)).toEqual(expected);
            expect(await index.countRuns(selector)).toBe(expected.length);
            expect(await index.countFacets(selector)).toEqual(await memory.countFacets(selector));
            hits += expected.length;
          }
        },
      ),
      { numRuns: 200 },
    );
    await index.close();
    expect(hits).toBeGreaterThan(500);
  });
});
