import { expect, test } from 'vitest';
import { describeBlame, whoTookMemory } from './memory-blame.ts';

const use = (run: string, rss: number, share: number) => ({ run, rssBytes: rss * 1e6, shareBytes: share * 1e6 });

test('an attempt that held no more than its share was killed for the one that held most beyond its own', () => {
  expect(whoTookMemory(use('e@a', 90, 100), [use('e@b', 150, 100), use('e@c', 300, 200), use('e@d', 170, 100)])).toEqual(
    use('e@c', 300, 200),
  );
  expect(describeBlame(use('e@c', 300, 200))).toBe('e@c had taken the memory: it held 300 MB, and 200 MB of this node are its share');
});

test('an attempt that held more than its share has itself to blame, whatever others held', () => {
  expect(whoTookMemory(use('e@a', 110, 100), [use('e@b', 500, 100)])).toBeNull();
});

test('nobody else is blamed who kept within a share', () => {
  expect(whoTookMemory(use('e@a', 50, 100), [use('e@b', 100, 100)])).toBeNull();
  expect(whoTookMemory(use('e@a', 50, 100), [])).toBeNull();
});
