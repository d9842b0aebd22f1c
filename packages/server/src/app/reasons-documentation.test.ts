import { readFile } from 'node:fs/promises';
import { clusterExplanations, nodeExplanations, runExplanations } from '@juqueue/core';
import { expect, test } from 'vitest';

test('docs/reasons.md documents every code of an explanation with its meaning, and no other', async () => {
  const text = await readFile(new URL('../../../../docs/reasons.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `(\w+)` \| (.+) \|$/gm)].map(([, code, meaning]) => [code, meaning]);
  expect(rows).toEqual([runExplanations, nodeExplanations, clusterExplanations].flatMap((codes) => Object.entries(codes)));
});
