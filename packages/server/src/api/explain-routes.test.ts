import { expect, test } from 'vitest';
import { aCluster, anAllocation, aRun, aRunningRun, FakeManager } from '../../test/fake-manager.ts';
import { serveFake } from '../../test/serve-fake.ts';

function manager(): FakeManager {
  const fake = new FakeManager()
    .add(aRunningRun('sweep@a'))
    .add(aRun('sweep@b'))
    .add(aRun('sweep@c', { status: 'finished', reason: 'exit' }));
  fake.clusters.set('local', aCluster('local', { maxAllocations: 2 }));
  fake.allocations.push(
    anAllocation('a1', ['sweep@a']),
    anAllocation('a2', [], { status: 'submitted', node: null, waitingFor: 'Priority' }),
  );
  return fake;
}

test.each([
  ['sweep@a', { kind: 'run', id: 'sweep@a', code: 'EXECUTING', sentence: expect.stringContaining('is on a1') }],
  ['sweep@c', { kind: 'run', code: 'FINISHED_EXIT' }],
  ['a1', { kind: 'node', code: 'NODE_NEEDED', sentence: expect.stringContaining('a1 is kept') }],
  ['a2', { kind: 'node', code: 'NODE_PENDING', sentence: 'a2 is not a node yet: the cluster says Priority' }],
  [
    'local',
    {
      kind: 'cluster',
      sentence: expect.stringContaining('local has 2 of at most 2 allocations'),
      numbers: { open: 2, pending: 1, left: 0 },
    },
  ],
])('explain %s says why it is as it is', async (of, expected) => {
  await using server = await serveFake(manager());
  expect((await server.get(`/api/v1/explain?of=${of}`)).json()).toMatchObject(expected);
});

test('what does not exist is not explained', async () => {
  await using server = await serveFake(manager());
  expect((await server.get('/api/v1/explain?of=sweep@x')).json()).toMatchObject({ status: 404, code: 'JQ_RUN_NOT_FOUND' });
  expect((await server.get('/api/v1/explain?of=locl')).json()).toMatchObject({
    status: 404,
    code: 'JQ_NODE_NOT_FOUND',
    hint: "Did you mean 'local'?",
  });
  expect((await server.get('/api/v1/explain')).json()).toMatchObject({ status: 400, code: 'JQ_BAD_REQUEST' });
});
