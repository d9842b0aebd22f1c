import { JuqueueError } from '@juqueue/core';
import { ok } from '@juqueue/http';
import type { TypedFastify } from '@juqueue/http';
import { principalOf } from '../access/access-gate.ts';
import { decideClaim, decideCompletion, decideInfrastructureError, decideProgress, decideStarted, holds } from '../decide/agent-decide.ts';
import { events, unchanged } from '../decide/decision.ts';
import type { HeldJob, RenewAnswer } from '../agent-protocol/messages.ts';
import type { Hub } from '../hub.ts';
import { goneSignal } from './gone-signal.ts';
import { jobForAgent } from './job-view.ts';
import {
  AckBody,
  AttemptParams,
  ClaimAnswerSchema,
  CompletionBody,
  DeclineBody,
  InfrastructureBody,
  PullAnswerSchema,
  PullBody,
  RegisterAnswerSchema,
  RegisterBody,
  RenewAnswerSchema,
  RenewBody,
  ReportAnswerSchema,
  ProgressBody,
  StartedBody,
} from './schemas/agent-schemas.ts';

/** What agents ask and tell. Everything may be repeated: what is so already is answered as the first time. */
export function addAgentRoutes(app: TypedFastify, hub: Hub): void {
  const config = { access: 'agent' } as const;
  app.post('/register', {
    config,
    schema: {
      operationId: 'registerAgent',
      tags: ['agents'],
      summary: 'Say who you are and what you can execute',
      body: RegisterBody,
      response: ok(RegisterAnswerSchema),
    },
    handler: async (request) => {
      const name = principalOf(request).name;
      await hub.agents.register(name, request.body);
      hub.dispatcher.offerSoon();
      return { name, leaseMs: hub.times.leaseMs };
    },
  });

  app.post('/messages/pull', {
    config,
    schema: {
      operationId: 'pullMessages',
      tags: ['agents'],
      summary: 'Take messages; waits for the first one',
      body: PullBody,
      response: ok(PullAnswerSchema),
    },
    handler: async (request, reply) => {
      const name = principalOf(request).name;
      hub.agents.seen(name);
      hub.agents.tellRoom(name, request.body.room);
      hub.dispatcher.offerSoon();
      const { max, waitMs } = request.body;
      return {
        messages: await hub.agents.during(name, () =>
          hub.messages.mailbox(name).take(max, Math.min(waitMs, hub.times.longestWaitMs), goneSignal(reply)),
        ),
      };
    },
  });

  app.post('/messages/ack', {
    config,
    schema: {
      operationId: 'acknowledgeMessages',
      tags: ['agents'],
      summary: 'These messages have arrived for good',
      body: AckBody,
      response: ok(ReportAnswerSchema),
    },
    handler: async (request) => {
      await hub.messages.mailbox(principalOf(request).name).acknowledge(request.body.ids);
      return {};
    },
  });

  app.post('/leases/renew', {
    config,
    schema: {
      operationId: 'renewLeases',
      tags: ['agents'],
      summary: 'Renew the leases of all jobs that you hold',
      body: RenewBody,
      response: ok(RenewAnswerSchema),
    },
    handler: async (request) => {
      const name = principalOf(request).name;
      hub.agents.seen(name);
      hub.agents.tellRoom(name, request.body.room);
      hub.dispatcher.offerSoon();
      return renew(hub, name, request.body.held);
    },
  });

  app.post('/jobs/:id/attempts/:attempt/claim', {
    config,
    schema: {
      operationId: 'claimJob',
      tags: ['agents'],
      summary: 'Take a job that was offered',
      params: AttemptParams,
      response: ok(ClaimAnswerSchema),
    },
    handler: async (request) => {
      const name = principalOf(request).name;
      hub.agents.seen(name);
      const { id, attempt } = request.params;
      const job = await hub.jobs.change(id, `agent:${name}`, (each) => {
        const decision = decideClaim(each, attempt, name, hub.clock.nowMs(), hub.times);
        const isOffered = holds(each, attempt, name) || hub.dispatcher.offeredTo(id) === name;
        if (decision.kind === 'events' && !isOffered)
          throw new JuqueueError(
            'JQ_ATTEMPT_OVER',
            `Attempt ${attempt} of job ${id} is not offered to agent ${name} now.`,
            'Forget the offer.',
          );
        return decision;
      });
      return {
        job: jobForAgent(job, await hub.jobs.definitionOf(id)),
        attempt,
        leaseUntilMs: hub.leases.untilMs(id) ?? hub.clock.nowMs(),
        leaseMs: hub.times.leaseMs,
      };
    },
  });

  app.post('/jobs/:id/attempts/:attempt/decline', {
    config,
    schema: {
      operationId: 'declineJob',
      tags: ['agents'],
      summary: 'Do not take a job that was offered',
      params: AttemptParams,
      body: DeclineBody,
      response: ok(ReportAnswerSchema),
    },
    handler: async (request) => {
      const name = principalOf(request).name;
      const { id, attempt } = request.params;
      if (hub.dispatcher.offeredTo(id) !== name) return {};
      await hub.jobs.change(id, `agent:${name}`, (job) =>
        job.status === 'queued' ? events({ kind: 'declined', attempt, agent: name, reason: request.body.reason }) : unchanged,
      );
      hub.dispatcher.decline(id, attempt, name);
      return {};
    },
  });

  app.post('/jobs/:id/attempts/:attempt/started', {
    config,
    schema: {
      operationId: 'reportStarted',
      tags: ['agents'],
      summary: 'The run of a job has started',
      params: AttemptParams,
      body: StartedBody,
      response: ok(ReportAnswerSchema),
    },
    handler: async (request) => {
      const name = principalOf(request).name;
      await hub.jobs.change(request.params.id, `agent:${name}`, (job) => decideStarted(job, request.params.attempt, name, request.body));
      return {};
    },
  });

  app.post('/jobs/:id/attempts/:attempt/progress', {
    config,
    schema: {
      operationId: 'reportProgress',
      tags: ['agents'],
      summary: 'How far a job is',
      params: AttemptParams,
      body: ProgressBody,
      response: ok(ReportAnswerSchema),
    },
    handler: async (request) => {
      const name = principalOf(request).name;
      await hub.jobs.change(request.params.id, `agent:${name}`, (job) => decideProgress(job, request.params.attempt, name, request.body));
      return {};
    },
  });

  app.post('/jobs/:id/attempts/:attempt/complete', {
    config,
    schema: {
      operationId: 'completeJob',
      tags: ['agents'],
      summary: 'The result of a job; answered when it is stored',
      params: AttemptParams,
      body: CompletionBody,
      response: ok(ReportAnswerSchema),
    },
    handler: async (request) => {
      const name = principalOf(request).name;
      await hub.jobs.change(request.params.id, `agent:${name}`, (job) => decideCompletion(job, request.params.attempt, name, request.body));
      return {};
    },
  });

  app.post('/jobs/:id/attempts/:attempt/infrastructure-error', {
    config,
    schema: {
      operationId: 'reportInfrastructureError',
      tags: ['agents'],
      summary: 'The job could not be executed, for a reason that is not its own',
      params: AttemptParams,
      body: InfrastructureBody,
      response: ok(ReportAnswerSchema),
    },
    handler: async (request) => {
      const name = principalOf(request).name;
      await hub.jobs.change(request.params.id, `agent:${name}`, (job) =>
        decideInfrastructureError(job, request.params.attempt, name, request.body.message, hub.clock.nowMs()),
      );
      return {};
    },
  });
}

function renew(hub: Hub, agent: string, held: readonly HeldJob[]): RenewAnswer {
  const renewed: HeldJob[] = [];
  const lost: HeldJob[] = [];
  const cancelled: HeldJob[] = [];
  for (const each of held) {
    const job = hub.jobs.opened(each.job);
    if (job === null || !holds(job, each.attempt, agent) || hub.leases.hasEnded(each.job)) {
      lost.push(each);
      continue;
    }
    hub.leases.renew(each.job);
    renewed.push(each);
    if (job.cancelRequested !== null) cancelled.push(each);
  }
  return { leaseMs: hub.times.leaseMs, renewed, lost, cancelled };
}
