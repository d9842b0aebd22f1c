import { expect, test } from 'vitest';
import { world } from '../decide/snapshot-builder.ts';
import { dependencyFolders } from './dependency-folders.ts';

function folders(...dependsOn: readonly string[]): Readonly<Record<string, string>> {
  const run = world().cluster('c').ready('r').snapshot().run('e@r');
  if (run === undefined) throw new Error('there is no run');
  return dependencyFolders({ experiment: run.experiment, definition: { ...run.definition, dependsOn } });
}

test('a run finds the folder of each run that it depends on, and of an experiment whose runs it waits for', () => {
  expect(folders('prepare', 'data@clean-2', 'sweep@*')).toEqual({
    JUQUEUE_DEP_PREPARE_DIR: 'e/prepare',
    JUQUEUE_DEP_DATA_CLEAN_2_DIR: 'data/clean-2',
    JUQUEUE_DEP_SWEEP_DIR: 'sweep',
  });
});

test('the first of two names with one variable counts; names without a letter, and of several experiments, have none', () => {
  expect(folders('a.b', 'a-b', '*', 'x*@y')).toEqual({ JUQUEUE_DEP_A_B_DIR: 'e/a.b' });
});
