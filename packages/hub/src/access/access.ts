import { join } from 'node:path';
import { JuqueueError } from '@juqueue/core';
import type { Clock, Timer } from '@juqueue/core';
import type { AccessRecord } from './access-record.ts';
import { Accounts } from './accounts.ts';
import { Credentials } from './credentials.ts';
import { FailureLimit } from './failure-limit.ts';
import { KillSwitch } from './kill-switch.ts';
import type { AuditEntry, Principal } from './model.ts';
import { NonceGuard } from './nonce-guard.ts';
import { writePrivateFile } from './private-file.ts';
import { openSecretBox } from './secret-box.ts';
import type { SecretBox } from './secret-box.ts';
import type { SignedRequest } from './signature.ts';
import { SqliteAccessRecord } from './sqlite-access-record.ts';

/** How often it is noted on disk what was used. */
const noteUseMs = 60_000;

/** Who may what: users with keys, agents with credentials, the switch. */
export class Access implements AsyncDisposable {
  readonly accounts: Accounts;
  readonly credentials: Credentials;
  readonly killSwitch: KillSwitch;
  readonly record: AccessRecord;
  readonly #clock: Clock;
  readonly #nonces: NonceGuard;
  readonly #limit: FailureLimit;
  #notedMs: number;
  #timer: Timer;

  private constructor(
    record: AccessRecord,
    clock: Clock,
    parts: { accounts: Accounts; credentials: Credentials; killSwitch: KillSwitch; nonces: NonceGuard },
  ) {
    this.record = record;
    this.accounts = parts.accounts;
    this.credentials = parts.credentials;
    this.killSwitch = parts.killSwitch;
    this.#clock = clock;
    this.#nonces = parts.nonces;
    this.#limit = new FailureLimit(clock);
    this.#notedMs = clock.nowMs();
    this.#timer = clock.after(noteUseMs, () => this.#noteUseAgain());
  }

  static async open(record: AccessRecord, box: SecretBox, clock: Clock): Promise<Access> {
    const state = await record.load(clock.nowMs());
    return new Access(record, clock, {
      accounts: new Accounts(record, clock, state.users, state.keys),
      credentials: new Credentials(record, box, clock, state.credentials),
      killSwitch: new KillSwitch(record, clock, state.switch),
      nonces: new NonceGuard(record, clock, state.nonces),
    });
  }

  /** Whose key this is. Throws `JQ_UNAUTHORIZED` and, for an address that is guessing, `JQ_TOO_MANY_REQUESTS`. */
  authenticateKey(text: string, address: string): Principal {
    const principal = this.accounts.authenticate(text);
    if (principal === null) throw this.#refusal(address, 'The key is none of this hub, or has expired or been revoked.');
    this.#limit.succeeded(address, principal.kind === 'user' ? principal.key : principal.credential);
    return principal;
  }

  /** Which agent signed this. Passes once for each nonce. The body's hash is still to be compared with the body. */
  async authenticateAgent(agent: string, signature: string, request: SignedRequest, address: string): Promise<Principal> {
    const credential = this.credentials.authenticate(agent, signature, request);
    if (credential === null) throw this.#refusal(address, `The signature is not one by an active credential of agent ${agent}.`);
    this.#limit.succeeded(address, credential);
    await this.#nonces.pass(agent, request.nonce, request.timestampSeconds);
    return { kind: 'agent', name: agent, credential };
  }

  /** A request that carries nothing that could be checked. */
  refuseUnknown(address: string, message: string): never {
    throw this.#refusal(address, message);
  }

  audit(actor: string, action: string, target: string, detail: AuditEntry['detail']): Promise<void> {
    return this.record.change([], { atMs: this.#clock.nowMs(), actor, action, target, detail });
  }

  async noteUse(): Promise<void> {
    const sinceMs = this.#notedMs;
    this.#notedMs = this.#clock.nowMs();
    const used = [...this.accounts.usedSince(sinceMs), ...this.credentials.usedSince(sinceMs)];
    if (used.length > 0) await this.record.touch(used);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer.cancel();
    // A full disk keeps nobody from ending.
    await this.noteUse().catch(() => undefined);
  }

  #noteUseAgain(): void {
    void this.noteUse().catch(() => undefined);
    this.#timer = this.#clock.after(noteUseMs, () => this.#noteUseAgain());
  }

  #refusal(address: string, message: string): JuqueueError {
    this.#limit.check(address);
    this.#limit.failed(address);
    return new JuqueueError('JQ_UNAUTHORIZED', message, 'Keys are issued by a manager of the hub, credentials of agents too.');
  }
}

export interface OpenedAccess extends AsyncDisposable {
  readonly access: Access;
  /** The file with the first manager's key, when this is the first start. */
  readonly managerKeyFile: string | null;
}

/** Opens what a hub keeps about access in its data folder. The first start makes a user `manager`, whose key is in a file that only the owner of the hub reads. */
export async function openAccess(dataDir: string, clock: Clock): Promise<OpenedAccess> {
  const record = new SqliteAccessRecord(join(dataDir, 'access.sqlite'));
  const access = await Access.open(record, await openSecretBox(join(dataDir, 'credentials.key')), clock);
  const close = async (): Promise<void> => {
    await access[Symbol.asyncDispose]();
    await record[Symbol.asyncDispose]();
  };
  return { access, managerKeyFile: await addFirstManager(access, join(dataDir, 'manager.key')), [Symbol.asyncDispose]: close };
}

async function addFirstManager({ accounts }: Access, file: string): Promise<string | null> {
  const { users } = accounts;
  const name = 'manager';
  if (users.some((user) => accounts.keysOf(user.name).length > 0)) return null;
  if (accounts.user(name) === null) await accounts.addUser(name, 'manager', 'hub');
  await accounts.issueKey(name, 'first start', null, 'hub', (text) => writePrivateFile(file, text));
  return file;
}
