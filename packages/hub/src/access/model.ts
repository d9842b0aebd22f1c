export const roles = ['viewer', 'editor', 'manager'] as const;
/** Each may what those before it may. */
export type Role = (typeof roles)[number];

/** A person, or a service that submits like one. */
export interface User {
  readonly name: string;
  readonly role: Role;
  /** Their keys are refused; what they own stays. */
  readonly isDisabled: boolean;
  readonly createdAtMs: number;
}

export interface ApiKey {
  /** Stands in the key itself, to find it by. */
  readonly id: string;
  readonly user: string;
  readonly label: string;
  /** Of the whole key; the key itself is kept nowhere. */
  readonly keySha256: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
  readonly lastUsedAtMs: number | null;
}

export interface Credential {
  readonly id: string;
  readonly agent: string;
  readonly label: string;
  /** Encrypted; see secret-box.ts. */
  readonly sealedSecret: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
  readonly lastUsedAtMs: number | null;
}

export type CredentialStatus = 'active' | 'expired' | 'revoked';

/** While it is closed, jobs are neither accepted nor offered. */
export interface Switch {
  readonly isClosed: boolean;
  readonly reason: string | null;
  readonly by: string;
  readonly atMs: number;
}

/** Who makes a request. */
export type Principal =
  | { readonly kind: 'user'; readonly name: string; readonly role: Role; readonly key: string }
  | { readonly kind: 'agent'; readonly name: string; readonly credential: string };

/** One thing that somebody changed. */
export interface AuditEntry {
  readonly atMs: number;
  /** `user:NAME`, `agent:NAME`, or `hub`. */
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface StoredAuditEntry extends AuditEntry {
  readonly seq: number;
}

export function credentialStatus(
  { revokedAtMs, expiresAtMs }: Pick<Credential, 'revokedAtMs' | 'expiresAtMs'>,
  nowMs: number,
): CredentialStatus {
  if (revokedAtMs !== null) return 'revoked';
  return expiresAtMs !== null && expiresAtMs <= nowMs ? 'expired' : 'active';
}

export function mayAct(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}

export function actorOf(principal: Principal): string {
  return `${principal.kind}:${principal.name}`;
}
