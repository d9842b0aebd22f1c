import type { LedgerSums } from '@juqueue/core';
import type { Answer } from '@juqueue/http';
import type { LedgerPartsSchema } from './schemas/accounting-schemas.ts';

export function partsOf({ billed: _billed, ...parts }: LedgerSums): Answer<typeof LedgerPartsSchema> {
  return parts;
}
