import type { ManagerOptions, RunningManager } from '@juqueue/server';
import { describe, expect, test } from 'vitest';
import { greeting } from './greeting.ts';

const manager: RunningManager = {
  url: 'http://localhost:51234',
  socketPath: '/w/.juqueue/ui.sock',
  token: 'secret',
  stop: async () => undefined,
  done: Promise.resolve(0),
};
const options: ManagerOptions = {
  version: '1.0.0',
  defDir: '/d',
  python: 'python3',
  workDir: '/w',
  port: 51234,
  unixSocket: null,
  listen: '127.0.0.1',
  allowedHosts: [],
  isReadOnly: false,
  agentCommand: null,
  isRepairing: false,
  isDebug: false,
  tell: () => undefined,
};
const place = { host: 'login7', user: 'ada', pid: 42 };

describe('the greeting', () => {
  test('shows on a terminal how to open the manager, to tunnel to it, and where its documentation is', () => {
    expect(greeting(manager, options, { ...place, isTerminal: true })).toBe(
      [
        'JuQueue 1.0.0  work-dir /w  pid 42 on login7',
        '  open    http://localhost:51234/#token=secret   (also: juqueue open)',
        '  tunnel  ssh -N -L 51234:/w/.juqueue/ui.sock ada@login7',
        '          or, where sockets are not forwarded: ssh -N -L 51234:localhost:51234 ada@login7',
        '  docs    http://localhost:51234/docs',
        '',
      ].join('\n'),
    );
  });

  test('keeps the token out of files and pipes', () => {
    expect(greeting(manager, options, { ...place, isTerminal: false })).not.toContain('secret');
  });

  test('without a port names the socket', () => {
    const text = greeting({ ...manager, url: null }, { ...options, port: null }, { ...place, isTerminal: true });
    expect(text).toContain('socket  /w/.juqueue/ui.sock');
    expect(text).not.toContain('secret');
  });
});
