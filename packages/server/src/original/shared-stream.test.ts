import { FakeClock } from '@juqueue/testkit';
import { expect, test } from 'vitest';
import { SharedStream } from './shared-stream.ts';

async function textOf(stream: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const slice of stream) text += slice;
  return text;
}

test('all who ask within a second get the same text, made once; later it is made anew', async () => {
  const clock = new FakeClock();
  let made = 0;
  const stream = new SharedStream(clock, () => [`${(made += 1)}`, 'a', 'b']);
  expect(await Promise.all([textOf(stream.read()), textOf(stream.read())])).toEqual(['1ab', '1ab']);
  await clock.advance(900);
  expect(await textOf(stream.read())).toBe('1ab');
  await clock.advance(200);
  expect(await textOf(stream.read())).toBe('2ab');
  expect(made).toBe(2);
});

test('a text that cannot be made fails for its readers, and is tried again later', async () => {
  const clock = new FakeClock();
  let isBroken = true;
  const stream = new SharedStream(clock, function* () {
    yield 'a';
    if (isBroken) throw new Error('broken');
  });
  await expect(textOf(stream.read())).rejects.toThrow('broken');
  isBroken = false;
  await clock.advance(1_100);
  expect(await textOf(stream.read())).toBe('a');
});

test('other work gets its turns while a long text is made', async () => {
  const stream = new SharedStream(new FakeClock(), function* () {
    for (let i = 0; i < 50; i += 1) {
      for (const untilMs = performance.now() + 1; performance.now() < untilMs;);
      yield 'x';
    }
  });
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 0);
  expect(await textOf(stream.read())).toHaveLength(50);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(3);
});
