import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readNotify, silentLog } from '@juqueue/core';
import type { Clock, DurableEvent, JuqueueEvent, NotifyDefinition } from '@juqueue/core';
import { describe, expect, test } from 'vitest';
import { aRun, FakeManager } from '../../test/fake-manager.ts';
import { serveFake } from '../../test/serve-fake.ts';
import { systemClock } from '@juqueue/http';
import { Notifier } from './notifier.ts';
import { messageOf } from './news.ts';
import type { Message, News } from './news.ts';
import { nothingUnsent } from './unsent.ts';
import type { Unsent, UnsentStore } from './unsent.ts';
import { readUnsent, writeUnsent } from './unsent-file.ts';
import { webhookBody } from './webhook-bodies.ts';

class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'juqueue-notify-'));
  script(name: string, text: string): string {
    writeFileSync(join(this.path, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    return join(this.path, name);
  }
  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A clock that stands until it is moved. */
class StandingClock implements Clock {
  #nowMs = 0;
  #timers: { readonly atMs: number; readonly act: () => void }[] = [];
  nowMs = (): number => this.#nowMs;
  monotonicMs = (): number => this.#nowMs;
  after = (ms: number, act: () => void) => {
    const timer = { atMs: this.#nowMs + ms, act };
    this.#timers.push(timer);
    return { cancel: () => void (this.#timers = this.#timers.filter((other) => other !== timer)) };
  };
  async forward(ms: number): Promise<void> {
    for (const untilMs = this.#nowMs + ms; ;) {
      const [next] = this.#timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
      this.#nowMs = next?.atMs ?? untilMs;
      if (next === undefined) return;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      next.act();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

const news = (kind: News['kind'], sentence: string): News => ({ kind, atMs: 1, sentence, experiment: 'sweep', run: null, cluster: null });
const place = {
  host: 'login1',
  workDir: '/p/work',
  privateDir: '/p/work/.juqueue',
  unsent: { read: async () => nothingUnsent, write: async () => undefined },
};

function defined(text: string): NotifyDefinition {
  const { definition, problems } = readNotify('notify.yaml', text);
  if (definition === null) throw new Error(JSON.stringify(problems));
  return definition;
}

/** A sweep whose two runs fail one after the other and are all it has. */
function failing(manager: FakeManager, id: string): JuqueueEvent {
  manager.runs.set(id, { ...aRun(id), status: 'failed', detail: 'exit 1' });
  return { kind: 'run-ended', run: id, attempt: 1 } as unknown as DurableEvent;
}

describe('news', () => {
  test('are collected for the digest time and go as one message to those who want them', async () => {
    const manager = new FakeManager().add({ ...aRun('sweep@a'), status: 'running' }).add({ ...aRun('sweep@b'), status: 'running' });
    const { engine } = manager.context();
    const clock = new StandingClock();
    const sent: [string, string[]][] = [];
    await using notifier = new Notifier({
      engine,
      clock,
      log: silentLog,
      ...place,
      defDir: '/defs',
      deliver: async ({ name }, message) => (sent.push([name, message.news.map(({ kind }) => kind)]), null),
    });
    notifier.define(
      defined('channels: { all: {type: command, cmd: [x]}, done: {type: command, cmd: [x], events: [experiment-done]} }\ndigest: 5m'),
    );
    manager.happen(failing(manager, 'sweep@a') as DurableEvent);
    await clock.forward(60_000);
    manager.happen(failing(manager, 'sweep@b') as DurableEvent);
    await clock.forward(239_000);
    expect(sent).toEqual([]);
    await clock.forward(1_000);
    expect(sent).toEqual([
      ['all', ['first-failure', 'experiment-done']],
      ['done', ['experiment-done']],
    ]);
  });

  test('that are not taken are tried again with growing pauses, and given up in the end; other channels do not wait', async () => {
    const manager = new FakeManager().add({ ...aRun('sweep@a'), status: 'running' });
    const clock = new StandingClock();
    const tries: [string, number][] = [];
    const warned: string[] = [];
    const log = { ...silentLog, warn: (message: string) => void warned.push(message) };
    await using notifier = new Notifier({
      engine: manager.context().engine,
      clock,
      log,
      ...place,
      defDir: '/defs',
      deliver: async ({ name }) => (tries.push([name, clock.nowMs() / 1_000]), name === 'bad' ? 'the service answered 500' : null),
    });
    notifier.define(defined('channels: { bad: {type: command, cmd: [x]}, good: {type: command, cmd: [x]} }\ndigest: 0s'));
    manager.happen(failing(manager, 'sweep@a') as DurableEvent);
    await clock.forward(4 * 3_600_000);
    expect(tries.filter(([name]) => name === 'good')).toEqual([['good', 0]]);
    expect(tries.filter(([name]) => name === 'bad').map(([, seconds]) => seconds)).toEqual([0, 10, 70, 370, 2_170, 9_370]);
    expect(warned.at(-1)).toBe(
      'notify: bad did not take a message 6 times (the service answered 500); it is dropped: JuQueue: sweep is done: 0 finished, 1 failed (and 1 more)',
    );
  });

  test('nobody is told of cost nothing: without channels nobody listens and no timer waits', async () => {
    const manager = new FakeManager();
    const clock = new StandingClock();
    await using notifier = new Notifier({ engine: manager.context().engine, clock, log: silentLog, ...place, defDir: '/defs' });
    notifier.define(null);
    expect(manager.listeners).toBe(0);
    notifier.define(defined('channels: { a: {type: command, cmd: [x]} }'));
    expect(manager.listeners).toBe(1);
    notifier.define(null);
    expect(manager.listeners).toBe(0);
  });
});

describe('what was not sent when the manager ended', () => {
  /** A disk that outlives managers. */
  function aDisk(): UnsentStore & { kept: Unsent } {
    const disk = {
      kept: nothingUnsent,
      read: async () => disk.kept,
      write: async (unsent: Unsent) => void (disk.kept = structuredClone(unsent)),
    };
    return disk;
  }
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const channels = 'channels: { a: {type: command, cmd: [x]}, b: {type: command, cmd: [x]} }';

  test('is sent by the next one: news of a digest that was not over, and messages that a channel had not taken', async () => {
    const unsent = aDisk();
    const manager = new FakeManager().add({ ...aRun('sweep@a'), status: 'running' }).add({ ...aRun('sweep@b'), status: 'running' });
    const clock = new StandingClock();
    const options = { engine: manager.context().engine, log: silentLog, ...place, unsent, defDir: '/defs' };
    // Killed, not stopped: nothing is done at its end.
    const killed = new Notifier({ ...options, clock, deliver: async ({ name }) => (name === 'b' ? 'the service answered 503' : null) });
    killed.define(defined(`${channels}\ndigest: 1m`));
    manager.happen(failing(manager, 'sweep@a') as DurableEvent);
    await clock.forward(61_000);
    manager.happen(failing(manager, 'sweep@b') as DurableEvent);
    await settled();
    expect([unsent.kept.collected.map(({ kind }) => kind), unsent.kept.waiting['a'], unsent.kept.waiting['b']?.length]).toEqual([
      ['experiment-done'],
      [],
      1,
    ]);

    const later = new StandingClock();
    const sent: [string, string[]][] = [];
    await using next = new Notifier({
      ...options,
      clock: later,
      deliver: async ({ name }, { news: told }) => (sent.push([name, told.map(({ kind }) => kind)]), null),
    });
    next.define(defined(`${channels}\ndigest: 1m`));
    await settled();
    expect(sent).toEqual([['b', ['first-failure']]]);
    await later.forward(61_000);
    await settled();
    expect(sent.slice(1)).toEqual([
      ['a', ['experiment-done']],
      ['b', ['experiment-done']],
    ]);
    expect(unsent.kept).toEqual({ collected: [], waiting: { a: [], b: [] } });
  });

  test('survives a change of the channels, for those that stay', async () => {
    const manager = new FakeManager().add({ ...aRun('sweep@a'), status: 'running' });
    const clock = new StandingClock();
    const sent: string[] = [];
    let isDown = true;
    await using notifier = new Notifier({
      engine: manager.context().engine,
      log: silentLog,
      ...place,
      unsent: aDisk(),
      clock,
      defDir: '/defs',
      deliver: async ({ name }) => (isDown ? 'down' : (sent.push(name), null)),
    });
    notifier.define(defined(`${channels}\ndigest: 0s`));
    manager.happen(failing(manager, 'sweep@a') as DurableEvent);
    await clock.forward(1);
    isDown = false;
    notifier.define(defined('channels: { b: {type: command, cmd: [x]}, c: {type: command, cmd: [x]} }\ndigest: 0s'));
    await settled();
    expect(sent).toEqual(['b']);
  });

  test('is not overwritten before it was read, whatever happens meanwhile', async () => {
    const reading = Promise.withResolvers<Unsent>();
    const written: Unsent[] = [];
    const manager = new FakeManager().add({ ...aRun('sweep@a'), status: 'running' });
    const clock = new StandingClock();
    await using notifier = new Notifier({
      engine: manager.context().engine,
      log: silentLog,
      ...place,
      unsent: { read: () => reading.promise, write: async (unsent) => void written.push(structuredClone(unsent)) },
      clock,
      defDir: '/defs',
      deliver: async () => null,
    });
    notifier.define(defined(channels));
    manager.happen(failing(manager, 'sweep@a') as DurableEvent);
    await settled();
    expect(written).toEqual([]);
    reading.resolve({ collected: [news('budget', 'old')], waiting: {} });
    await settled();
    expect(
      written
        .at(-1)
        ?.collected.map(({ kind }) => kind)
        .sort(),
    ).toEqual(['budget', 'experiment-done', 'first-failure']);
  });

  test('is a file of mode 0600; one that holds something else is said, and sends nothing', async () => {
    using folder = new Folder();
    expect(await readUnsent(folder.path)).toEqual(nothingUnsent);
    const unsent = { collected: [news('budget', 'x')], waiting: { a: [messageOf([news('stalled', 'y')], place)] } };
    await writeUnsent(folder.path, unsent);
    expect(await readUnsent(folder.path)).toEqual(unsent);
    const file = join(folder.path, 'unsent-news.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    writeFileSync(file, '{"collected": [{"kind": "nothing"}], "waiting": {}}');
    await expect(readUnsent(folder.path)).rejects.toThrow('holds something else than news');
  });
});

describe('a message', () => {
  const message = messageOf([news('first-failure', 'sweep@a failed & <died>'), news('failure-burst', '5 runs of sweep_lr failed')], place);

  test('has what matters most in its title', () => {
    expect(message.title).toBe('JuQueue: 5 runs of sweep_lr failed (and 1 more)');
  });

  test('is JSON for programs, and marked-up text for Slack, Mattermost and ntfy', () => {
    expect(JSON.parse(webhookBody('webhook', message).body)).toMatchObject({
      version: 1,
      title: message.title,
      workDir: '/p/work',
      news: [{ kind: 'first-failure', experiment: 'sweep' }, { kind: 'failure-burst' }],
    });
    expect(JSON.parse(webhookBody('slack', message).body)).toEqual({
      text: '*JuQueue: 5 runs of sweep_lr failed (and 1 more)*\n• sweep@a failed &amp; &lt;died&gt;\n• 5 runs of sweep_lr failed\n• /p/work on login1',
    });
    expect(JSON.parse(webhookBody('mattermost', message).body).text).toContain(
      '**JuQueue: 5 runs of sweep\\_lr failed (and 1 more)**\n\n- sweep@\u200ba failed & \\<died\\>\n',
    );
    expect(webhookBody('ntfy', message)).toMatchObject({
      headers: { title: message.title },
      body: expect.stringContaining('sweep@a failed & <died>\n'),
    });
    expect(webhookBody('ntfy', { ...message, title: 'über' }).headers['title']).toBe('=?UTF-8?B?w7xiZXI=?=');
  });

  test('shows twenty lines and counts the rest', () => {
    const many = messageOf(
      Array.from({ length: 30 }, (_, i) => news('experiment-done', `e${i} is done`)),
      place,
    );
    expect(webhookBody('ntfy', many).body.split('\n')).toHaveLength(22);
    expect(webhookBody('ntfy', many).body).toContain('\nand 10 more\n/p/work on login1');
  });
});

describe('delivery', () => {
  async function tried(definition: string, defDir: string) {
    await using notifier = new Notifier({
      engine: new FakeManager().context().engine,
      clock: systemClock,
      log: silentLog,
      ...place,
      defDir,
    });
    notifier.define(defined(definition));
    return await notifier.test();
  }

  test('posts to the address in the file, and neither follows it elsewhere nor tells it to anybody', async () => {
    using folder = new Folder();
    const received: { readonly url: string | undefined; readonly body: Message }[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (text: Buffer) => (body += text.toString()));
      request.on('end', () => {
        received.push({ url: request.url, body: JSON.parse(body) as Message });
        response.writeHead(request.url === '/moved' ? 302 : request.url === '/down' ? 503 : 204, { location: '/secret' }).end();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    writeFileSync(join(folder.path, 'address'), `${at}/secret\n`);
    writeFileSync(join(folder.path, 'wrong'), 'hello\n');
    const result = await tried(
      `channels:
  file: { type: webhook, url_file: address }
  moved: { type: webhook, url: "${at}/moved" }
  down: { type: webhook, url: "${at}/down" }
  nobody: { type: webhook, url: "http://127.0.0.1:1/secret" }
  wrong: { type: webhook, url_file: wrong }
`,
      folder.path,
    );
    server.close();
    expect(result.map(({ channel, trouble }) => [channel, trouble])).toEqual([
      ['file', null],
      ['moved', 'the service answered 302'],
      ['down', 'the service answered 503'],
      ['nobody', expect.stringMatching(/ECONNREFUSED|bad port/)],
      ['wrong', `the first line of wrong is no address, expected one that begins with https://`],
    ]);
    expect(received.map(({ url }) => url)).toEqual(['/secret', '/moved', '/down']);
    expect(received[0]?.body.title).toBe('JuQueue: this is a test, nothing has happened');
    expect(JSON.stringify(result)).not.toContain('secret');
  });

  test('runs a command of the definitions with the news in its environment and on its standard input', async () => {
    using folder = new Folder();
    folder.script('tell.sh', 'printf "%s|%s|%s" "$JUQUEUE_NOTIFY_TITLE" "$JUQUEUE_NOTIFY_EVENTS" "$1" > told; cat > news.json');
    folder.script('fails.sh', 'echo first >&2; echo "no such channel" >&2; exit 3');
    const result = await tried(
      'channels: { ok: {type: command, cmd: [./tell.sh, now]}, bad: {type: command, cmd: [./fails.sh]}, none: {type: command, cmd: [./nothing.sh]} }',
      folder.path,
    );
    expect(result.map(({ trouble }) => trouble)).toEqual([
      null,
      './fails.sh ended with 3: no such channel',
      expect.stringContaining('ENOENT'),
    ]);
    expect(readFileSync(join(folder.path, 'told'), 'utf8')).toBe('JuQueue: this is a test, nothing has happened|experiment-done|now');
    expect(JSON.parse(readFileSync(join(folder.path, 'news.json'), 'utf8'))).toMatchObject({ version: 1, host: 'login1' });
  });

  test('hands mail to sendmail and to SMTP servers', async () => {
    using folder = new Folder();
    const sendmail = folder.script('sendmail', `printf '%s ' "$@" > ${folder.path}/args; cat > ${folder.path}/mail`);
    let letter = '';
    const smtp = createTcpServer((socket) => {
      let isData = false;
      socket.write('220 test\r\n');
      socket.on('data', (chunk: Buffer) => {
        const text = chunk.toString();
        if (isData) {
          letter += text;
          if (letter.endsWith('\r\n.\r\n')) {
            isData = false;
            socket.write('250 ok\r\n');
          }
          return;
        }
        isData = text.startsWith('DATA');
        socket.write(isData ? '354 go\r\n' : text.startsWith('QUIT') ? '221 bye\r\n' : '250 ok\r\n');
      });
      socket.on('error', () => undefined);
    });
    smtp.listen(0, '127.0.0.1');
    await once(smtp, 'listening');
    const { port } = smtp.address() as AddressInfo;
    const result = await tried(
      `channels:
  local: { type: sendmail, program: ${sendmail}, to: me@example.org }
  far: { type: smtp, host: 127.0.0.1, port: ${port}, from: hpc@example.org, to: [a@example.org, b@example.org] }
`,
      folder.path,
    );
    smtp.close();
    expect(result.map(({ trouble }) => trouble)).toEqual([null, null]);
    expect(readFileSync(join(folder.path, 'args'), 'utf8')).toContain('me@example.org');
    expect(readFileSync(join(folder.path, 'mail'), 'utf8')).toMatch(
      /^From: juqueue@login1\nTo: me@example\.org\nSubject: JuQueue: this is a test/m,
    );
    expect(letter).toMatch(/To: a@example\.org, b@example\.org\r\n/);
  });
});

test('a password goes to an SMTP server only when the connection is encrypted, and only from a file that nobody else reads', async () => {
  using folder = new Folder();
  const heard: string[] = [];
  const plain = createTcpServer((socket) => {
    socket.write('220 test\r\n');
    socket.on('data', (chunk: Buffer) => {
      heard.push(chunk.toString());
      socket.write(chunk.toString().startsWith('EHLO') ? '250-test\r\n250 AUTH PLAIN\r\n' : '502 no\r\n');
    });
    socket.on('error', () => undefined);
  });
  plain.listen(0, '127.0.0.1');
  await once(plain, 'listening');
  writeFileSync(join(folder.path, 'password'), 'swordfish\n', { mode: 0o600 });
  writeFileSync(join(folder.path, 'open'), 'swordfish\n', { mode: 0o644 });
  const channel = (file: string): string =>
    `{ type: smtp, host: 127.0.0.1, port: ${(plain.address() as AddressInfo).port}, from: a@example.org, to: b@example.org, user: me, password_file: ${file} }`;
  await using notifier = new Notifier({
    engine: new FakeManager().context().engine,
    clock: systemClock,
    log: silentLog,
    ...place,
    defDir: folder.path,
  });
  notifier.define(defined(`channels: { closed: ${channel('password')}, open: ${channel('open')} }`));
  const [closed, open] = await notifier.test();
  plain.close();
  expect(closed?.trouble).toMatch(/STARTTLS|TLS/);
  expect(open?.trouble).toBe('open can be read by others, expected mode 0600');
  expect(heard.join('')).not.toMatch(/AUTH|swordfish|c3dvcmRmaXNo/);
});

test('POST /notifications:test answers what came of each channel', async () => {
  const manager = new FakeManager();
  manager.trials = [{ channel: 'team', type: 'slack', trouble: 'the service answered 404' }];
  await using server = await serveFake(manager);
  expect((await server.send('POST', '/api/v1/notifications:test')).json()).toEqual({
    channels: [{ channel: 'team', type: 'slack', trouble: 'the service answered 404' }],
  });
});
