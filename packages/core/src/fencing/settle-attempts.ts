import type { AttemptOutcome } from '../model/run.ts';
import type { AttemptName, FenceConfirmation } from './fence-orders.ts';
import { attemptKey, provenByConfirmation } from './fence-orders.ts';
import type { NodePatience, PatienceVerdict } from './manager-patience.ts';

/** What one read of a node's folder found, besides the counter. */
export interface FolderEvidence {
  readonly ended: readonly (AttemptName & { readonly outcome: AttemptOutcome })[];
  /** The node or all of its guards wrote that this nonce executes nothing any more. */
  readonly isClosed: boolean;
  readonly fenceConfirmation: FenceConfirmation | null;
}

/** How an attempt is known to have ended. Only the first two tell its outcome; after the others it is lost. */
export type Settlement = AttemptName &
  (
    | { readonly proof: 'reported'; readonly outcome: AttemptOutcome }
    | { readonly proof: 'fence-confirmed'; readonly outcome: AttemptOutcome }
    | { readonly proof: 'nonce-closed' }
    | { readonly proof: 'lease-lapsed' }
  );

/**
 * Which attempts placed on a node are proven to have ended (rule 5)? Called after each completed read with what it found and
 * with the verdict that includes it. The spool speaks first, so that a run that finished in the silence is not run
 * again; attempts without proof are not in the answer and stay as they are.
 */
export function settleAttempts(
  held: readonly AttemptName[],
  evidence: FolderEvidence,
  patience: NodePatience,
  verdict: PatienceVerdict,
  epoch: number,
): readonly Settlement[] {
  const reported = new Map(evidence.ended.map((end) => [attemptKey(end), end.outcome]));
  const fenced = new Map(
    provenByConfirmation(evidence.fenceConfirmation, { epoch, nonce: patience.nonce }).map((end) => [attemptKey(end), end.outcome]),
  );
  return held.flatMap(({ run, attempt }): readonly Settlement[] => {
    const key = attemptKey({ run, attempt });
    const ownOutcome = reported.get(key);
    if (ownOutcome !== undefined) return [{ run, attempt, proof: 'reported', outcome: ownOutcome }];
    const fencedOutcome = fenced.get(key);
    if (fencedOutcome !== undefined) return [{ run, attempt, proof: 'fence-confirmed', outcome: fencedOutcome }];
    if (evidence.isClosed) return [{ run, attempt, proof: 'nonce-closed' }];
    return verdict.kind === 'lapsed' ? [{ run, attempt, proof: 'lease-lapsed' }] : [];
  });
}
