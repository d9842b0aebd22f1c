import { isMainThread, workerData } from 'node:worker_threads';
import { parseNodeArguments } from './config/node-config.ts';
import type { StartWorkerData } from './files/node-start-worker.ts';
import type { ChannelWorkerData, RunsWorkerData } from './files/worker-messages.ts';
import type { ReaperWorkerData } from './spawner/reaper-worker.ts';

type RoleData = StartWorkerData | ChannelWorkerData | RunsWorkerData | ReaperWorkerData;

/**
 * One program in several roles, so that one file is all that a node has to load: the NodeManager, its workers, and its
 * spawners. Each role imports only what it needs, because a spawner must stay small.
 */
async function main(): Promise<void> {
  if (!isMainThread) return runWorker(workerData as RoleData);
  if (process.argv[2] === 'spawner') return (await import('./spawner/spawner.ts')).runSpawner();
  return (await import('./run-node.ts')).runNode(parseNodeArguments(process.argv.slice(2)), new URL(import.meta.url));
}

async function runWorker(data: RoleData): Promise<void> {
  switch (data.role) {
    case 'start':
      return (await import('./files/node-start-worker.ts')).runStartWorker(data);
    case 'channel':
      return (await import('./files/channel-worker.ts')).runChannelWorker(data);
    case 'runs':
      return (await import('./files/runs-worker.ts')).runRunsWorker(data);
    case 'reaper':
      return (await import('./spawner/reaper-worker.ts')).runReaperWorker(data);
  }
}

await main();
