import type { Nonce, RunId } from '../model/ids.ts';
import type { AttemptOutcome } from '../model/run.ts';

export interface AttemptName {
  readonly run: RunId;
  readonly attempt: number;
}

/** Manager → node through the work-dir: end these attempts, and never start one of them later. */
export interface FenceOrder {
  readonly epoch: number;
  readonly nonce: Nonce;
  readonly attempts: readonly AttemptName[];
}

/** `outcome` is null while processes of the attempt may still execute; `never-started` promises that none ever will. */
export interface FencedAttempt extends AttemptName {
  readonly outcome: AttemptOutcome | null;
}

/** Node → manager: what was done about the order of this epoch. Replaced as a whole until every outcome is there. */
export interface FenceConfirmation {
  readonly epoch: number;
  readonly nonce: Nonce;
  readonly attempts: readonly FencedAttempt[];
}

/**
 * The attempts that a confirmation proves to have ended: those it names together with an outcome. One that answers
 * another nonce or another epoch than ours proves nothing; our own order is then still unanswered.
 */
export function provenByConfirmation(
  confirmation: FenceConfirmation | null,
  ours: { readonly epoch: number; readonly nonce: Nonce },
): readonly (AttemptName & { readonly outcome: AttemptOutcome })[] {
  if (confirmation === null || confirmation.epoch !== ours.epoch || confirmation.nonce !== ours.nonce) return [];
  return confirmation.attempts.flatMap(({ run, attempt, outcome }) => (outcome === null ? [] : [{ run, attempt, outcome }]));
}

/** The names of an attempt as one key for maps and sets. */
export function attemptKey({ run, attempt }: AttemptName): string {
  return `${run}#${attempt}`;
}
