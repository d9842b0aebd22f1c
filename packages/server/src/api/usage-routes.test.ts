import { expect, test } from 'vitest';
import { aRun, FakeManager } from '../../test/fake-manager.ts';
import { serveFake } from '../../test/serve-fake.ts';

test('what an attempt used over time is told for the attempt that is asked for, else for the newest', async () => {
  const fake = new FakeManager().add(aRun('sweep@a', { attempt: 2 }));
  const point = { afterMs: 30_000, cores: 1.5, rssBytes: 7, gpuPercent: null };
  fake.logs = { ...fake.logs, usage: async (_run, attempt) => (attempt === 2 ? [point] : []) };
  await using server = await serveFake(fake);
  expect((await server.get('/api/v1/runs/sweep@a/usage')).json()).toEqual({ points: [point] });
  expect((await server.get('/api/v1/runs/sweep@a/usage?attempt=1')).json()).toEqual({ points: [] });
  expect((await server.get('/api/v1/runs/sweep@x/usage')).json()).toMatchObject({ code: 'JQ_RUN_NOT_FOUND' });
});
