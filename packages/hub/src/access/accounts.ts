import { timingSafeEqual } from 'node:crypto';
import { JuqueueError } from '@juqueue/core';
import type { Clock } from '@juqueue/core';
import type { AccessChange, AccessRecord } from './access-record.ts';
import { apiKeyId, newApiKey } from './api-key.ts';
import { credentialStatus } from './model.ts';
import type { ApiKey, Principal, Role, User } from './model.ts';
import { sha256Hex } from './signature.ts';

const nameForm = /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}$/;

export interface IssuedKey {
  readonly key: ApiKey;
  /** Shown this once. */
  readonly text: string;
}

/** Users and their keys. What it answers comes from memory; changes are on disk before they count. */
export class Accounts {
  readonly #record: AccessRecord;
  readonly #clock: Clock;
  readonly #users: Map<string, User>;
  readonly #keys: Map<string, ApiKey>;

  constructor(record: AccessRecord, clock: Clock, users: readonly User[], keys: readonly ApiKey[]) {
    this.#record = record;
    this.#clock = clock;
    this.#users = new Map(users.map((user) => [user.name, user]));
    this.#keys = new Map(keys.map((key) => [key.id, key]));
  }

  get users(): readonly User[] {
    return [...this.#users.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  user(name: string): User | null {
    return this.#users.get(name) ?? null;
  }

  keysOf(user: string): readonly ApiKey[] {
    return [...this.#keys.values()].filter((key) => key.user === user).sort((a, b) => a.createdAtMs - b.createdAtMs);
  }

  key(id: string): ApiKey | null {
    return this.#keys.get(id) ?? null;
  }

  /** Whose key this is; null when it is nobody's, expired or revoked, or its user is disabled. */
  authenticate(text: string): Principal | null {
    const key = this.#keys.get(apiKeyId(text) ?? '');
    if (key === undefined || !timingSafeEqual(Buffer.from(sha256Hex(text)), Buffer.from(key.keySha256))) return null;
    const user = this.#users.get(key.user);
    const nowMs = this.#clock.nowMs();
    if (user === undefined || user.isDisabled || credentialStatus(key, nowMs) !== 'active') return null;
    this.#keys.set(key.id, { ...key, lastUsedAtMs: nowMs });
    return { kind: 'user', name: user.name, role: user.role, key: key.id };
  }

  async addUser(name: string, role: Role, actor: string): Promise<User> {
    if (!nameForm.test(name))
      throw new JuqueueError(
        'JQ_BAD_REQUEST',
        `'${name}' cannot be the name of a user, expected letters, digits and . _ @ + -, at most 128.`,
      );
    if (this.#users.has(name)) throw new JuqueueError('JQ_EXISTS', `There is a user ${name} already.`);
    const user: User = { name, role, isDisabled: false, createdAtMs: this.#clock.nowMs() };
    this.#users.set(name, user);
    await this.#change([{ kind: 'user', user }], actor, 'user-added', name, { role }).catch((error: unknown) => {
      this.#users.delete(name);
      throw error;
    });
    return user;
  }

  /** Throws `JQ_LAST_MANAGER` when nobody would be left who may administer. */
  async changeUser(name: string, change: { readonly role?: Role; readonly isDisabled?: boolean }, actor: string): Promise<User> {
    const before = this.#existing(name);
    const user = { ...before, ...change };
    const managers = this.users.filter((other) => other.role === 'manager' && !other.isDisabled && other.name !== name);
    if (before.role === 'manager' && (user.role !== 'manager' || user.isDisabled) && managers.length === 0) {
      throw new JuqueueError('JQ_LAST_MANAGER', `${name} is the only manager of this hub.`, 'Make another user a manager first.');
    }
    await this.#change([{ kind: 'user', user }], actor, 'user-changed', name, change);
    this.#users.set(name, user);
    return user;
  }

  /** `keep` gets the text before the key counts: a key that nobody got to know is not left behind. */
  async issueKey(
    user: string,
    label: string,
    expiresAtMs: number | null,
    actor: string,
    keep?: (text: string) => Promise<void>,
  ): Promise<IssuedKey> {
    this.#existing(user);
    const { id, text, keySha256 } = newApiKey();
    await keep?.(text);
    const key: ApiKey = {
      id,
      user,
      label,
      keySha256,
      createdAtMs: this.#clock.nowMs(),
      expiresAtMs,
      revokedAtMs: null,
      lastUsedAtMs: null,
    };
    await this.#change([{ kind: 'key', key }], actor, 'key-issued', id, { user, label, expiresAtMs });
    this.#keys.set(id, key);
    return { key, text };
  }

  async revokeKey(id: string, actor: string): Promise<ApiKey> {
    const before = this.#keys.get(id);
    if (before === undefined) throw new JuqueueError('JQ_NOT_FOUND', `There is no key ${id}.`);
    if (before.revokedAtMs !== null) return before;
    const key = { ...before, revokedAtMs: this.#clock.nowMs() };
    this.#keys.set(id, key);
    await this.#change([{ kind: 'key', key }], actor, 'key-revoked', id, { user: key.user });
    return key;
  }

  /** Keys used since the instant, to be noted on disk now and then. */
  usedSince(sinceMs: number): readonly AccessChange[] {
    return [...this.#keys.values()].filter((key) => (key.lastUsedAtMs ?? 0) >= sinceMs).map((key) => ({ kind: 'key', key }));
  }

  #existing(name: string): User {
    const user = this.#users.get(name);
    if (user === undefined) throw new JuqueueError('JQ_NOT_FOUND', `There is no user ${name}.`);
    return user;
  }

  #change(
    changes: readonly AccessChange[],
    actor: string,
    action: string,
    target: string,
    detail: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    return this.#record.change(changes, { atMs: this.#clock.nowMs(), actor, action, target, detail });
  }
}
