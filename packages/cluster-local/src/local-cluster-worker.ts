import { workerData } from 'node:worker_threads';
import type { AllocationId, AllocationRequest, PollOutcome, SubmitOutcome } from '@juqueue/core';
import { serveCalls } from '@juqueue/core';
import { LocalNodes } from './local-nodes-worker.ts';
import type { LocalWorkerData } from './local-worker-data.ts';

const nodes = new LocalNodes(workerData as LocalWorkerData);

const functions = {
  submit: (request: AllocationRequest): SubmitOutcome => nodes.submit(request),
  poll: (tokens: readonly string[]): PollOutcome => nodes.poll(tokens),
  cancel: (allocations: readonly AllocationId[]): void => nodes.cancel(allocations),
};
export type LocalClusterFunctions = typeof functions;
serveCalls(functions);
