import { setImmediate as breathe } from 'node:timers/promises';
import { WorkToDo } from '@juqueue/core';
import type { ClusterWork } from '@juqueue/core';
import { ok } from '@juqueue/http';
import type { Answer, TypedFastify } from '@juqueue/http';
import type { ServerContext } from '../app/server-context.ts';
import { budgetOf } from './budget-answer.ts';
import { EstimateQuery, EstimateSchema } from './schemas/estimate-schemas.ts';
import type { ClusterEstimateSchema } from './schemas/estimate-schemas.ts';
import { readSelector } from './selector-input.ts';

/** What a node usually needs from its start to its hello, before any of this cluster has shown it. */
const usualStartUpMs = 60_000;
/** Runs looked at between two breaths. */
const runsPerBreath = 5_000;

export function addEstimateRoutes(app: TypedFastify, context: ServerContext): void {
  app.get('/estimate', {
    schema: {
      operationId: 'estimate',
      tags: ['accounting'],
      summary:
        'What runs would cost and take on 1, 2, 4 … nodes, by simulating the decisions with declared or learned times; starts nothing',
      querystring: EstimateQuery,
      response: ok(EstimateSchema),
    },
    handler: async ({ query: { assumeMs, ...selector } }): Promise<Answer<typeof EstimateSchema>> => {
      const asOfMs = context.clock.nowMs();
      const ids = await context.index.selectRuns(readSelector(selector));
      const work = new WorkToDo(assumeMs ?? null);
      let matched = 0;
      for (let from = 0; from < ids.length; from += runsPerBreath) {
        const { snapshot } = context.engine;
        for (const id of ids.slice(from, from + runsPerBreath)) {
          const run = context.engine.run(id);
          // Finished runs cost nothing more.
          if (run === undefined || run.status === 'finished') continue;
          matched += 1;
          work.add(snapshot, run, asOfMs);
        }
        await breathe();
      }
      const clusters = await Promise.all(work.clusters.map((ofCluster) => estimateOf(context, ofCluster)));
      return { asOfMs, matched, homeless: work.homeless, clusters };
    },
  });
}

async function estimateOf(
  { engine, estimator }: ServerContext,
  { cluster, groups, sources, unknownRuns }: ClusterWork,
): Promise<Answer<typeof ClusterEstimateSchema>> {
  const { name, slotsPerNode, maxAllocations, walltimeMs } = cluster;
  const startUpMs = engine.accounts.startUpMs(name) ?? usualStartUpMs;
  const { points, knee, lowerBoundNodeMs } = await estimator.estimate({
    cluster,
    groups,
    startUpMs,
    declaredError: engine.snapshot.declaredError,
  });
  const budget = budgetOf(engine.budgets, 'cluster', name);
  return {
    cluster: name,
    slotsPerNode,
    maxAllocations,
    walltimeMs,
    startUpMs,
    runs: groups.reduce((sum, group) => sum + group.runs, 0),
    unknownRuns,
    sources: { ...sources },
    points: points.map(({ nodes, makespanMs, billedNodeMs, moves, failedRuns }) => ({
      nodes,
      makespanMs: makespanMs.likely,
      makespanRangeMs: { low: makespanMs.low, high: makespanMs.high },
      billedNodeMs: billedNodeMs.likely,
      billedRangeNodeMs: { low: billedNodeMs.low, high: billedNodeMs.high },
      moves,
      failedRuns,
    })),
    kneeNodes: knee?.nodes ?? null,
    lowerBoundNodeMs,
    budget,
    leftNodeMs: budget === null ? null : Math.max(0, budget.nodeMs - budget.spentNodeMs),
  };
}
