import { expect, test } from 'vitest';
import { commandWords, shellLine } from './command-text.ts';

const definition = {
  cmd: ['python', 'train.py'],
  parameterFormat: 'argparse',
  resources: {},
  timeMs: null,
  timeLimitMs: null,
  dependsOn: [],
  retries: 0,
  checkpoint: { kind: 'none' },
  executor: { env: {}, venv: null, pythonSearchPath: [], prependScript: [], cuda: false },
} as const;

test('a command is shown as its node starts it', () => {
  const parameters = { lr: 0.1, amp: true, tag: 'a b' };
  expect(shellLine(commandWords({ definition, parameters }))).toBe("python train.py --lr 0.1 --amp True --tag 'a b'");
  expect(shellLine(commandWords({ definition: { ...definition, parameterFormat: 'eq' }, parameters }))).toBe(
    "python train.py lr=0.1 amp=True 'tag=a b'",
  );
});
