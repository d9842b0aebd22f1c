import { describe, test } from 'vitest';
import { cannotFreeze, hangWorkDir } from './hung-file-system.ts';

describe.skipIf(cannotFreeze !== null)(
  `a work-dir that hangs${cannotFreeze === null ? '' : ` (skipped: ${cannotFreeze})`}`,
  { timeout: 240_000 },
  () => {
    test('for 40 s stops no run, holds up no answer, and everything goes on afterwards', async () => {
      await hangWorkDir(40_000, 5);
    });
  },
);
