import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestFolder, TestManager } from '@juqueue/testkit';
import { expect, test } from 'vitest';
import { juqueue } from './command-line.ts';
import { MailServer } from './mail-server.ts';

const definitions = {
  'clusters.yaml': 'local: { type: local, max_jobs: 1, num_slots: 2 }\n',
  'experiments/mixed.yaml': `name: mixed
autostart: true
defaults: { cluster: local, checkpoint: none }
runs:
  - { id: good, cmd: [sh, -c, "sleep 1"] }
  - { id: bad, cmd: [sh, -c, "exit 7"] }
`,
  'notify.yaml': 'digest: 0s\nchannels: { hook: { type: command, cmd: [./tell.sh] } }\n',
  'tell.sh': '#!/bin/sh\nprintf "%s\\n" "$JUQUEUE_NOTIFY_TITLE" >> told\n',
};

test(
  'a manager tells of a failure and of the end of an experiment over the channels of notify.yaml, also of one that comes later',
  { timeout: 120_000 },
  async () => {
    using folder = new TestFolder(definitions);
    folder.makeExecutable('tell.sh');
    await using manager = await TestManager.start(folder);
    const ask = (...args: readonly string[]) => juqueue([...args, '--work-dir', folder.workDir]);
    const file = join(folder.defDir, 'told');
    const told = (): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
    await expect
      .poll(told, { timeout: 60_000 })
      .toMatch(/^JuQueue: mixed@bad failed, the first of mixed: .*\n[^]*JuQueue: mixed is done: 1 finished, 1 failed$/m);

    expect(await ask('notify', '--test')).toMatchObject({ code: 0, out: expect.stringMatching(/^hook +command +taken$/m) });
    expect(await ask('notify')).toMatchObject({ code: 2, err: expect.stringContaining('expected --test') });

    folder.define('notify.yaml', 'channels: { gone: { type: command, cmd: [./nothing.sh] } }\n');
    await ask('reload');
    expect(await ask('notify', '--test')).toMatchObject({ code: 7, out: expect.stringMatching(/^gone +command +.*ENOENT$/m) });
    folder.define('notify.yaml', 'channels: {}\n');
    await ask('reload');
    expect(await ask('notify', '--test')).toMatchObject({ code: 5, err: expect.stringContaining('names no channel') });
    expect(manager.output).not.toContain('Error');
  },
);

test.each(['PLAIN', 'LOGIN'] as const)(
  'mail is handed to a server after a login by AUTH %s over STARTTLS; a wrong password is told, and stands nowhere',
  { timeout: 120_000 },
  async (method) => {
    using folder = new TestFolder({ 'clusters.yaml': 'local: { type: local, max_jobs: 1, num_slots: 1 }\n' });
    await using server = await MailServer.start(folder.path, method, { me: 'sword fish=1' });
    for (const [file, password] of [
      ['right', 'sword fish=1'],
      ['wrong', 'herring'],
    ])
      writeFileSync(join(folder.defDir, String(file)), `${password}\n`, { mode: 0o600 });
    const channel = (file: string): string =>
      `{ type: smtp, host: localhost, port: ${server.port}, from: hpc@example.org, to: [a@example.org, b@example.org], user: me, password_file: ${file} }`;
    folder.define('notify.yaml', `channels:\n  mail: ${channel('right')}\n  refused: ${channel('wrong')}\n`);
    await using manager = await TestManager.start(folder, ['--debug'], { ...process.env, NODE_EXTRA_CA_CERTS: server.caFile });
    const tried = await juqueue(['notify', '--test', '--work-dir', folder.workDir]);
    expect(tried).toMatchObject({ code: 7, out: expect.stringMatching(/^mail +smtp +taken\nrefused +smtp +.*535/m) });
    expect(server.letters).toEqual([
      {
        login: `${method} me`,
        to: ['a@example.org', 'b@example.org'],
        text: expect.stringContaining('Subject: JuQueue: this is a test, nothing has happened'),
      },
    ]);
    expect(manager.output + tried.out + tried.err).not.toMatch(/sword fish|herring/);
  },
);

test('mail goes to no server whose certificate nobody vouches for', { timeout: 120_000 }, async () => {
  using folder = new TestFolder({ 'clusters.yaml': 'local: { type: local, max_jobs: 1, num_slots: 1 }\n' });
  await using server = await MailServer.start(folder.path, 'PLAIN', { me: 'swordfish' });
  writeFileSync(join(folder.defDir, 'password'), 'swordfish\n', { mode: 0o600 });
  folder.define(
    'notify.yaml',
    `channels:\n  mail: { type: smtp, host: localhost, port: ${server.port}, from: a@example.org, to: b@example.org, user: me, password_file: password }\n`,
  );
  await using _manager = await TestManager.start(folder);
  expect(await juqueue(['notify', '--test', '--work-dir', folder.workDir])).toMatchObject({
    code: 7,
    out: expect.stringMatching(/^mail +smtp +.*certificate/m),
  });
  expect(server.letters).toEqual([]);
});
