import { describe, expect, it } from 'vitest';
import { describeWaiting, waitingKind } from './pending-reasons.ts';
import type { WaitingKind } from './pending-reasons.ts';

const table: readonly (readonly [WaitingKind, readonly string[]])[] = [
  [
    'queue',
    [
      'None',
      'Priority',
      'Resources',
      'Cleaning',
      'Prolog',
      'Licenses',
      'Reservation',
      'BurstBufferResources',
      'SomethingNew',
      'ReqNodeNotAvail, UnavailableNodes:',
    ],
  ],
  ['delay', ['BeginTime', 'Dependency', 'JobArrayTaskLimit']],
  [
    'limit',
    [
      'QOSMaxJobsPerUserLimit',
      'QOSMaxCpuPerUserLimit',
      'AssocMaxJobsLimit',
      'QOSGrpNodeLimit',
      'AssocGrpNodeLimit',
      'AssocGrpGRES',
      'AssociationJobLimit',
      'MaxNodePerAccount',
      'AssocGrpCPURunMinutesLimit',
      'QOSGrpMemRunMinutes',
    ],
  ],
  ['budget', ['AssocGrpCPUMinutesLimit', 'QOSGrpCPUMinutesLimit', 'AssocGrpBillingMinutes', 'AssocGrpWallLimit', 'QOSUsageThreshold']],
  ['maintenance', ['ReqNodeNotAvail, Reserved for maintenance', 'ReqNodeNotAvail, May be reserved for other job']],
  [
    'site',
    [
      'PartitionDown',
      'PartitionInactive',
      'NodeDown',
      'ReqNodeNotAvail, UnavailableNodes:n[3-4]',
      'Nodes required for job are DOWN, DRAINED or reserved for jobs in higher priority partitions',
    ],
  ],
  [
    'never',
    [
      'PartitionTimeLimit',
      'PartitionNodeLimit',
      'BadConstraints',
      'AccountNotAllowed',
      'InvalidAccount',
      'InvalidQOS',
      'QOSMaxWallDurationPerJobLimit',
      'AssocMaxWallDurationPerJobLimit',
      'QOSMinCpuNotSatisfied',
      'QOSMinGRES',
      'MaxMemPerLimit',
      'QOSMaxNodePerJobLimit',
      'QOSMaxCpuMinutesPerJobLimit',
      'DeadLine',
      'ReservationDeleted',
    ],
  ],
  ['held', ['JobHeldUser', 'JobHeldAdmin', 'JobHoldMaxRequeue', 'launch failed requeued held', 'user env retrieval failed requeued held']],
];

describe('why a job waits', () => {
  it.each(table)('is of kind %s', (kind, reasons) => {
    for (const reason of reasons) expect(waitingKind(reason), reason).toBe(kind);
  });

  it("is told in Slurm's own words, and with its meaning where a person should know it", () => {
    expect(describeWaiting('Priority')).toBe('Priority');
    expect(describeWaiting('PartitionTimeLimit')).toBe(
      'PartitionTimeLimit (it can never start like this; change the definition of the cluster)',
    );
    expect(describeWaiting('None')).toBe('just submitted');
  });
});
