import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeChallenge } from './challenge.ts';
import { executedScript } from './executed-script.ts';
import { decodeFenceConfirmation, decodeFenceOrder } from './fence-files.ts';
import { decodeManagerFrame, decodeNodeFrame } from './frames.ts';
import { managerMessageShapes, nodeMessageShapes } from './message-shapes.ts';
import { decodeHeartbeat, decodeSealed, decodeSpool, encodeSealed } from './node-folder.ts';
import { parseRunHistory } from './run-history.ts';
import { usageCurve } from './usage-curve.ts';

/** Names that every object has without having been given them, and those that messages have. */
const names = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'kind',
  'epoch',
  'number',
  'run',
  'attempt',
  'attempts',
  'outcome',
  'ended',
  'held',
  'spec',
  'usage',
  'curve',
  'script',
  'executing',
  'status',
];
const kinds = fc.constantFrom(...Object.keys({ ...nodeMessageShapes, ...managerMessageShapes }), ...names);
const anyValue = fc.oneof(fc.constantFrom<unknown>(null, 0, -1, 1.5, 2 ** 60, '', 'a', 'e@r', [], {}, true), fc.jsonValue());
const anyFields = fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), anyValue, { maxKeys: 8 });
const anyMessages = fc
  .array(
    fc
      .tuple(kinds, anyFields)
      .map(
        ([kind, fields]) =>
          `{${[...Object.entries(fields), ['kind', kind], ['epoch', 1]].map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`,
      ),
    { maxLength: 4 },
  )
  .map((messages) => `[${messages.join(',')}]`);
const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), anyMessages);

describe('whatever comes over the link or stands in a file of the work-dir', () => {
  test('a frame is a list of messages of known kinds or bad with a sentence; nothing throws', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const frame of [decodeNodeFrame(text), decodeManagerFrame(text)]) {
          if (frame.kind === 'bad') expect(frame.problem).toBeTypeOf('string');
          else
            for (const { kind } of frame.messages)
              expect([...Object.keys(nodeMessageShapes), ...Object.keys(managerMessageShapes)]).toContain(kind);
        }
      }),
      { numRuns: 3_000, examples: [['[{"kind":"__proto__","epoch":1}]'], ['[{"kind":"constructor","epoch":1}]']] },
    );
  });

  test.each<readonly [string, (text: string) => unknown]>([
    ['a spool', decodeSpool],
    ['a sealed file', decodeSealed],
    ['a heartbeat', decodeHeartbeat],
    ['a challenge', decodeChallenge],
    ['a fence', decodeFenceOrder],
    ['a confirmation', decodeFenceConfirmation],
    ['the history of a run', (text) => parseRunHistory('e@r', text)],
    ['the script of an attempt', (text) => executedScript(text, 1)],
    ['the usage of an attempt', (text) => usageCurve(text, 1)],
  ])('%s is read or said to be none; nothing throws', (_what, read) => {
    fc.assert(
      fc.property(anyText, (text) => void read(text)),
      { numRuns: 1_500 },
    );
    fc.assert(
      fc.property(anyText, (text) => void read(encodeSealed(text))),
      { numRuns: 500 },
    );
  });
});
