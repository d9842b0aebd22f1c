import { Type } from 'typebox';
import { answer, Count, nullableInteger, nullableNumber, TimeMs } from '@juqueue/http';
import { NullableBudgetSchema } from './budget-schemas.ts';
import { selectorParts } from './selector-schemas.ts';

const NodeMs = Type.Number({ description: 'Node-time in ms.' });

export const EstimateQuery = Type.Object(
  { ...selectorParts, assumeMs: Type.Optional(Type.Integer({ minimum: 1, description: 'Time of runs of which nobody knows how long they take, in ms.' })) },
  { additionalProperties: false },
);

export const EstimatePointSchema = answer('EstimatePoint', {
  nodes: Count,
  makespanMs: Type.Number({ description: 'Until the last run ends.' }),
  billedNodeMs: NodeMs,
  movedNodeMs: Type.Number({ description: 'The same with runs moved together whenever a node can be emptied, in ms; what a move redoes is not counted.' }),
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
  points: Type.Array(EstimatePointSchema, { description: 'For 1, 2, 4 … nodes, and for the most that are of any use.' }),
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
