import { describe, expect, test } from 'vitest';
import { notificationKinds } from '../model/notify.ts';
import { readNotify } from './read-notify.ts';

const read = (text: string) => readNotify('notify.yaml', text);
const places = (text: string) => read(text).problems.map(({ line, column, message }) => `${line}:${column} ${message}`);

describe('notify.yaml', () => {
  test('names channels, what each is told, and how long news are collected', () => {
    const { definition, problems } = read(`
channels:
  team: { type: slack, url_file: ~/.config/slack-url, events: [experiment-done] }
  phone: { type: ntfy, url: "https://ntfy.example.org/sweeps" }
  hook: { type: command, cmd: [./tell.sh, now] }
  me: { type: sendmail, to: me@example.org }
  all: { type: smtp, host: mail.example.org, from: hpc@example.org, to: [a@example.org, b@example.org] }
digest: 1m
`);
    expect(problems).toEqual([]);
    expect(definition).toEqual({
      digestMs: 60_000,
      stalledAfterMs: 1_800_000,
      pendingAfterMs: 7_200_000,
      channels: [
        { name: 'team', kinds: ['experiment-done'], target: { kind: 'slack', address: { kind: 'file', file: '~/.config/slack-url' } } },
        {
          name: 'phone',
          kinds: notificationKinds,
          target: { kind: 'ntfy', address: { kind: 'url', url: 'https://ntfy.example.org/sweeps' } },
        },
        { name: 'hook', kinds: notificationKinds, target: { kind: 'command', cmd: ['./tell.sh', 'now'] } },
        {
          name: 'me',
          kinds: notificationKinds,
          target: { kind: 'sendmail', program: '/usr/sbin/sendmail', from: null, to: ['me@example.org'] },
        },
        {
          name: 'all',
          kinds: notificationKinds,
          target: {
            kind: 'smtp',
            host: 'mail.example.org',
            port: 25,
            login: null,
            from: 'hpc@example.org',
            to: ['a@example.org', 'b@example.org'],
          },
        },
      ],
    });
  });

  test.each([
    [
      'channels: {a: {type: telegram}}',
      ['1:22 channel \'a\', type: expected one of webhook, slack, mattermost, ntfy, command, sendmail, smtp, found "telegram"'],
    ],
    ['channels: {a: {type: slack}}', ["1:15 channel 'a': expected 'url', or 'url_file' with a file that holds it"]],
    [
      'channels: {a: {type: smtp, host: h, from: a@b.c, to: a@b.c, user: me}}',
      ["1:15 channel 'a': expected 'password_file' beside 'user', a file that holds the password"],
    ],
    ['channels: {a: {type: slack, url: "https://x", url_file: y}}', ["1:15 channel 'a': expected one of 'url' and 'url_file', found both"]],
    [
      'channels: {a: {type: webhook, url: "ftp://x"}}',
      ['1:36 channel \'a\', url: expected an address that begins with https:// or http://, found "ftp://x"'],
    ],
    ['channels: {a: {type: command, cmd: []}}', ["1:36 channel 'a', cmd: expected a list of texts, found an empty list"]],
    ['channels: {a: {type: sendmail, to: nobody}}', ['1:36 channel \'a\', to: expected a mail address, or a list of them, found "nobody"']],
    ['channels: {}\ndigst: 1m', ["2:1 unknown key 'digst'"]],
    ['- 1', ["1:1 expected a mapping with 'channels', found a list of 1"]],
  ])('answers %j with the place, the expectation and the value', (text, expected) => {
    expect(read(text).definition).toBeNull();
    expect(places(text)).toEqual(expected);
  });
});
