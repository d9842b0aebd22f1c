import { describe, expect, it } from 'vitest';
import { parsePartitions } from './parse-partition.ts';

const answer = `PartitionName=batch AllowGroups=ALL AllowAccounts=ALL AllowQos=ALL AllocNodes=ALL Default=YES QoS=N/A DefaultTime=00:05:00 DisableRootJobs=NO ExclusiveUser=NO GraceTime=0 Hidden=NO MaxNodes=UNLIMITED MaxTime=1-00:00:00 MinNodes=0 LLN=NO MaxCPUsPerNode=UNLIMITED Nodes=n[1-8] PriorityJobFactor=1 PriorityTier=10 RootOnly=NO ReqResv=NO OverSubscribe=NO OverTimeLimit=NONE PreemptMode=OFF State=UP TotalCPUs=32 TotalNodes=8 SelectTypeParameters=NONE JobDefaults=(null) DefMemPerNode=UNLIMITED MaxMemPerNode=UNLIMITED TRES=cpu=32,mem=32000M,node=8,billing=32
PartitionName=closed Default=NO MaxTime=UNLIMITED State=DOWN TotalCPUs=0 TotalNodes=0

`;

describe('partitions', () => {
  it('are read with state, longest time and size', () => {
    expect(parsePartitions(answer)).toEqual([
      { name: 'batch', isDefault: true, state: 'UP', maxTimeMs: 86_400_000, nodeCount: 8, cpuCount: 32 },
      { name: 'closed', isDefault: false, state: 'DOWN', maxTimeMs: 'unlimited', nodeCount: 0, cpuCount: 0 },
    ]);
  });

  it('are none in an answer that holds none', () => {
    expect(parsePartitions('No partitions in the system\n')).toEqual([]);
  });
});
