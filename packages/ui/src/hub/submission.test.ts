import { expect, test } from 'vitest';
import { readSubmission } from './submission.ts';

const form = { what: '', image: '', script: 'hostname', interpreter: 'sh', input: '', queue: '', name: '', slots: '1', minutes: '' };

test('a form becomes a job that says only what was typed', () => {
  expect(readSubmission(form)).toEqual({
    kind: 'job',
    job: { resources: { slots: 1 }, command: { kind: 'script', script: 'hostname', interpreter: ['sh'] } },
  });
  expect(readSubmission({ ...form, what: 'fold:v2/gpu', script: '', input: '{"n": 3}', minutes: '2.5', queue: ' fast ' })).toEqual({
    kind: 'job',
    job: { profile: 'fold:v2/gpu', resources: { slots: 1 }, input: { n: 3 }, queue: 'fast', timeLimitMs: 150_000 },
  });
});

test.each([
  [{ slots: '0' }, "Slots are '0', expected a whole number from 1."],
  [{ minutes: 'ten' }, "The time limit is 'ten', expected minutes, or nothing."],
  [{ what: 'image' }, 'The image is missing, such as docker://python:3.13-slim.'],
  [{ script: ' ' }, 'The script is missing: without a profile or an image there is nothing to execute.'],
])('%j is answered with what was expected', (change, because) => {
  expect(readSubmission({ ...form, ...change })).toEqual({ kind: 'wrong', because });
});

test('input that is no JSON says where', () =>
  expect(readSubmission({ ...form, input: '{n: 3}' })).toMatchObject({
    kind: 'wrong',
    because: expect.stringContaining('The input is no JSON: '),
  }));
