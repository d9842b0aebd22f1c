import { isMainThread, workerData } from 'node:worker_threads';
import { argumentValue, parseNodeArguments } from './config/node-arguments.ts';
import type { StartWorkerData } from './files/node-start-worker.ts';
import type { ChannelWorkerData, RunsWorkerData } from './files/worker-messages.ts';
import type { ReaperWorkerData } from './spawner/reaper-worker.ts';

type RoleData = StartWorkerData | ChannelWorkerData | RunsWorkerData | ReaperWorkerData;

/**
 * One program in several roles, so that one file is all that a node has to load: the NodeManager, its workers, its
 * spawners, and the sweep after a node that died with all of them. Each role imports only what it needs, because a spawner must stay small.
 */
async function main(): Promise<void> {
  if (!isMainThread) return runWorker(workerData as RoleData);
  const argv = process.argv.slice(2);
  if (argv[0] === 'spawner') return (await import('./spawner/spawner.ts')).runSpawner();
  if (argv[0] === 'sweep') return (await import('./spawner/sweep-allocation.ts')).sweepAllocation(parseNodeArguments(argv));
  return (await import('./run-node.ts')).runNode(parseNodeArguments(argv), argumentValue(argv, '--config'), new URL(import.meta.url));
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
