import { describe, expect, test } from 'vitest';
import { decodeManagerFrame, decodeNodeFrame, encodeFrame } from './frames.ts';
import type { ManagerMessage, NodeMessage } from './messages.ts';

const heartbeat: NodeMessage = { kind: 'heartbeat', number: 7 };
const answer: ManagerMessage = { epoch: 3, kind: 'heartbeat-answer', number: 7 };

describe('frames', () => {
  test('everything that one turn had to say travels in one frame, in order', () => {
    const second: NodeMessage = { kind: 'goodbye', reason: 'released' };
    expect(decodeNodeFrame(encodeFrame([heartbeat, second]))).toEqual({ kind: 'messages', messages: [heartbeat, second], unknown: 0 });
  });

  test('a kind that this version does not know is left out and counted', () => {
    const frame = JSON.stringify([heartbeat, { kind: 'from-the-future', x: 1 }]);
    expect(decodeNodeFrame(frame)).toEqual({ kind: 'messages', messages: [heartbeat], unknown: 1 });
  });

  test.each([
    ['no JSON', '{', 'expected a JSON list of messages'],
    ['no list', '{"kind":"heartbeat"}', 'expected a JSON list of messages'],
    ['a message without a kind', '[{"number":1}]', 'expected messages with a kind'],
    ['a number below 0', '[{"kind":"heartbeat","number":-1}]', 'heartbeat.number: expected a whole number from 0, found -1'],
    ['a missing field', '[{"kind":"heartbeat"}]', 'heartbeat.number: expected a whole number from 0, found undefined'],
  ])('%s makes the frame bad, with a sentence', (_case, frame, problem) => {
    expect(decodeNodeFrame(frame)).toEqual({ kind: 'bad', problem });
  });

  test('a message of the manager without an epoch makes the frame bad', () => {
    expect(decodeManagerFrame(encodeFrame([answer]))).toMatchObject({ kind: 'messages' });
    expect(decodeManagerFrame('[{"kind":"heartbeat-answer","number":7}]')).toMatchObject({ kind: 'bad' });
  });

  test('a start whose command is no list of strings makes the frame bad', () => {
    const frame = JSON.stringify([
      { epoch: 1, kind: 'start', slots: [], spec: { run: 'e@r', attempt: 1, attemptId: 'x', directory: 'e/r', cmd: 'rm -rf' } },
    ]);
    expect(decodeManagerFrame(frame)).toEqual({ kind: 'bad', problem: 'start.spec.cmd: expected a list, found "rm -rf"' });
  });
});
