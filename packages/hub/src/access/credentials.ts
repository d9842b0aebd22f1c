import { randomBytes } from 'node:crypto';
import { JuqueueError } from '@juqueue/core';
import type { Clock } from '@juqueue/core';
import type { AccessChange, AccessRecord } from './access-record.ts';
import { credentialStatus } from './model.ts';
import type { Credential } from './model.ts';
import type { SecretBox } from './secret-box.ts';
import { isSignature } from './signature.ts';
import type { SignedRequest } from './signature.ts';

const agentForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

export interface IssuedCredential {
  readonly credential: Credential;
  /** Shown this once. */
  readonly secret: string;
}

/** The secrets by which agents prove their requests. An agent has one, and for a while two while it changes to a new one. */
export class Credentials {
  readonly #record: AccessRecord;
  readonly #box: SecretBox;
  readonly #clock: Clock;
  readonly #credentials: Map<string, Credential>;
  readonly #secrets = new Map<string, string>();

  constructor(record: AccessRecord, box: SecretBox, clock: Clock, credentials: readonly Credential[]) {
    this.#record = record;
    this.#box = box;
    this.#clock = clock;
    this.#credentials = new Map(credentials.map((credential) => [credential.id, credential]));
    for (const credential of credentials)
      if (credential.revokedAtMs === null) this.#secrets.set(credential.id, box.open(credential.sealedSecret, credential.id));
  }

  get agents(): readonly string[] {
    return [...new Set([...this.#credentials.values()].map(({ agent }) => agent))].sort();
  }

  of(agent: string): readonly Credential[] {
    return [...this.#credentials.values()].filter((credential) => credential.agent === agent).sort((a, b) => a.createdAtMs - b.createdAtMs);
  }

  /** The id of the credential by which this agent signed; null when it is none of its active ones. */
  authenticate(agent: string, signature: string, request: SignedRequest): string | null {
    const found = this.#active(agent).find(({ id }) => isSignature(signature, this.#secrets.get(id) ?? '', request));
    if (found === undefined) return null;
    this.#credentials.set(found.id, { ...found, lastUsedAtMs: this.#clock.nowMs() });
    return found.id;
  }

  /** Throws `JQ_EXISTS` when the agent has an active one. */
  async issue(agent: string, label: string, expiresAtMs: number | null, actor: string): Promise<IssuedCredential> {
    if (!agentForm.test(agent))
      throw new JuqueueError(
        'JQ_BAD_REQUEST',
        `'${agent}' cannot be the name of an agent, expected letters, digits and . _ -, at most 128.`,
      );
    const active = this.#active(agent)[0];
    if (active !== undefined)
      throw new JuqueueError('JQ_EXISTS', `Agent ${agent} has the active credential ${active.id}.`, 'Rotate or revoke it.');
    return this.#add(agent, label, expiresAtMs, [], actor, 'credential-issued');
  }

  /** A new one; the active ones hold for `overlapMs` more. */
  async rotate(agent: string, label: string, expiresAtMs: number | null, overlapMs: number, actor: string): Promise<IssuedCredential> {
    const untilMs = this.#clock.nowMs() + overlapMs;
    const ending = this.#active(agent).map((credential) => ({
      ...credential,
      expiresAtMs: Math.min(credential.expiresAtMs ?? untilMs, untilMs),
    }));
    if (ending.length === 0) throw new JuqueueError('JQ_NOT_FOUND', `Agent ${agent} has no active credential.`, 'Issue one.');
    return this.#add(agent, label, expiresAtMs, ending, actor, 'credential-rotated');
  }

  async revoke(agent: string, id: string, actor: string): Promise<Credential> {
    const before = this.#credentials.get(id);
    if (before === undefined || before.agent !== agent) throw new JuqueueError('JQ_NOT_FOUND', `Agent ${agent} has no credential ${id}.`);
    if (before.revokedAtMs !== null) return before;
    const credential = { ...before, revokedAtMs: this.#clock.nowMs() };
    this.#credentials.set(id, credential);
    this.#secrets.delete(id);
    await this.#change([credential], actor, 'credential-revoked', agent, { credential: id });
    return credential;
  }

  usedSince(sinceMs: number): readonly AccessChange[] {
    return [...this.#credentials.values()]
      .filter(({ lastUsedAtMs }) => (lastUsedAtMs ?? 0) >= sinceMs)
      .map((credential) => ({ kind: 'credential', credential }));
  }

  #active(agent: string): readonly Credential[] {
    const nowMs = this.#clock.nowMs();
    return this.of(agent).filter((credential) => credentialStatus(credential, nowMs) === 'active');
  }

  async #add(
    agent: string,
    label: string,
    expiresAtMs: number | null,
    ending: readonly Credential[],
    actor: string,
    action: string,
  ): Promise<IssuedCredential> {
    const id = randomBytes(8).toString('hex');
    const secret = randomBytes(32).toString('hex');
    const credential: Credential = {
      id,
      agent,
      label,
      sealedSecret: this.#box.seal(secret, id),
      createdAtMs: this.#clock.nowMs(),
      expiresAtMs,
      revokedAtMs: null,
      lastUsedAtMs: null,
    };
    const changed = [...ending, credential];
    await this.#change(changed, actor, action, agent, { credential: id, label, expiresAtMs });
    for (const one of changed) this.#credentials.set(one.id, one);
    this.#secrets.set(id, secret);
    return { credential, secret };
  }

  #change(
    credentials: readonly Credential[],
    actor: string,
    action: string,
    target: string,
    detail: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    return this.#record.change(
      credentials.map((credential) => ({ kind: 'credential', credential })),
      { atMs: this.#clock.nowMs(), actor, action, target, detail },
    );
  }
}
