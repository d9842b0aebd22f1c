import { workerData } from 'node:worker_threads';
import { serveCalls } from '@juqueue/core';
import { agentTable } from './agent-table.ts';
import { eventTable } from './event-table.ts';
import { jobTables } from './job-tables.ts';
import { openAgain, openDatabase } from './open-database.ts';
import { readerTable } from './reader-table.ts';
import type { StoreWorkerData } from './store-shapes.ts';
import { webhookTable } from './webhook-table.ts';
import { saidWhenFull } from './when-full.ts';

const { folder, isWriter } = workerData as StoreWorkerData;
const db = isWriter ? openDatabase(folder) : openAgain(folder);

const functions = {
  ready: () => undefined,
  /** Moves what was written into the database itself, without holding up who writes or reads. */
  checkpoint: () => void db.exec('PRAGMA wal_checkpoint(PASSIVE)'),
  ...jobTables(db),
  ...eventTable(db),
  ...webhookTable(db),
  ...agentTable(db),
  ...readerTable(db),
};
/** What a thread of the store offers. Writes are durable when they are answered. */
export type StoreFunctions = typeof functions;

serveCalls(saidWhenFull(functions));
