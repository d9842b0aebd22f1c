import { expect, test } from 'vitest';
import { aCluster, anAllocation, FakeManager } from '../../test/fake-manager.ts';
import { serveFake } from '../../test/serve-fake.ts';

function busy(): FakeManager {
  const manager = new FakeManager();
  manager.clusters.set('local', aCluster());
  manager.allocations.push(anAllocation('local-1', ['sweep@a', 'sweep@b']));
  return manager;
}

test('nodes are drained, taken back and released by their id; the answer is the node as it is then', async () => {
  const manager = busy();
  await using server = await serveFake(manager);
  for (const verb of ['drain', 'undrain'])
    expect((await server.send('POST', `/api/v1/nodes/local-1:${verb}`, {})).json()).toMatchObject({
      node: { id: 'local-1' },
      stoppedRuns: 0,
    });
  await server.send('POST', '/api/v1/nodes/local-1:release', { force: true });
  expect(manager.commands).toEqual([
    { kind: 'drain-node', node: 'local-1', by: 'api' },
    { kind: 'undrain-node', node: 'local-1', by: 'api' },
    { kind: 'release-node', node: 'local-1', force: true, by: 'api' },
  ]);
});

test('a dry run of a release says how many runs it would stop, and commands nothing', async () => {
  const manager = busy();
  await using server = await serveFake(manager);
  expect((await server.send('POST', '/api/v1/nodes/local-1:release', { dryRun: true })).json().stoppedRuns).toBe(2);
  expect(manager.commands).toEqual([]);
});

test('clusters are held with a reason and released', async () => {
  const manager = busy();
  await using server = await serveFake(manager);
  expect((await server.send('POST', '/api/v1/clusters/local:hold', { reason: 'quota' })).json()).toMatchObject({ name: 'local' });
  await server.send('POST', '/api/v1/clusters/local:release', {});
  expect(manager.commands).toEqual([
    { kind: 'hold-cluster', cluster: 'local', by: 'api', reason: 'quota' },
    { kind: 'release-cluster', cluster: 'local', by: 'api' },
  ]);
});

test('a refusal of the engine is the answer', async () => {
  const manager = busy();
  manager.refusal = { code: 'JQ_NODE_BUSY', message: 'local-1 has 2 runs, expected none.', hint: 'Drain it.' };
  await using server = await serveFake(manager);
  const answer = await server.send('POST', '/api/v1/nodes/local-1:release', {});
  expect([answer.statusCode, answer.json()]).toMatchObject([409, { code: 'JQ_NODE_BUSY', hint: 'Drain it.' }]);
});
