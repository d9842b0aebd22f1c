import { imageCapability } from '@juqueue/core';
import type { AgentView } from '../../model/agent.ts';
import type { AdapterContext } from '../adapter.ts';

/** How an agent that executes images looks to clients of the queues. */
export interface WorkerView {
  readonly id: string;
  readonly version: string;
  readonly time: number;
  readonly cpus: number;
  readonly gpus: number;
  readonly maxJobDuration: string;
}

/** Agents take the place of workers while they are heard of. */
export function workersOf({ hub }: AdapterContext): readonly WorkerView[] {
  const sinceMs = hub.clock.nowMs() - hub.times.leaseMs;
  return hub.agents
    .views()
    .filter((agent) => agent.seenAtMs >= sinceMs && executesImages(agent))
    .map(workerOf);
}

function executesImages({ capabilities }: AgentView): boolean {
  return capabilities.some(({ profile }) => profile === imageCapability);
}

function workerOf({ name, version, seenAtMs, capabilities }: AgentView): WorkerView {
  const most = (of: 'cpus' | 'gpus'): number => Math.max(0, ...capabilities.map(({ resources }) => resources[of] ?? 0));
  return { id: name, version, time: seenAtMs, cpus: most('cpus'), gpus: most('gpus'), maxJobDuration: '' };
}
