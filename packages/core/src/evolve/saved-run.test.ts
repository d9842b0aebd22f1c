import { expect, test } from 'vitest';
import { sampleRun, sampleRunDefinition } from '../model/samples.ts';
import { restoreRuns, saveRuns } from './saved-run.ts';

const runs = [
  sampleRun('e', 'a', { startsFresh: true, definition: sampleRunDefinition('a', { parameters: { lr: 1, seed: 2 }, retryOn: [1] }) }),
  sampleRun('e', 'b', { definition: sampleRunDefinition('b', { parameters: { seed: 2, lr: 1 } }) }),
  sampleRun('e', 'c', { detail: 'why', definition: sampleRunDefinition('c', { parameters: { seed: 2, lr: 1 }, dependsOn: ['a'] }) }),
  sampleRun('e', 'd', { startsFresh: false, definition: sampleRunDefinition('d') }),
];

test('runs come back as they were saved, with what only some of them say and with the order of their parameters', () => {
  const restored = restoreRuns(JSON.parse(JSON.stringify(saveRuns(runs))));
  expect(restored).toEqual(runs);
  expect(restored.map(({ definition }) => Object.keys(definition.parameters))).toEqual(
    runs.map(({ definition }) => Object.keys(definition.parameters)),
  );
  expect('startsFresh' in (restored[1] ?? {})).toBe(false);
});

test('what a run says like the one before is neither written nor kept twice', () => {
  const alike = ['a', 'b', 'c'].map((name) =>
    sampleRun('e', name, { definition: sampleRunDefinition(name, { parameters: { text: 'x'.repeat(1_000) } }) }),
  );
  const saved = JSON.stringify(saveRuns(alike));
  expect(saved.length).toBeLessThan(3_000);
  const [first, second] = restoreRuns(JSON.parse(saved));
  expect(second?.definition.parameters).toBe(first?.definition.parameters);
});
