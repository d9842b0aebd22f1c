import { Type } from 'typebox';
import { allocationStatuses, drainReasons, nodeStatuses } from '@juqueue/core';
import { answer, Count, nullableInteger, nullableString, NullableTimeMs, TimeMs, words } from '@juqueue/http';
import { NullableBudgetSchema } from './budget-schemas.ts';

export const ClusterSchema = answer('Cluster', {
  name: Type.String(),
  type: words(['local', 'slurm']),
  slotsPerNode: Type.Integer(),
  maxAllocations: Type.Integer(),
  scalingPolicy: Type.Object(
    { kind: words(['maximize_running', 'minimize_jobs', 'min_saturation']), saturation: Type.Optional(Type.Number()) },
    { title: 'ScalingPolicy' },
  ),
  walltimeMs: nullableInteger('The most time that an allocation has.'),
  consolidation: words(['aggressive', 'balanced', 'off']),
  heldBecause: nullableString('Why it takes no submissions at present; null while it does.'),
  budget: NullableBudgetSchema,
  allocations: answer('AllocationCounts', { requested: Count, submitted: Count, running: Count }),
  nodes: Count,
  slots: Count,
  busySlots: Count,
});

export const ClusterListSchema = answer('ClusterList', { clusters: Type.Array(ClusterSchema) });

export const RoomSchema = answer('Room', {
  freeSlots: Type.Integer({ minimum: 0, description: 'On nodes that are paid for.' }),
  openSlots: Type.Integer({ minimum: 0, description: 'Free ones and those that nodes could be requested for.' }),
  nextFreeInMs: nullableInteger(
    'Until a slot is free for a run that comes now: 0 when one is, else by what is known of those that execute; null when nobody knows, and when runs that are ready will take it.',
  ),
  nextFreeSource: Type.Unsafe<'declared' | 'learned' | 'progress' | null>({
    type: ['string', 'null'],
    enum: ['declared', 'learned', 'progress', null],
    description: 'How that is known.',
  }),
});

export const NodeSchema = answer('Node', {
  id: Type.String({ description: 'Id of the allocation, and of the node in it.' }),
  cluster: Type.String(),
  allocationStatus: words(allocationStatuses),
  nodeStatus: Type.Unsafe<(typeof nodeStatuses)[number] | null>({
    type: ['string', 'null'],
    enum: [...nodeStatuses, null],
    description: 'Null before its NodeManager has connected.',
  }),
  jobId: nullableString("The cluster's id of the allocation."),
  host: nullableString('Where it runs.'),
  pid: nullableInteger('Process id of its NodeManager.'),
  slots: Count,
  busySlots: Count,
  occupants: Type.Array(Type.Unsafe<string | null>({ type: ['string', 'null'] }), { description: 'The run in each slot.' }),
  ahead: Type.Array(Type.String(), { description: 'Runs that wait on the node for a slot.' }),
  drainReason: Type.Unsafe<(typeof drainReasons)[number] | null>({
    type: ['string', 'null'],
    enum: [...drainReasons, null],
    description: 'Why it takes no new runs.',
  }),
  waitingFor: nullableString("The cluster's reason for its waiting, verbatim."),
  requestedAtMs: TimeMs,
  startedAtMs: NullableTimeMs,
  deadlineMs: NullableTimeMs,
  idleSinceMs: NullableTimeMs,
  cancelReason: nullableString('Why its end was requested.'),
});

export const NodeCommandBody = Type.Object(
  {
    force: Type.Optional(Type.Boolean({ description: 'For release: stop the runs on it; they wait as ready.' })),
    dryRun: Type.Optional(Type.Boolean({ description: 'Say what would happen; change nothing.' })),
  },
  { title: 'NodeCommand', additionalProperties: false, examples: [{ force: true, dryRun: true }] },
);

export const NodeCommandAnswer = answer('NodeCommandResult', {
  node: NodeSchema,
  stoppedRuns: Type.Integer({ minimum: 0, description: 'Runs that are asked to stop, or would be.' }),
});

export const ClusterHoldBody = Type.Object(
  { reason: Type.Optional(Type.String({ maxLength: 500, description: 'Shown wherever the cluster is.' })) },
  { title: 'ClusterHold', additionalProperties: false, examples: [{ reason: 'the quota of this month is used up' }] },
);
export const ClusterReleaseBody = Type.Object({}, { title: 'ClusterRelease', additionalProperties: false, examples: [{}] });

export const NodeListSchema = answer('NodeList', {
  nodes: Type.Array(NodeSchema),
  nextCursor: nullableString('Cursor of the next page; null on the last one.'),
});
