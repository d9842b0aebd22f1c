import type { Static } from 'typebox';
import type { amount } from './schema-parts.ts';
import { sizeBytes } from './size-text.ts';

/** Resources by name as numbers: counts as they are, sizes in bytes. An amount of 0 stays: a run may say that it wants no device. */
export function resourceAmounts(source: Readonly<Record<string, Static<typeof amount> | undefined>>): Readonly<Record<string, number>> {
  const amounts: Record<string, number> = {};
  for (const [name, value] of Object.entries(source))
    if (value !== undefined) amounts[name] = typeof value === 'number' ? value : sizeBytes(value);
  return amounts;
}
