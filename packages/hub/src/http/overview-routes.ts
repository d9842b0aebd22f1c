import { ok } from '@juqueue/http';
import type { TypedFastify } from '@juqueue/http';
import { principalOf } from '../access/access-gate.ts';
import type { KillSwitch } from '../access/kill-switch.ts';
import type { Hub } from '../hub.ts';
import type { JobStatus } from '../model/job.ts';
import { jobStatuses } from '../model/job.ts';
import { seesAll } from './job-routes.ts';
import {
  AgentListSchema,
  OverviewSchema,
  ProfileListSchema,
  QueueListSchema,
  WebhookListSchema,
  WebhookSecretSchema,
} from './schemas/overview-schemas.ts';
import { JobParams } from './schemas/job-schemas.ts';
import { findJob } from './job-routes.ts';

export interface HubIdentity {
  readonly version: string;
  readonly startedAtMs: number;
}

/** What there is at a glance: counts, queues, agents, profiles. */
export function addOverviewRoutes(app: TypedFastify, hub: Hub, killSwitch: KillSwitch, identity: HubIdentity): void {
  app.get('/overview', {
    schema: {
      operationId: 'getOverview',
      tags: ['hub'],
      summary: 'The hub in short: your jobs by status, agents, messages',
      response: ok(OverviewSchema),
    },
    handler: async (request) => {
      const user = principalOf(request);
      const counts = await hub.store.read.call('countJobs', seesAll(user) ? null : user.name);
      return {
        ...identity,
        user: user.name,
        jobs: byStatus(counts),
        agents: agentViews(hub).map(({ name, isSilent }) => ({ name, isSilent })),
        messages: hub.messages.isConnected ? await hub.messages.lengths() : null,
        newestEvent: await hub.store.read.call('newestSeq', undefined),
        isClosed: killSwitch.state.isClosed,
      };
    },
  });

  app.get('/queues', {
    schema: { operationId: 'listQueues', tags: ['hub'], summary: 'Queues with jobs of yours, by status', response: ok(QueueListSchema) },
    handler: async (request) => {
      const user = principalOf(request);
      const counts = await hub.store.read.call('countJobs', seesAll(user) ? null : user.name);
      const queues = Map.groupBy(counts, ({ queue }) => queue);
      return { queues: [...queues].map(([name, rows]) => ({ name, jobs: byStatus(rows) })).sort((a, b) => (a.name < b.name ? -1 : 1)) };
    },
  });

  app.get('/agents', {
    schema: {
      operationId: 'listAgents',
      tags: ['hub'],
      summary: 'Agents, what they can execute, and how they are',
      response: ok(AgentListSchema),
    },
    handler: async () => ({ agents: agentViews(hub) }),
  });

  app.get('/profiles', {
    schema: {
      operationId: 'listProfiles',
      tags: ['hub'],
      summary: 'What can be executed, and by which agents',
      response: ok(ProfileListSchema),
    },
    handler: async () => {
      const offered = hub.agents.views().flatMap((agent) => agent.capabilities.map((capability) => ({ agent: agent.name, ...capability })));
      const profiles = Map.groupBy(offered, ({ profile }) => profile);
      return { profiles: [...profiles].map(([profile, agents]) => ({ profile, agents })).sort((a, b) => (a.profile < b.profile ? -1 : 1)) };
    },
  });

  app.get('/jobs/:id/webhooks', {
    schema: {
      operationId: 'listJobWebhooks',
      tags: ['jobs'],
      summary: 'Which callbacks of a job were made',
      params: JobParams,
      response: ok(WebhookListSchema),
    },
    handler: async (request) => {
      const job = await findJob(hub, principalOf(request), request.params.id);
      return { webhooks: await hub.store.read.call('webhooksOf', job.id) };
    },
  });

  app.get('/webhook-secret', {
    schema: {
      operationId: 'getWebhookSecret',
      tags: ['hub'],
      summary: 'With what the callbacks of your jobs are signed',
      response: ok(WebhookSecretSchema),
    },
    handler: async (request) => ({ secret: hub.webhooks.secretOf(principalOf(request).name) }),
  });
}

function agentViews(hub: Hub) {
  const nowMs = hub.clock.nowMs();
  return hub.agents
    .views()
    .map((agent) => ({ ...agent, held: hub.agents.heldBy(agent.name).length, isSilent: nowMs - agent.seenAtMs > hub.times.leaseMs }));
}

function byStatus(rows: readonly { readonly status: JobStatus; readonly count: number }[]): Record<JobStatus, number> {
  const counts = Object.fromEntries(jobStatuses.map((status) => [status, 0])) as Record<JobStatus, number>;
  for (const { status, count } of rows) counts[status] += count;
  return counts;
}
