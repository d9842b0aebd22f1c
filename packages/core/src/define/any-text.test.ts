import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clustersFile } from './file-names.ts';
import { loadDefinitions } from './load-definitions.ts';

const places = { defDir: '/defs', workDir: '/work' };

/** Pieces that a definition consists of, so that random texts get past the first line of the parser. */
const piece = fc.constantFrom(
  ...[
    'name',
    'runs',
    'id',
    'cmd',
    'matrix',
    'defaults',
    'include',
    'executor',
    'depends_on',
    'checkpoint',
    'local',
    'type',
    '__proto__',
    'constructor',
    '<<',
  ],
  ...[
    ': ',
    ':\n',
    '\n',
    '\n  ',
    '\n  - ',
    '- ',
    '[',
    ']',
    '{',
    '}',
    ', ',
    '"',
    "'",
    '*a',
    '&a ',
    '|\n',
    '>',
    '#',
    '!!tag ',
    '%YAML',
    '---\n',
    '\t',
    '\0',
    '\uFEFF',
  ],
  ...['1', '-1', '1e999', '.nan', 'null', 'true', '{lr}', '{{', '1h', '2GB', 'a@b', 'a*', '{from: 1, to: 3}'],
);
const text = fc.oneof(
  fc.string(),
  fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join('')),
);

describe('whatever stands in the files', () => {
  it('loading never throws, and every problem has a place inside its file', () => {
    fc.assert(
      fc.property(text, text, text, (clusters, first, second) => {
        const files = new Map([
          [clustersFile, clusters],
          ['experiments/a.yaml', first],
          ['experiments/b.yaml', second],
        ]);
        const { problems } = loadDefinitions(
          { path: clustersFile, text: clusters },
          [
            { path: 'experiments/a.yaml', text: first },
            { path: 'experiments/b.yaml', text: second },
          ],
          places,
        );
        for (const { file, line, column, message } of problems) {
          const lines = (files.get(file) ?? '').split('\n');
          expect(message).not.toBe('');
          expect(line).toBeGreaterThanOrEqual(0);
          expect(line).toBeLessThanOrEqual(lines.length);
          if (line > 0) expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1);
        }
      }),
      {
        numRuns: 500,
        examples: [
          ['', '', '{{}\':\n"'],
          ['', '', '{{- name{{"\n  '],
        ],
      },
    );
  });

  it('aliases that multiply do not hold it up', () => {
    const layers = Array.from({ length: 30 }, (_, index) => `a${index + 1}: &a${index + 1} [${Array(10).fill(`*a${index}`).join(', ')}]`);
    const bomb = `a0: &a0 [x]\n${layers.join('\n')}\nruns: *a30\n`;
    const startedAtMs = performance.now();
    expect(loadDefinitions(null, [{ path: 'experiments/e.yaml', text: bomb }], places).experiments).toEqual([]);
    expect(performance.now() - startedAtMs).toBeLessThan(5_000);
  });

  it('thousands of levels do not hold it up', () => {
    const { problems } = loadDefinitions(null, [{ path: 'experiments/e.yaml', text: '['.repeat(20_000) }], places);
    expect(problems.some(({ file, code }) => file === 'experiments/e.yaml' && code === 'yaml-syntax')).toBe(true);
  });
});
