import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestFolder, TestManager } from '@juqueue/testkit';
import { expect, test } from 'vitest';
import { juqueue } from './command-line.ts';

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

test('a manager tells of a failure and of the end of an experiment over the channels of notify.yaml, also of one that comes later', { timeout: 120_000 }, async () => {
  using folder = new TestFolder(definitions);
  folder.makeExecutable('tell.sh');
  await using manager = await TestManager.start(folder);
  const ask = (...args: readonly string[]) => juqueue([...args, '--work-dir', folder.workDir]);
  const file = join(folder.defDir, 'told');
  const told = (): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  await expect.poll(told, { timeout: 60_000 }).toMatch(/^JuQueue: mixed@bad failed, the first of mixed: .*\n[^]*JuQueue: mixed is done: 1 finished, 1 failed$/m);

  expect(await ask('notify', '--test')).toMatchObject({ code: 0, out: expect.stringMatching(/^hook +command +taken$/m) });
  expect(await ask('notify')).toMatchObject({ code: 2, err: expect.stringContaining('expected --test') });

  folder.define('notify.yaml', 'channels: { gone: { type: command, cmd: [./nothing.sh] } }\n');
  await ask('reload');
  expect(await ask('notify', '--test')).toMatchObject({ code: 7, out: expect.stringMatching(/^gone +command +.*ENOENT$/m) });
  folder.define('notify.yaml', 'channels: {}\n');
  await ask('reload');
  expect(await ask('notify', '--test')).toMatchObject({ code: 5, err: expect.stringContaining('names no channel') });
  expect(manager.output).not.toContain('Error');
});
