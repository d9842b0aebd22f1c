import type { AllocationId, ClusterName, ExperimentName, RunId } from '../model/ids.ts';
import type { AllocationBill } from './allocation-bill.ts';
import type { SavedAllocationAccount } from './allocation-account.ts';
import type { SavedBills } from './bill-book.ts';
import type { SavedClusterAccount } from './cluster-account.ts';
import type { SavedSavings } from './consolidation-savings.ts';
import type { LedgerSums } from './ledger.ts';

/** A bill with lists in the place of its maps. */
export interface SavedBill extends Omit<AllocationBill, 'experiments' | 'aloneMs'> {
  readonly experiments: readonly (readonly [ExperimentName, LedgerSums])[];
  readonly aloneMs: readonly (readonly [ExperimentName, number])[];
}

/** A part of saved accounts. `accounts` comes first. */
export type AccountsRecord =
  | {
      readonly kind: 'accounts';
      readonly atMs: number;
      readonly clusters: readonly (readonly [ClusterName, SavedClusterAccount])[];
      readonly holders: readonly (readonly [RunId, AllocationId])[];
      readonly longestUsefulMs: readonly (readonly [ClusterName, number])[];
      readonly shortestStartUpMs: readonly (readonly [ClusterName, number])[];
      readonly savings: SavedSavings;
      readonly bills: SavedBills;
    }
  | { readonly kind: 'allocation-accounts'; readonly accounts: readonly (readonly [AllocationId, SavedAllocationAccount])[] }
  | { readonly kind: 'closed-bills'; readonly bills: readonly (readonly [AllocationId, SavedBill])[] };

export function savedBill(bill: AllocationBill): SavedBill {
  return { ...bill, experiments: [...bill.experiments], aloneMs: [...bill.aloneMs] };
}

export function restoredBill(bill: SavedBill): AllocationBill {
  return { ...bill, experiments: new Map(bill.experiments), aloneMs: new Map(bill.aloneMs) };
}
