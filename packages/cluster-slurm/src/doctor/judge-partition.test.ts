import type { ClusterDefinition } from '@juqueue/core';
import { sampleCluster } from '@juqueue/core/samples';
import { describe, expect, it } from 'vitest';
import type { Partition } from '../probe/parse-partition.ts';
import { judgePartition } from './judge-partition.ts';

const definition = (walltimeMs: number | null, cpus?: number): ClusterDefinition =>
  sampleCluster({ name: 'hpc', type: 'slurm', walltimeMs, nodeResources: { slots: 4, ...(cpus === undefined ? {} : { cpus }) } });
const partition = (name: string, change: Partial<Partition> = {}): Partition => ({
  name,
  isDefault: false,
  state: 'UP',
  maxTimeMs: 3_600_000,
  nodeCount: 8,
  cpuCount: 1024,
  ...change,
});
const partitions = [
  partition('batch', { isDefault: true }),
  partition('short', { maxTimeMs: 60_000 }),
  partition('closed', { state: 'DOWN' }),
];

const findings = (queue: string | null, walltimeMs: number | null = 1_800_000, cpus?: number) =>
  judgePartition(definition(walltimeMs, cpus), queue, partitions).map(({ severity, code }) => `${severity} ${code}`);

describe('the partition of a cluster', () => {
  it('is up, and allows the walltime', () => {
    expect(findings('batch')).toEqual(['ok partition', 'ok walltime']);
    expect(findings(null)).toEqual(['ok partition', 'ok walltime']);
  });

  it('is unknown, and the known ones are named', () => {
    expect(judgePartition(definition(1), 'nosuch', partitions)).toMatchObject([
      { severity: 'error', hint: 'set queue to one of batch, short, closed' },
    ]);
  });

  it('is down', () => {
    expect(findings('closed')).toEqual(['error partition', 'ok walltime']);
  });

  it('does not allow the walltime', () => {
    expect(findings('short')).toEqual(['ok partition', 'error walltime']);
    expect(findings('short,batch')).toEqual(['ok partition', 'ok partition', 'ok walltime']);
    expect(findings('batch', null)).toEqual(['ok partition', 'warning walltime']);
  });

  it('has larger nodes than the definition asks for', () => {
    expect(findings('batch', 60_000, 16)).toEqual(['ok partition', 'ok walltime', 'warning cores']);
    expect(findings('batch', 60_000, 128)).toEqual(['ok partition', 'ok walltime']);
  });
});
