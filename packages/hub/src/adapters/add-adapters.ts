import type { FastifyInstance } from 'fastify';
import type { Adapter, AdapterContext, AdapterName } from './adapter.ts';

import { addComputeQueues } from './compute-queues/compute-queues.ts';
import { addEmx2 } from './emx2/emx2.ts';
import { addFirecrest } from './firecrest/firecrest.ts';
import { addHpcQueue } from './hpc-queue/hpc-queue.ts';
import { addMarketplace } from './marketplace/marketplace.ts';

const adapters: Readonly<Record<AdapterName, Adapter>> = {
  'hpc-queue': addHpcQueue,
  'compute-queues': addComputeQueues,
  emx2: addEmx2,
  marketplace: addMarketplace,
  firecrest: addFirecrest,
};

/** Adds the adapters that are switched on, each in a scope of its own. */
export async function addAdapters(app: FastifyInstance, names: readonly AdapterName[], context: AdapterContext): Promise<void> {
  for (const name of names) await app.register(async (scope) => adapters[name](scope, context));
}
