import type { ApiKey, AuditEntry, Credential, StoredAuditEntry, Switch, User } from './model.ts';

export type AccessChange =
  | { readonly kind: 'user'; readonly user: User }
  | { readonly kind: 'key'; readonly key: ApiKey }
  | { readonly kind: 'credential'; readonly credential: Credential }
  | { readonly kind: 'switch'; readonly switch: Switch };

export interface SeenNonce {
  readonly agent: string;
  readonly nonce: string;
  /** From then on its timestamp is refused anyway. */
  readonly untilMs: number;
}

export interface AccessState {
  readonly users: readonly User[];
  readonly keys: readonly ApiKey[];
  readonly credentials: readonly Credential[];
  readonly switch: Switch | null;
  readonly nonces: readonly SeenNonce[];
}

export interface AuditQuery {
  /** Entries older than this one; null: from the newest. */
  readonly beforeSeq: number | null;
  readonly limit: number;
}

/** Where it is kept who may what. A promise that is fulfilled is on disk. */
export interface AccessRecord {
  load(nowMs: number): Promise<AccessState>;
  /** All of it or nothing. */
  change(changes: readonly AccessChange[], audit: AuditEntry): Promise<void>;
  addNonces(nonces: readonly SeenNonce[], nowMs: number): Promise<void>;
  /** Changes without an entry in the audit trail: when something was last used. */
  touch(changes: readonly AccessChange[]): Promise<void>;
  /** Newest first. */
  audit(query: AuditQuery): Promise<readonly StoredAuditEntry[]>;
}
