import { Gauge, Registry } from 'prom-client';
import { Type } from 'typebox';
import { Problem, sendRaw } from '@juqueue/http';
import type { TypedFastify } from '@juqueue/http';
import type { Hub } from '../hub.ts';
import { jobStatuses } from '../model/job.ts';

/** Prometheus text. `queue_length` is what waits or runs in each queue: what others scale by. */
export function addMetricsRoute(app: TypedFastify, hub: Hub): void {
  const registers = [new Registry()];
  const length = new Gauge({ name: 'queue_length', help: 'The number of outstanding jobs in the queue', labelNames: ['queue'], registers });
  const jobs = new Gauge({ name: 'juqueue_hub_jobs', help: 'Jobs by queue and status', labelNames: ['queue', 'status'], registers });
  const messages = new Gauge({
    name: 'juqueue_hub_messages',
    help: 'Messages that wait on Redis, by queue',
    labelNames: ['queue'],
    registers,
  });
  const agents = new Gauge({
    name: 'juqueue_hub_agent_silent_seconds',
    help: 'Time since an agent was last heard',
    labelNames: ['agent'],
    registers,
  });
  const connected = new Gauge({ name: 'juqueue_hub_redis_connected', help: 'Whether Redis answers', registers });

  app.get('/metrics', {
    schema: {
      operationId: 'getMetrics',
      tags: ['hub'],
      summary: 'Figures for Prometheus',
      response: {
        200: { description: 'Prometheus text', content: { 'text/plain': { schema: Type.String() } } },
        '4xx': Problem,
        '5xx': Problem,
      },
    },
    config: { access: 'viewer' },
    handler: async (_request, reply) => {
      for (const gauge of [length, jobs, messages, agents]) gauge.reset();
      const counts = await hub.store.read.call('countJobs', null);
      const queues = Map.groupBy(counts, ({ queue }) => queue);
      for (const [queue, rows] of queues) {
        length.set(
          { queue },
          rows
            .filter(({ status }) => status === 'queued' || status === 'claimed' || status === 'running')
            .reduce((sum, { count }) => sum + count, 0),
        );
        for (const status of jobStatuses) jobs.set({ queue, status }, rows.find((row) => row.status === status)?.count ?? 0);
      }
      connected.set(hub.messages.isConnected ? 1 : 0);
      if (hub.messages.isConnected)
        for (const [queue, count] of Object.entries(await hub.messages.lengths())) messages.set({ queue }, count);
      for (const { name, seenAtMs } of hub.agents.views()) agents.set({ agent: name }, (hub.clock.nowMs() - seenAtMs) / 1_000);
      const [registry] = registers;
      return sendRaw(reply.type('text/plain; version=0.0.4; charset=utf-8'), Buffer.from((await registry?.metrics()) ?? ''));
    },
  });
}
