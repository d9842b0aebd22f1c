import type { AllocationId, NodeId, Nonce } from '../model/ids.ts';
import type { EndedAttempt } from '../protocol/messages.ts';
import type { FenceConfirmation, FenceOrder } from '../fencing/fence-orders.ts';

/** One folder `nodes/<allocation>-<nonce>` as a read found it. */
export interface NodeFolderReading {
  readonly node: NodeId;
  readonly nonce: Nonce;
  /** The node's overwrite counter; null when the file is missing or damaged. */
  readonly counter: number | null;
  /** The node's answer to our challenge, for proving that the work-dir is really shared. */
  readonly challengeEcho: string | null;
  readonly ended: readonly EndedAttempt[];
  /** Written by the guard or the node itself: this nonce executes nothing any more. */
  readonly isClosed: boolean;
  readonly fenceConfirmation: FenceConfirmation | null;
}

/**
 * The second channel: the work-dir. Every method runs off the main thread and may take as long as a hung file system
 * takes; the caller must not wait for it before answering heartbeats.
 */
export interface NodeFiles {
  /** Opens and reads a folder anew; rejects when the file system says no, stays pending while it hangs. */
  read(node: NodeId, nonce: Nonce): Promise<NodeFolderReading>;
  /** All folders that exist, for recovery. */
  list(): Promise<readonly { readonly node: AllocationId; readonly nonce: Nonce }[]>;
  writeFence(node: NodeId, nonce: Nonce, order: FenceOrder): Promise<void>;
  writeChallenge(node: NodeId, nonce: Nonce, challenge: string): Promise<void>;
  removeFolder(node: NodeId, nonce: Nonce): Promise<void>;
}
