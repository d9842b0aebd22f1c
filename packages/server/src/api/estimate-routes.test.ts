import { expect, test } from 'vitest';
import { aCluster, aRun, FakeManager } from '../../test/fake-manager.ts';
import { serveFake } from '../../test/serve-fake.ts';

const hourMs = 3_600_000;

test('runs cost and take what their times say on 1, 2 and the most nodes, each with its source', async () => {
  const fake = new FakeManager().add(aRun('sweep@unknown')).add(aRun('sweep@done', { status: 'finished', reason: 'exit' }));
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
    const run = aRun(`sweep@${name}`);
    fake.add({ ...run, definition: { ...run.definition, timeMs: hourMs } });
  }
  fake.clusters.set('local', aCluster('local', { maxAllocations: 9, slotsPerNode: 2, nodeResources: { slots: 2 } }));
  await using server = await serveFake(fake);
  const estimate = (await server.get('/api/v1/estimate?q=sweep@*')).json();
  expect(estimate).toMatchObject({
    matched: 9,
    homeless: 0,
    clusters: [{ runs: 8, unknownRuns: 1, sources: { declared: 8, assumed: 0 }, startUpMs: 60_000, budget: null, leftNodeMs: null }],
  });
  const [cluster] = estimate.clusters;
  expect(cluster.points.at(0)).toMatchObject({ nodes: 1, makespanMs: 4 * hourMs + 60_000, billedNodeMs: 4 * hourMs + 60_000 });
  expect(cluster.points.map(({ nodes }: { nodes: number }) => nodes)).toEqual([1, 2, 4]);
  expect(cluster.points.at(0)).toMatchObject({
    makespanRangeMs: { low: 4 * hourMs + 60_000, high: 4 * hourMs + 60_000 },
    moves: 0,
    failedRuns: 0,
  });
  const assumed = (await server.get(`/api/v1/estimate?q=sweep@*&assumeMs=${hourMs}`)).json();
  expect(assumed.clusters[0]).toMatchObject({ runs: 9, unknownRuns: 0, sources: { declared: 8, assumed: 1 } });
  expect((await server.get('/api/v1/estimate?q=nothing@*')).json()).toMatchObject({ matched: 0, clusters: [] });
});
