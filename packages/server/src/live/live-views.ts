import { runRow } from '@juqueue/core';
import { nodeRow } from '../api/cluster-summary.ts';
import { overview } from '../api/overview-routes.ts';
import { runDetail } from '../api/run-routes.ts';
import type { ServerContext } from '../app/server-context.ts';
import { summariseEvent } from './event-summary.ts';
import type { LiveViews } from './live-client.ts';

/** The state as frames show it: what the routes of the same names answer. */
export function liveViews(context: ServerContext): LiveViews {
  const { engine, index } = context;
  return {
    overview: () => overview(context),
    node: (id) => {
      const allocation = engine.snapshot.allocation(id);
      return allocation === undefined ? null : nodeRow(allocation);
    },
    openNodes: () => engine.snapshot.allocations.map((allocation) => allocation.id),
    run: (id) => {
      const run = engine.run(id);
      return run === undefined ? null : runDetail(run, context);
    },
    row: (id) => {
      const run = engine.run(id);
      return run === undefined ? null : runRow(run);
    },
    newestSeq: () => engine.newestSeq,
    eventsAfter: async (afterSeq, limit) =>
      (await index.events({ afterSeq, limit, run: null })).map(({ seq, event, cut }) => ({
        seq,
        kind: event.kind,
        ...summariseEvent(event, cut),
      })),
  };
}
