import type { BilledTime } from './allocation-bill.ts';
import type { LedgerSums } from './ledger.ts';
import { addSums } from './allocation-bill.ts';
import { emptySums, ledgerParts } from './ledger.ts';

/** Days are those of UTC: the same for everybody who reads the account, wherever the manager runs. */
const dayMs = 86_400_000;

/** The part of a bill that falls on one day. */
export interface BilledDay {
  /** The start of the day, epoch ms. */
  readonly dayMs: number;
  readonly billedMs: number;
  readonly sums: LedgerSums;
}

/**
 * A bill, day by day. What was billed on each day is exact; where it went is spread evenly over the billed time of the
 * node, in whole slot-milliseconds, so that each day's parts sum to its bill and each part's days to the part.
 */
export function billedDays({ fromMs, toMs }: BilledTime, sums: LedgerSums): readonly BilledDay[] {
  const days: BilledDay[] = [];
  const left = { ...sums };
  for (let startMs = fromMs; startMs < toMs;) {
    const day = startMs - (startMs % dayMs);
    const endMs = Math.min(toMs, day + dayMs);
    const taken = portion(left, endMs - startMs, toMs - startMs);
    addSums(left, taken, -1);
    days.push({ dayMs: day, billedMs: endMs - startMs, sums: taken });
    startMs = endMs;
  }
  return days;
}

/** `share / whole` of each part, never more than there is of it; the largest fractions are rounded up until all is taken. */
function portion(sums: LedgerSums, share: number, whole: number): LedgerSums {
  const taken = emptySums();
  taken.billed = Number((BigInt(sums.billed) * BigInt(share)) / BigInt(whole));
  let rest = taken.billed;
  const fractions = ledgerParts.map((part) => {
    const exact = BigInt(sums[part]) * BigInt(share);
    taken[part] = Number(exact / BigInt(whole));
    rest -= taken[part];
    return { part, fraction: exact % BigInt(whole) };
  });
  fractions.sort((a, b) => (a.fraction < b.fraction ? 1 : a.fraction > b.fraction ? -1 : 0));
  for (const { part } of fractions.slice(0, rest)) taken[part] += 1;
  return taken;
}
