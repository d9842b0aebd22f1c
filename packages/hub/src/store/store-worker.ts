import { workerData } from 'node:worker_threads';
import { serveCalls } from '@juqueue/core';
import { agentTable } from './agent-table.ts';
import { openDatabase } from './open-database.ts';
import { eventTable } from './event-table.ts';
import { jobTables } from './job-tables.ts';
import { readerTable } from './reader-table.ts';
import { webhookTable } from './webhook-table.ts';

const db = openDatabase((workerData as { readonly folder: string }).folder);

const functions = {
  ready: () => undefined,
  ...jobTables(db),
  ...eventTable(db),
  ...webhookTable(db),
  ...agentTable(db),
  ...readerTable(db),
};
/** What the thread of the store offers. Writes are durable when they are answered. */
export type StoreFunctions = typeof functions;

serveCalls(functions);
