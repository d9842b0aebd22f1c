import { Type } from 'typebox';
import { answer, Count, nullableInteger, nullableNumber, TimeMs } from '@juqueue/http';
import { NullableBudgetSchema } from './budget-schemas.ts';
import { selectorParts } from './selector-schemas.ts';

const NodeMs = Type.Number({ description: 'Node-time in ms.' });

export const EstimateQuery = Type.Object(
  {
    ...selectorParts,
    assumeMs: Type.Optional(Type.Integer({ minimum: 1, description: 'Time of runs of which nobody knows how long they take, in ms.' })),
  },
  { additionalProperties: false },
);

const RangeSchema = answer('EstimateRange', {
  low: Type.Number({
    description:
      'In ms. Eight times out of ten the truth is between low and high, when times are learned, or declared where those proved wrong; equal otherwise.',
  }),
  high: Type.Number({ description: 'In ms.' }),
});

export const EstimatePointSchema = answer('EstimatePoint', {
  nodes: Count,
  makespanMs: Type.Number({ description: 'Until the last run ends.' }),
  makespanRangeMs: RangeSchema,
  billedNodeMs: NodeMs,
  billedRangeNodeMs: RangeSchema,
  moves: Type.Integer({ description: 'Stops of runs that are started elsewhere so that a node can be given back.' }),
  failedRuns: Type.Integer({ description: 'Runs that walltimes would stop until they count as failed.' }),
});

export const ClusterEstimateSchema = answer('ClusterEstimate', {
  cluster: Type.String(),
  slotsPerNode: Count,
  maxAllocations: Count,
  walltimeMs: nullableInteger('The most time that an allocation has.'),
  startUpMs: Type.Number({ description: 'What each node is billed before its first run: as measured, else 60 s.' }),
  runs: Type.Integer({ description: 'Runs of known time, which the points are about.' }),
  unknownRuns: Type.Integer({ description: 'Runs of which nothing is known.' }),
  sources: answer('TimeSources', { declared: Count, learned: Count, progress: Count, assumed: Count }),
  points: Type.Array(EstimatePointSchema, { description: 'For at most 1, 2, 4 … nodes at a time, up to as many as would be used.' }),
  kneeNodes: nullableInteger('Beyond so many nodes the cost grows faster, in proportion, than the time shrinks.'),
  lowerBoundNodeMs: NodeMs,
  budget: NullableBudgetSchema,
  leftNodeMs: nullableNumber('What the budget of the cluster leaves, in ms; null without one.'),
});

export const EstimateSchema = answer('Estimate', {
  asOfMs: TimeMs,
  matched: Type.Integer({ description: 'Runs that the selector names, finished ones left out.' }),
  homeless: Type.Integer({ description: 'Runs that no cluster can start.' }),
  clusters: Type.Array(ClusterEstimateSchema),
});
