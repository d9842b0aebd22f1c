import { describe, test } from 'vitest';
import { cannotFreeze, hangWorkDir } from './hung-file-system.ts';

describe.skipIf(cannotFreeze !== null)(
  `a work-dir that hangs${cannotFreeze === null ? '' : ` (skipped: ${cannotFreeze})`}`,
  { timeout: 600_000 },
  () => {
    test('for three minutes stops no run, holds up no answer, and everything goes on afterwards', async () => {
      await hangWorkDir(180_000, 5);
    });
  },
);
