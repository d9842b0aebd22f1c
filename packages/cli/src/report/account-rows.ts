import type { Accounting, AllocationAccount, LedgerParts } from '@juqueue/client';

/** By what an account can be divided. */
export const groupings = ['cluster', 'experiment', 'day', 'allocation'] as const;
export type Grouping = (typeof groupings)[number];

/** One line of an account, whatever it is divided by. */
export interface AccountRow {
  readonly name: string;
  readonly billedNodeSeconds: number;
  readonly provisionalNodeSeconds: number;
  readonly billedSlotMs: number;
  readonly partsSlotMs: LedgerParts;
  /** Undefined where it has no meaning. */
  readonly efficiency?: number | null;
  readonly aloneNodeSeconds?: number;
  readonly allocations?: number;
}

/** What nobody's runs were on stands among the experiments under this name. */
export const nobody = '(no run)';

export function rowsBy(grouping: Grouping, { clusters, experiments, unattributed, days, allocations }: Accounting): readonly AccountRow[] {
  switch (grouping) {
    case 'cluster':
      return clusters;
    case 'experiment':
      return unattributed.billedSlotMs === 0 ? experiments : [...experiments, { name: nobody, ...unattributed }];
    case 'day':
      return days.map((day) => ({ name: day.day, ...day }));
    case 'allocation':
      return allocations.map(allocationRow);
  }
}

function allocationRow({ id, billedNodeSeconds, billedSlotMs, partsSlotMs, isProvisional }: AllocationAccount): AccountRow {
  return { name: id, billedNodeSeconds, provisionalNodeSeconds: isProvisional ? billedNodeSeconds : 0, billedSlotMs, partsSlotMs };
}
