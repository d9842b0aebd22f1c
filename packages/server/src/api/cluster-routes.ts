import { compareIds, openRoom } from '@juqueue/core';
import { Type } from 'typebox';
import { ok, PageLimit, repeatable } from '@juqueue/http';
import type { Answer, TypedFastify } from '@juqueue/http';
import type { ServerContext } from '../app/server-context.ts';
import { nodeRow, summariseClusters } from './cluster-summary.ts';
import { ClusterListSchema, NodeListSchema, RoomSchema } from './schemas/cluster-schemas.ts';

export function addClusterRoutes(app: TypedFastify, context: ServerContext): void {
  app.get('/clusters', {
    schema: {
      operationId: 'listClusters',
      tags: ['clusters'],
      summary: 'Clusters with their limits and what they hold at present',
      response: ok(ClusterListSchema),
    },
    handler: async (): Promise<Answer<typeof ClusterListSchema>> => ({
      clusters: summariseClusters(context.engine.snapshot, context.engine.budgets),
    }),
  });

  const RoomQuery = Type.Object({ cluster: repeatable('Only these clusters.') }, { additionalProperties: false });
  app.get('/room', {
    schema: {
      operationId: 'getRoom',
      tags: ['clusters'],
      summary: 'What clusters could take in addition, now and soon',
      querystring: RoomQuery,
      response: ok(RoomSchema),
    },
    handler: async ({ query }): Promise<Answer<typeof RoomSchema>> => {
      const { snapshot } = context.engine;
      const { freeSlots, openSlots, nextFree } = openRoom(
        snapshot,
        new Set(query.cluster ?? snapshot.clusters.keys()),
        context.clock.nowMs(),
      );
      return {
        freeSlots,
        openSlots,
        nextFreeInMs: freeSlots > 0 ? 0 : nextFree === null ? null : Math.round(nextFree.ms),
        nextFreeSource: nextFree?.source ?? null,
      };
    },
  });

  const NodeQuery = Type.Object(
    { cluster: Type.Optional(Type.String({ maxLength: 256 })), cursor: Type.Optional(Type.String({ maxLength: 256 })), limit: PageLimit },
    { additionalProperties: false },
  );
  app.get('/nodes', {
    schema: {
      operationId: 'listNodes',
      tags: ['nodes'],
      summary: 'Allocations that have not ended, with their nodes, by id',
      querystring: NodeQuery,
      response: ok(NodeListSchema),
    },
    handler: async ({ query }): Promise<Answer<typeof NodeListSchema>> => {
      const { cluster, cursor, limit = 200 } = query;
      const following = context.engine.snapshot.allocations.filter(
        (allocation) =>
          (cluster === undefined || allocation.cluster === cluster) && (cursor === undefined || compareIds(allocation.id, cursor) > 0),
      );
      const page = following.slice(0, limit);
      return { nodes: page.map(nodeRow), nextCursor: following.length > limit ? (page.at(-1)?.id ?? null) : null };
    },
  });
}
