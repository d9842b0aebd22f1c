/** What a work-dir carries in `.juqueue/identity.json`. The key proves that the folder is the one that we made. */
export interface Identity {
  readonly id: string;
  readonly key: string;
  /** Version of the events that the newest manager wrote. */
  readonly schema: number;
}

/** What we keep about it at home, where others cannot write. */
export interface KeptIdentity {
  readonly key: string;
  readonly workDir: string;
  readonly inode: number;
}

export type IdentityVerdict =
  { readonly kind: 'ours' } | { readonly kind: 'moved'; readonly from: string } | { readonly kind: 'foreign'; readonly found: string };

/**
 * Whether the folder at `workDir` is the one that we once gave this identity. A renamed work-dir keeps its inode number;
 * a `.juqueue` that somebody moved here from another work-dir does not bring that one's along.
 */
export function judgeIdentity(identity: Identity, kept: KeptIdentity | null, workDir: string, inode: number): IdentityVerdict {
  if (kept === null) return { kind: 'foreign', found: `its identity ${identity.id} is not one that this account has given` };
  if (kept.key !== identity.key)
    return { kind: 'foreign', found: `its identity ${identity.id} does not carry the key that was given to it` };
  if (kept.workDir === workDir) return { kind: 'ours' };
  if (kept.inode === inode) return { kind: 'moved', from: kept.workDir };
  return { kind: 'foreign', found: `its identity ${identity.id} belongs to the work-dir ${kept.workDir}` };
}

export function parseIdentity(text: string): Identity | null {
  const value = parseObject(text);
  if (value === null) return null;
  const { id, key, schema } = value;
  return typeof id === 'string' && /^[0-9a-f]{32}$/.test(id) && typeof key === 'string' && typeof schema === 'number'
    ? { id, key, schema }
    : null;
}

export function parseKeptIdentity(text: string): KeptIdentity | null {
  const value = parseObject(text);
  if (value === null) return null;
  const { key, workDir, inode } = value;
  return typeof key === 'string' && typeof workDir === 'string' && typeof inode === 'number' ? { key, workDir, inode } : null;
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
