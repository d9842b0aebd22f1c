import { allocationStatuses, drainReasons, nodeMarkKinds, slotUses } from '@juqueue/core';
import { Type } from 'typebox';
import { LedgerPartsSchema } from './accounting-schemas.ts';
import { answer, Count, nullableString, NullableTimeMs, TimeMs, words } from '@juqueue/http';

export const TimelineQuery = Type.Object(
  {
    from: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'Epoch milliseconds; twelve hours before the end when not given, but not before the first allocation.',
      }),
    ),
    to: Type.Optional(Type.Integer({ minimum: 0, description: 'Epoch milliseconds; now when not given.' })),
    px: Type.Optional(
      Type.Integer({
        minimum: 50,
        maximum: 4000,
        default: 1000,
        description: 'How many points wide it is drawn: what is narrower than one is told together.',
      }),
    ),
    cluster: Type.Optional(Type.String({ maxLength: 256, description: 'Only allocations of this cluster.' })),
  },
  { additionalProperties: false },
);

const SegmentSchema = answer('SlotSegment', {
  slot: Count,
  fromMs: TimeMs,
  toMs: TimeMs,
  use: words(
    slotUses,
    'useful: saved by a finish or a checkpoint; open: executing, not yet saved; redone: stopped or lost after the last checkpoint; failed: failed or cancelled.',
  ),
  run: nullableString('The run; null where several are told together.'),
  runs: Count,
  isMoved: Type.Boolean({ description: 'Whether it ended because consolidation moved the run to another node.' }),
});

const MarkSchema = answer('NodeMark', {
  atMs: TimeMs,
  kind: words(
    nodeMarkKinds,
    'drained: takes no new runs; undrained; moved-away: consolidation asks a run to stop, to continue elsewhere; release-requested: it is given back when it is empty; cancel-requested: the cluster is asked to end it.',
  ),
  because: nullableString('Why, in a word or a sentence.'),
  run: nullableString('The run that is moved away.'),
  toNode: nullableString('Where its next attempt was placed; null while it waits.'),
});

const LaneSchema = answer('TimelineLane', {
  id: Type.String({ description: 'Id of the allocation.' }),
  cluster: Type.String(),
  jobId: nullableString("The cluster's id of the allocation."),
  host: nullableString('Where its node ran.'),
  status: words(allocationStatuses),
  slots: Count,
  requestedAtMs: TimeMs,
  startedAtMs: NullableTimeMs,
  helloAtMs: NullableTimeMs,
  endedAtMs: NullableTimeMs,
  drainReason: Type.Unsafe<(typeof drainReasons)[number] | null>({
    type: ['string', 'null'],
    enum: [...drainReasons, null],
    description: 'Why it took no new runs at its end.',
  }),
  drainedAtMs: NullableTimeMs,
  marks: Type.Array(MarkSchema, { description: 'What was decided about it in this time, oldest first; at most 2 000 in one timeline.' }),
  segments: Type.Array(SegmentSchema),
  billedSlotMs: Type.Integer({
    minimum: 0,
    description: 'Slots times billed milliseconds of the whole allocation, not only of this time.',
  }),
  partsSlotMs: LedgerPartsSchema,
});

const DispatchSchema = answer('DispatchStretch', {
  cluster: Type.String(),
  fromMs: TimeMs,
  toMs: TimeMs,
  share: Type.Number({ minimum: 0, maximum: 1, description: 'For which part of this time a run waited that fits into the free slots.' }),
});

export const TimelineSchema = Type.Object(
  {
    fromMs: TimeMs,
    toMs: TimeMs,
    bucketMs: Type.Integer({ minimum: 1, description: 'What is shorter than this is told together with its neighbour.' }),
    lanes: Type.Array(LaneSchema),
    dispatch: Type.Array(DispatchSchema, {
      description:
        'When slots were free although a run waited that fits, to a second, in the order of time for each cluster; never longer ago than the index of runs was filled from a saved state.',
    }),
    omittedLanes: Type.Integer({ minimum: 0, description: 'Older allocations in this time that the answer has no room for.' }),
  },
  {
    title: 'Timeline',
    additionalProperties: false,
    description: 'Allocations that the cluster had started in this time, oldest first, with what their slots did.',
  },
);

export const LoadQuery = Type.Object(
  {
    from: TimelineQuery.properties.from,
    to: TimelineQuery.properties.to,
    px: Type.Optional(Type.Integer({ minimum: 10, maximum: 4000, default: 300, description: 'How many points there are.' })),
  },
  { additionalProperties: false },
);

export const LoadSchema = answer('Load', {
  fromMs: TimeMs,
  toMs: TimeMs,
  bucketMs: Type.Integer({ minimum: 1, description: 'The length of one point.' }),
  points: Type.Array(
    answer('LoadPoint', {
      fromMs: TimeMs,
      ready: Type.Number({ description: 'Runs that waited, whatever for.' }),
      running: Type.Number(),
      busySlots: Type.Number({ description: 'Slots that runs occupied.' }),
      slots: Type.Number({ description: 'Slots of the allocations that were billed.' }),
    }),
    { description: 'Means over each point. What lasted less than ten seconds may be missing.' },
  ),
});
