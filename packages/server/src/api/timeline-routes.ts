import { billedTime, emptySums } from '@juqueue/core';
import type { Allocation, AllocationBill } from '@juqueue/core';
import { ok } from '@juqueue/http';
import type { Answer, Sent, TypedFastify } from '@juqueue/http';
import type { ServerContext } from '../app/server-context.ts';
import { partsOf } from './ledger-parts.ts';
import { LoadQuery, LoadSchema, TimelineQuery, TimelineSchema } from './schemas/timeline-schemas.ts';

/** More lanes than these are not told apart on a screen. */
const mostLanes = 200;
const twelveHoursMs = 43_200_000;

const defaultLoadPoints = 300;

function firstBilledMs(allocations: Iterable<Allocation>, nowMs: number): number {
  let first = nowMs;
  for (const allocation of allocations) first = Math.min(first, billedTime(allocation, nowMs)?.fromMs ?? nowMs);
  return first;
}

/** What the nodes did over time: the picture of the bill. The index looks up attempts by node, off the main thread. */
export function addTimelineRoutes(app: TypedFastify, context: ServerContext): void {
  app.get('/timeline', {
    schema: {
      operationId: 'getTimeline',
      tags: ['accounting'],
      summary: 'What the slots of nodes did over time',
      querystring: TimelineQuery,
      response: ok(TimelineSchema),
    },
    handler: async ({ query }): Promise<Sent<typeof TimelineSchema>> => timeline(context, query),
  });

  app.get('/timeline/load', {
    schema: {
      operationId: 'getLoad',
      tags: ['accounting'],
      summary: 'How many runs waited and executed, and how many of the billed slots were busy, over time',
      querystring: LoadQuery,
      response: ok(LoadSchema),
    },
    handler: async ({ query }): Promise<Sent<typeof LoadSchema>> => {
      const { index, engine, clock } = context;
      const toMs = query.to ?? clock.nowMs();
      const fromMs = Math.min(query.from ?? Math.max(toMs - twelveHoursMs, firstBilledMs(engine.allAllocations, toMs)), toMs - 1);
      const bucketMs = Math.max(1, Math.ceil((toMs - fromMs) / (query.px ?? defaultLoadPoints)));
      return { fromMs, toMs, bucketMs, points: await index.loadCurve({ fromMs, toMs, bucketMs }) };
    },
  });
}

/** A stretch of free slots is drawn two points wide. */
const pointsOfStretch = 2;

async function timeline(
  { engine, index, clock }: ServerContext,
  query: Answer<typeof TimelineQuery>,
): Promise<Sent<typeof TimelineSchema>> {
  const nowMs = clock.nowMs();
  const billed = [...engine.allAllocations].flatMap((allocation) => {
    const time = query.cluster === undefined || allocation.cluster === query.cluster ? billedTime(allocation, nowMs) : null;
    return time === null ? [] : [{ allocation, fromMs: time.fromMs, toMs: allocation.endedAtMs ?? nowMs }];
  });
  const toMs = query.to ?? nowMs;
  const first = billed.reduce((least, { fromMs }) => Math.min(least, fromMs), toMs);
  const fromMs = Math.min(query.from ?? Math.max(toMs - twelveHoursMs, first), toMs - 1);
  const inTime = billed
    .filter((each) => each.fromMs < toMs && each.toMs > fromMs)
    .sort((a, b) => a.fromMs - b.fromMs || (a.allocation.id < b.allocation.id ? -1 : 1));
  const drawn = inTime.slice(-mostLanes);
  const bucketMs = Math.max(1, Math.ceil((toMs - fromMs) / (query.px ?? 1_000)));
  const nodes = drawn.map(({ allocation }) => allocation.id);
  const clusters = [...new Set(drawn.map(({ allocation }) => allocation.cluster))];
  const [segments, marks, dispatch] = await Promise.all([
    index.slotSegments({ nodes, fromMs, toMs, bucketMs, nowMs }),
    index.nodeMarks({ nodes, fromMs, toMs }),
    index.dispatchStretches({ clusters, fromMs, toMs: Math.min(toMs, nowMs), bucketMs: pointsOfStretch * bucketMs }),
  ]);
  const marksByNode = Map.groupBy(marks, ({ node }) => node);
  const byNode = Map.groupBy(segments, ({ node }) => node);
  return {
    fromMs,
    toMs,
    bucketMs,
    lanes: drawn.map(({ allocation, fromMs: startedAtMs }) => ({
      ...lane(allocation, startedAtMs, engine.accounts.billOf(allocation.id, engine.snapshot, nowMs)),
      marks: (marksByNode.get(allocation.id) ?? []).map(({ node: _node, ...mark }) => mark),
      segments: (byNode.get(allocation.id) ?? []).map(({ node: _node, ...segment }) => segment),
    })),
    dispatch: [...dispatch],
    omittedLanes: inTime.length - drawn.length,
  };
}

function lane(allocation: Allocation, startedAtMs: number, bill: AllocationBill | null) {
  const { id, cluster, jobId, status, slots, requestedAtMs, endedAtMs, node } = allocation;
  return {
    id,
    cluster,
    jobId,
    host: node?.host ?? null,
    status,
    slots,
    requestedAtMs,
    startedAtMs,
    helloAtMs: node?.helloAtMs ?? null,
    endedAtMs,
    drainReason: node?.drain?.reason ?? null,
    drainedAtMs: node?.drain?.atMs ?? null,
    billedSlotMs: bill?.sums.billed ?? 0,
    partsSlotMs: partsOf(bill?.sums ?? emptySums()),
  };
}
