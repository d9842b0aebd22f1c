import type { FastifyInstance } from 'fastify';
import type { Access } from '../access/access.ts';
import type { Artifacts } from '../artifacts/artifacts.ts';
import type { Hub } from '../hub.ts';
import type { AdapterNotes } from './adapter-notes.ts';

/** Interfaces of other systems that a hub can speak, so that their clients need not change. */
export const adapterNames = ['hpc-queue', 'compute-queues', 'emx2', 'marketplace', 'firecrest'] as const;
export type AdapterName = (typeof adapterNames)[number];

/** What an adapter works with. It translates; jobs, rights and files are those of the hub. */
export interface AdapterContext {
  readonly hub: Hub;
  readonly access: Access;
  readonly artifacts: Artifacts;
  readonly notes: AdapterNotes;
}

/** Adds the routes of an adapter to a scope of its own. */
export type Adapter = (app: FastifyInstance, context: AdapterContext) => void;
