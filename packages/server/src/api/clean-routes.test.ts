import { expect, test } from 'vitest';
import { aRun, FakeManager } from '../../test/fake-manager.ts';
import { serveFake } from '../../test/serve-fake.ts';

test('a cleaning reaches the runs of its selector, and none when that is empty or the list has changed', async () => {
  const manager = new FakeManager().add(aRun('sweep@a', { status: 'finished', reason: 'exit' })).add(aRun('sweep@b'));
  await using server = await serveFake(manager);
  const clean = (body: object) => server.send('POST', '/api/v1/runs:clean', body);
  expect((await clean({ selector: { state: ['finished'] }, olderThanMs: 1_000 })).json()).toEqual({
    matched: 1,
    cleaned: 1,
    skippedCount: 0,
    skipped: [],
  });
  expect(manager.cleanings).toEqual([{ runs: ['sweep@a'], olderThanMs: 1_000, isDryRun: false }]);
  expect((await clean({ selector: {} })).json()).toMatchObject({ status: 400, code: 'JQ_BAD_SELECTOR' });
  expect((await clean({ selector: { q: 'sweep@*' }, expectCount: 3 })).json()).toMatchObject({ status: 409, code: 'JQ_COUNT_CHANGED' });
  expect(manager.cleanings).toHaveLength(1);
});
