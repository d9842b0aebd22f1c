import { readFile, stat } from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { FakeClock } from '@juqueue/testkit';
import { expect, test } from 'vitest';
import { openAccess } from './access.ts';
import { emptySha256, signatureOf } from './signature.ts';

async function withHub(work: (dataDir: string, clock: FakeClock) => Promise<void>): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'juqueue-access-'));
  try {
    await work(dataDir, new FakeClock());
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

const refusal = (code: string) => expect.objectContaining({ problem: expect.objectContaining({ code }) });

function signed(clock: FakeClock, secret: string, nonce: string, atMs = clock.nowMs()) {
  const request = {
    method: 'POST',
    path: '/agent/v1/messages/pull',
    bodySha256: emptySha256,
    timestampSeconds: Math.floor(atMs / 1_000),
    nonce,
  };
  return { request, signature: signatureOf(secret, request) };
}

test('the first start makes a manager, whose key is in a file that only the owner reads, and later ones do not', () =>
  withHub(async (dataDir, clock) => {
    const file = join(dataDir, 'manager.key');
    {
      await using first = await openAccess(dataDir, clock);
      expect(first.managerKeyFile).toBe(file);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      const key = (await readFile(file, 'utf8')).trim();
      expect(first.access.authenticateKey(key, 'a')).toMatchObject({ kind: 'user', name: 'manager', role: 'manager' });
    }
    await using second = await openAccess(dataDir, clock);
    expect(second.managerKeyFile).toBeNull();
    expect(second.access.authenticateKey((await readFile(file, 'utf8')).trim(), 'a')).toMatchObject({ name: 'manager' });
  }));

test('keys are kept as hashes, secrets encrypted: neither stands in the database', () =>
  withHub(async (dataDir, clock) => {
    const texts: string[] = [];
    {
      await using hub = await openAccess(dataDir, clock);
      await hub.access.accounts.addUser('ada', 'editor', 'user:manager');
      texts.push((await hub.access.accounts.issueKey('ada', 'laptop', null, 'user:manager')).text);
      texts.push((await hub.access.credentials.issue('juwels', '', null, 'user:manager')).secret);
    }
    const database = new DatabaseSync(join(dataDir, 'access.sqlite'));
    const stored = JSON.stringify([database.prepare('SELECT * FROM items').all(), database.prepare('SELECT * FROM audit').all()]);
    database.close();
    for (const text of texts) {
      expect(stored).not.toContain(text);
      expect(stored).not.toContain(text.slice(-40));
    }
    expect(stored).toContain('user:manager');
  }));

test('a key that has expired or been revoked, or whose user is disabled, is refused', () =>
  withHub(async (dataDir, clock) => {
    await using hub = await openAccess(dataDir, clock);
    const { accounts } = hub.access;
    await accounts.addUser('ada', 'editor', 'hub');
    const short = await accounts.issueKey('ada', '', clock.nowMs() + 1_000, 'hub');
    const long = await accounts.issueKey('ada', '', null, 'hub');
    const other = await accounts.issueKey('ada', '', null, 'hub');
    hub.access.authenticateKey(short.text, 'a');
    await clock.advance(1_000);
    expect(() => hub.access.authenticateKey(short.text, 'a')).toThrow(refusal('JQ_UNAUTHORIZED'));
    await accounts.revokeKey(long.key.id, 'hub');
    expect(() => hub.access.authenticateKey(long.text, 'a')).toThrow(refusal('JQ_UNAUTHORIZED'));
    expect(() => hub.access.authenticateKey(`${other.text.slice(0, -1)}x`, 'a')).toThrow(refusal('JQ_UNAUTHORIZED'));
    await accounts.changeUser('ada', { isDisabled: true }, 'hub');
    expect(() => hub.access.authenticateKey(other.text, 'a')).toThrow(refusal('JQ_UNAUTHORIZED'));
  }));

test('the last manager stays one', () =>
  withHub(async (dataDir, clock) => {
    await using hub = await openAccess(dataDir, clock);
    const { accounts } = hub.access;
    await expect(accounts.changeUser('manager', { role: 'viewer' }, 'hub')).rejects.toThrow(refusal('JQ_LAST_MANAGER'));
    await accounts.addUser('ada', 'manager', 'hub');
    expect(await accounts.changeUser('manager', { role: 'viewer' }, 'hub')).toMatchObject({ role: 'viewer' });
  }));

test('a signed request passes once, also when the hub starts anew in between', () =>
  withHub(async (dataDir, clock) => {
    let secret = '';
    {
      await using hub = await openAccess(dataDir, clock);
      ({ secret } = await hub.access.credentials.issue('juwels', '', null, 'hub'));
      const { request, signature } = signed(clock, secret, 'n'.repeat(32));
      expect(await hub.access.authenticateAgent('juwels', signature, request, 'a')).toMatchObject({ kind: 'agent', name: 'juwels' });
      await expect(hub.access.authenticateAgent('juwels', signature, request, 'a')).rejects.toThrow('repetition');
    }
    await using again = await openAccess(dataDir, clock);
    const { request, signature } = signed(clock, secret, 'n'.repeat(32));
    await expect(again.access.authenticateAgent('juwels', signature, request, 'a')).rejects.toThrow('repetition');
  }));

test('of many repetitions at the same time one passes', () =>
  withHub(async (dataDir, clock) => {
    await using hub = await openAccess(dataDir, clock);
    const { secret } = await hub.access.credentials.issue('juwels', '', null, 'hub');
    const { request, signature } = signed(clock, secret, 'm'.repeat(32));
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, () => hub.access.authenticateAgent('juwels', signature, request, 'a')),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  }));

test('timestamps more than five minutes off are refused, and a nonce is remembered for as long as its timestamp is accepted', () =>
  withHub(async (dataDir, clock) => {
    await using hub = await openAccess(dataDir, clock);
    const { secret } = await hub.access.credentials.issue('juwels', '', null, 'hub');
    for (const offMs of [-301_000, 301_000]) {
      const { request, signature } = signed(clock, secret, `off${offMs}`.padEnd(16, 'x'), clock.nowMs() + offMs);
      await expect(hub.access.authenticateAgent('juwels', signature, request, 'a')).rejects.toThrow('timestamp');
    }
    const { request, signature } = signed(clock, secret, 'p'.repeat(32), clock.nowMs() + 299_000);
    await hub.access.authenticateAgent('juwels', signature, request, 'a');
    await clock.advance(590_000);
    await expect(hub.access.authenticateAgent('juwels', signature, request, 'a')).rejects.toThrow('repetition');
  }));

test('a rotated credential holds on for the overlap, a revoked one ends at once', () =>
  withHub(async (dataDir, clock) => {
    await using hub = await openAccess(dataDir, clock);
    const { credentials } = hub.access;
    const first = await credentials.issue('juwels', '', null, 'hub');
    await expect(credentials.issue('juwels', '', null, 'hub')).rejects.toThrow(refusal('JQ_EXISTS'));
    const second = await credentials.rotate('juwels', '', null, 60_000, 'hub');
    let count = 0;
    const passes = async (secret: string): Promise<boolean> => {
      const { request, signature } = signed(clock, secret, `nonce-${count++}`.padEnd(16, 'x'));
      return hub.access.authenticateAgent('juwels', signature, request, `address-${count}`).then(
        () => true,
        () => false,
      );
    };
    expect([await passes(first.secret), await passes(second.secret)]).toEqual([true, true]);
    await clock.advance(60_000);
    expect([await passes(first.secret), await passes(second.secret)]).toEqual([false, true]);
    await credentials.revoke('juwels', second.credential.id, 'hub');
    expect(await passes(second.secret)).toBe(false);
  }));

test('an address that guesses gets no further answers for a minute; who was let in from there stays', () =>
  withHub(async (dataDir, clock) => {
    await using hub = await openAccess(dataDir, clock);
    const { accounts } = hub.access;
    await accounts.addUser('ada', 'viewer', 'hub');
    const known = await accounts.issueKey('ada', '', null, 'hub');
    const fresh = await accounts.issueKey('ada', '', null, 'hub');
    hub.access.authenticateKey(known.text, 'a');
    for (let guess = 0; guess < 20; guess++) expect(() => hub.access.authenticateKey('wrong', 'a')).toThrow(refusal('JQ_UNAUTHORIZED'));
    expect(() => hub.access.authenticateKey('wrong', 'a')).toThrow(refusal('JQ_TOO_MANY_REQUESTS'));
    expect(() => hub.access.authenticateKey(fresh.text, 'a')).toThrow(refusal('JQ_TOO_MANY_REQUESTS'));
    expect(hub.access.authenticateKey(known.text, 'a')).toMatchObject({ name: 'ada' });
    expect(hub.access.authenticateKey(fresh.text, 'b')).toMatchObject({ name: 'ada' });
    await clock.advance(60_000);
    expect(hub.access.authenticateKey(fresh.text, 'a')).toMatchObject({ name: 'ada' });
  }));

test('what was last used when is known after a restart; changes are in the audit trail, newest first', () =>
  withHub(async (dataDir, clock) => {
    {
      await using hub = await openAccess(dataDir, clock);
      await hub.access.accounts.addUser('ada', 'viewer', 'user:manager');
      const { text } = await hub.access.accounts.issueKey('ada', 'laptop', null, 'user:manager');
      await clock.advance(5_000);
      hub.access.authenticateKey(text, 'a');
    }
    await using hub = await openAccess(dataDir, clock);
    expect(hub.access.accounts.keysOf('ada')[0]?.lastUsedAtMs).toBe(clock.nowMs());
    const trail = await hub.access.record.audit({ beforeSeq: null, limit: 2 });
    expect(trail.map(({ action, actor }) => [action, actor])).toEqual([
      ['key-issued', 'user:manager'],
      ['user-added', 'user:manager'],
    ]);
  }));

test('the switch stays closed over a restart and says by whom and why', () =>
  withHub(async (dataDir, clock) => {
    {
      await using hub = await openAccess(dataDir, clock);
      hub.access.killSwitch.check();
      await hub.access.killSwitch.set(true, 'maintenance', 'user:manager');
    }
    await using hub = await openAccess(dataDir, clock);
    expect(() => hub.access.killSwitch.check()).toThrow('This hub takes no jobs: maintenance (user:manager).');
    await hub.access.killSwitch.set(false, null, 'user:manager');
    hub.access.killSwitch.check();
  }));
