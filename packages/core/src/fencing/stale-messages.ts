import type { Nonce } from '../model/ids.ts';

/** Why a message or file was dropped; counted by this word. */
export const staleReasons = ['lower-epoch', 'another-nonce', 'another-attempt'] as const;
export type StaleReason = (typeof staleReasons)[number];

/** Node side: null when the manager's words are to be obeyed. `nonce` is absent where the link already fixes it. */
export function whyNodeDrops(
  known: { readonly epoch: number; readonly nonce: Nonce },
  said: { readonly epoch: number; readonly nonce?: Nonce },
): StaleReason | null {
  if (said.epoch < known.epoch) return 'lower-epoch';
  return said.nonce !== undefined && said.nonce !== known.nonce ? 'another-nonce' : null;
}

/**
 * Manager side: null when the node's words are about the present. `expected` is the execution that the run has now, null when
 * it has none; `attempt` is null in what is said about the node as a whole.
 */
export function whyManagerDrops(
  expected: { readonly nonce: Nonce; readonly attempt: number | null } | null,
  said: { readonly nonce: Nonce; readonly attempt: number | null },
): StaleReason | null {
  if (expected === null) return 'another-attempt';
  if (said.nonce !== expected.nonce) return 'another-nonce';
  return said.attempt === expected.attempt ? null : 'another-attempt';
}
