import { Type } from 'typebox';
import { allocationStatuses } from '@juqueue/core';
import { answer, Count, nullableNumber, nullableString, NullableTimeMs, TimeMs, words } from '@juqueue/http';

function slotMs(description: string) {
  return Type.Integer({ minimum: 0, description });
}

export const LedgerPartsSchema = answer('LedgerParts', {
  useful: slotMs('Work that a finish or a checkpoint saved.'),
  open: slotMs('Executing and not yet saved.'),
  redone: slotMs('Lost to a stop or a dead node.'),
  failed: slotMs('Attempts that failed or were cancelled.'),
  startUp: slotMs('From the start of the bill to the hello of the node, and from its goodbye to the end of the bill.'),
  dispatch: slotMs('Free although a run waited that would have found its slots there.'),
  closing: slotMs('Free on nodes that take no new runs.'),
  quantisation: slotMs('Free slots of the last, partly filled node.'),
  fragmentation: slotMs('Free slots that moving runs together would have given back.'),
  idle: slotMs('No run on any node of the cluster.'),
});

const account = {
  billedNodeSeconds: Type.Number({ description: "By the cluster's own start and end; up to now for what still runs." }),
  provisionalNodeSeconds: Type.Number({ description: 'The part of it that the cluster has not confirmed.' }),
  aloneNodeSeconds: Type.Number({
    description:
      'What the same attempts would have been billed with a node each and no start-up at all; without what moves and dead nodes undid.',
  }),
  allocations: Count,
  billedSlotMs: Type.Integer({ minimum: 0, description: 'Slots times billed milliseconds.' }),
  partsSlotMs: LedgerPartsSchema,
};

const bounded = {
  ...account,
  lowerBoundNodeSeconds: Type.Number({ description: 'What the same work would have cost at least, whatever the schedule.' }),
  efficiency: nullableNumber('Lower bound divided by bill; null before anything was billed.'),
  recoverable: nullableNumber('The part of the bill, 0 to 1, that moving runs together could have given back: fragmentation.'),
};

/** In which unit the bills of a cluster are shown. */
const ClusterBillingSchema = answer('ClusterBilling', {
  unit: Type.String(),
  perNodeHour: Type.Number({ description: 'How much of the unit one node-hour is.' }),
});

const ConsolidationSavingSchema = answer('ConsolidationSaving', {
  moves: Type.Integer({ minimum: 0, description: 'Runs that were stopped to be moved.' }),
  nodes: Type.Integer({ minimum: 0, description: 'Nodes that were emptied and given back that way.' }),
  savedNodeSeconds: Type.Number({
    description: 'How much longer those nodes would have been billed had their runs stayed; an estimate from when those runs really ended.',
  }),
  redoneNodeSeconds: Type.Number({ description: 'The work that the moves undid; it is part of `redone`.' }),
});

const clusterAccount = {
  ...bounded,
  billing: Type.Union([ClusterBillingSchema, Type.Null()], { description: 'Null: node-hours.' }),
  consolidation: ConsolidationSavingSchema,
};

const DayAccountSchema = answer('DayAccount', {
  day: Type.String({ description: 'The day in UTC, as 2026-11-21.' }),
  billedNodeSeconds: account.billedNodeSeconds,
  provisionalNodeSeconds: account.provisionalNodeSeconds,
  billedSlotMs: account.billedSlotMs,
  partsSlotMs: LedgerPartsSchema,
});

export const AllocationAccountSchema = answer('AllocationAccount', {
  id: Type.String(),
  cluster: Type.String(),
  jobId: nullableString("The cluster's id of the allocation."),
  host: nullableString('Where its node ran.'),
  status: words(allocationStatuses),
  slots: Count,
  requestedAtMs: TimeMs,
  startedAtMs: NullableTimeMs,
  endedAtMs: NullableTimeMs,
  isProvisional: Type.Boolean({ description: 'Whether the cluster has not confirmed start and end.' }),
  billedNodeSeconds: account.billedNodeSeconds,
  billedSlotMs: account.billedSlotMs,
  partsSlotMs: LedgerPartsSchema,
});

export const AccountingSchema = Type.Object(
  {
    asOfMs: TimeMs,
    total: answer('TotalAccount', bounded),
    clusters: Type.Array(answer('ClusterAccount', { name: Type.String(), ...clusterAccount })),
    experiments: Type.Array(answer('ExperimentAccount', { name: Type.String(), ...account })),
    unattributed: answer('UnattributedAccount', account),
    days: Type.Array(DayAccountSchema, {
      description: 'Oldest first. The bill of each day is exact; where it went is spread evenly over the billed time of each node.',
    }),
    allocations: Type.Array(AllocationAccountSchema),
    nextCursor: nullableString('Cursor of the next page of allocations; null on the last one.'),
  },
  {
    title: 'Accounting',
    additionalProperties: false,
    description:
      'The parts of every account sum to its billedSlotMs. Clusters sum to the total, and so do experiments with `unattributed`: the nodes on which no run ever was.',
  },
);
