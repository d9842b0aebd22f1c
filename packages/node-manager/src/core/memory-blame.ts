/** What an attempt holds of its node's memory, and what is its to hold. */
export interface MemoryUse {
  readonly run: string;
  readonly rssBytes: number;
  readonly shareBytes: number;
}

/**
 * Who took the memory for which this attempt was killed? The kernel kills whoever is large, not whoever is too large. One
 * that held no more than its share paid for the one that holds the most beyond its own; null when nobody does, or it did.
 */
export function whoTookMemory(killed: MemoryUse, others: readonly MemoryUse[]): MemoryUse | null {
  if (killed.rssBytes > killed.shareBytes) return null;
  const beyond = ({ rssBytes, shareBytes }: MemoryUse): number => rssBytes - shareBytes;
  const worst = [...others].sort((a, b) => beyond(b) - beyond(a) || (a.run < b.run ? -1 : 1))[0];
  return worst !== undefined && beyond(worst) > 0 ? worst : null;
}

export function describeBlame({ run, rssBytes, shareBytes }: MemoryUse): string {
  return `${run} had taken the memory: it held ${megabytes(rssBytes)}, and ${megabytes(shareBytes)} of this node are its share`;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
