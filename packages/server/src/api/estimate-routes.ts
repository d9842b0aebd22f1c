import { setImmediate as breathe } from 'node:timers/promises';
import { estimate, workOf } from '@juqueue/core';
import type { ClusterWork, Run } from '@juqueue/core';
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
const runsPerBreath = 20_000;

export function addEstimateRoutes(app: TypedFastify, context: ServerContext): void {
  app.get('/estimate', {
    schema: {
      operationId: 'estimate',
      tags: ['accounting'],
      summary: 'What runs would cost and take on 1, 2, 4 … nodes, by declared or learned times; starts nothing',
      querystring: EstimateQuery,
      response: ok(EstimateSchema),
    },
    handler: async ({ query: { assumeMs, ...selector } }): Promise<Answer<typeof EstimateSchema>> => {
      const asOfMs = context.clock.nowMs();
      const runs = (await context.index.selectRuns(readSelector(selector))).flatMap((id) => wanted(context.engine.run(id)));
      const { clusters, homeless } = await workInBreaths(context, runs, assumeMs ?? null, asOfMs);
      const estimates: Answer<typeof ClusterEstimateSchema>[] = [];
      for (const work of clusters) {
        await breathe();
        estimates.push(estimateOf(context, work));
      }
      return { asOfMs, matched: runs.length, homeless, clusters: estimates };
    },
  });
}

/** Finished runs cost nothing more. */
function wanted(run: Run | undefined): readonly Run[] {
  return run === undefined || run.status === 'finished' ? [] : [run];
}

async function workInBreaths(context: ServerContext, runs: readonly Run[], assumedMs: number | null, nowMs: number): Promise<{ readonly clusters: readonly ClusterWork[]; readonly homeless: number }> {
  const whole = new Map<string, ClusterWork>();
  let homeless = 0;
  for (let from = 0; from < runs.length; from += runsPerBreath) {
    const part = workOf(context.engine.snapshot, runs.slice(from, from + runsPerBreath), assumedMs, nowMs);
    homeless += part.homeless;
    for (const work of part.clusters) whole.set(work.cluster.name, addWork(whole.get(work.cluster.name), work));
    await breathe();
  }
  return { clusters: [...whole.values()], homeless };
}

function addWork(sum: ClusterWork | undefined, part: ClusterWork): ClusterWork {
  if (sum === undefined) return part;
  for (const run of part.runs) sum.runs.push(run);
  for (const source of ['declared', 'learned', 'progress', 'assumed'] as const) sum.sources[source] += part.sources[source];
  sum.unknownRuns += part.unknownRuns;
  return sum;
}

function estimateOf({ engine }: ServerContext, { cluster, runs, sources, unknownRuns }: ClusterWork): Answer<typeof ClusterEstimateSchema> {
  const { name, slotsPerNode, maxAllocations, walltimeMs } = cluster;
  const startUpMs = engine.accounts.startUpMs(name) ?? usualStartUpMs;
  const { points, knee, lowerBoundNodeMs } = estimate(runs, { slotsPerNode, startUpMs, maxNodes: maxAllocations, walltimeMs });
  const budget = budgetOf(engine.budgets, 'cluster', name);
  return {
    cluster: name,
    slotsPerNode,
    maxAllocations,
    walltimeMs,
    startUpMs,
    runs: runs.length,
    unknownRuns,
    sources: { ...sources },
    points: [...points],
    kneeNodes: knee?.nodes ?? null,
    lowerBoundNodeMs,
    budget,
    leftNodeMs: budget === null ? null : Math.max(0, budget.nodeMs - budget.spentNodeMs),
  };
}
