import type { WorldRecord } from '../evolve/saved-world.ts';
import type { AccountsRecord } from '../ledger/saved-accounts.ts';
import type { AttemptRow } from './run-index.ts';

/** A part of a saved state. First the world, then the accounts, then the attempts that have ended. */
export type StateRecord = WorldRecord | AccountsRecord | { readonly kind: 'attempts'; readonly attempts: readonly AttemptRow[] };

/** The fold of all events up to `seq`, which stands in their place. */
export interface SavedState {
  readonly seq: number;
  records(): AsyncIterable<StateRecord>;
}
