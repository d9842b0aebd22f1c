import { test } from 'vitest';
import { killSequence } from './kill-sequence.ts';

test('twenty jobs have one result each while agent, manager, node, hub and Redis are killed', { timeout: 400_000 }, async () => {
  await killSequence({ seed: 7, jobs: 20, kills: 6 });
});
