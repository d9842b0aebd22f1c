import type { FenceOrder, NodeFiles, NodeFolderReading, NodeId, Nonce } from '@juqueue/core';

/** Folders of nodes in memory. `hang` holds every read back until it is released; `isCut` makes them fail. */
export class FakeNodeFiles implements NodeFiles {
  readonly folders = new Map<string, NodeFolderReading>();
  readonly fences = new Map<string, FenceOrder>();
  readonly challenges = new Map<string, string>();
  reads = 0;
  isCut = false;
  hang: Promise<void> | null = null;

  /** What the next reads find; parts that are not named stay as they were. */
  put(node: NodeId, nonce: Nonce, change: Partial<NodeFolderReading>): void {
    const key = `${node}-${nonce}`;
    const empty: NodeFolderReading = {
      node,
      nonce,
      counter: null,
      challengeEcho: null,
      ended: [],
      isClosed: false,
      fenceConfirmation: null,
    };
    this.folders.set(key, { ...(this.folders.get(key) ?? empty), ...change });
  }

  async read(node: NodeId, nonce: Nonce): Promise<NodeFolderReading> {
    this.reads += 1;
    if (this.hang !== null) await this.hang;
    if (this.isCut) throw new Error('the file system says no');
    const found = this.folders.get(`${node}-${nonce}`);
    if (found === undefined) this.put(node, nonce, {});
    return found ?? this.read(node, nonce);
  }

  async list(): Promise<readonly { readonly node: NodeId; readonly nonce: Nonce }[]> {
    return [...this.folders.values()].map(({ node, nonce }) => ({ node, nonce }));
  }

  async writeFence(node: NodeId, nonce: Nonce, order: FenceOrder): Promise<void> {
    this.fences.set(`${node}-${nonce}`, order);
  }

  async writeChallenge(node: NodeId, nonce: Nonce, challenge: string): Promise<void> {
    this.challenges.set(`${node}-${nonce}`, challenge);
  }

  async removeFolder(node: NodeId, nonce: Nonce): Promise<void> {
    this.folders.delete(`${node}-${nonce}`);
  }
}
