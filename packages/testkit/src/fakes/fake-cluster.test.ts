import type { ClusterPort } from '@juqueue/core';
import { sampleCluster } from '@juqueue/core/samples';
import { describeCluster } from '../cluster-contract/describe-cluster.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeCluster } from './fake-cluster.ts';

const definition = sampleCluster({
  name: 'contract',
  slotsPerNode: 2,
  maxAllocations: 4,
  walltimeMs: 600_000,
  graceMs: 5_000,
  consolidation: 'off',
});

describeCluster('The cluster that tests play', async () => {
  const cluster = new FakeCluster(definition, new FakeClock());
  /** One manager's view: the jobs outlive it, as those of any cluster. */
  const open = async (): Promise<ClusterPort> => ({
    definition,
    pollIntervalMs: cluster.pollIntervalMs,
    submit: (request) => cluster.submit(request),
    poll: (allocations) => cluster.poll(allocations),
    cancel: (allocations) => cluster.cancel(allocations),
    [Symbol.asyncDispose]: async () => undefined,
  });
  return { open, start: (token) => cluster.start(token), limitMs: 1_000, [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() };
});
