import { test } from 'vitest';
import { killSequence } from './kill-sequence.ts';

test('two hundred jobs have one result each while agent, manager, node, hub and Redis are killed', { timeout: 1_500_000 }, async () => {
  await killSequence({ seed: Number(process.env['JUQUEUE_SEED'] ?? 1), jobs: 200, kills: 40 });
});
