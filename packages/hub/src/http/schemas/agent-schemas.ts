import { Type } from 'typebox';
import type { ResourceVector } from '@juqueue/core';
import { answer, Count, nullableInteger, nullableString, TimeMs, words } from '@juqueue/http';
import { JobId, JobResultSchema, JobSchema, Name } from './job-schemas.ts';

const closed = { additionalProperties: false } as const;

export const AttemptParams = Type.Object({ id: JobId, attempt: Type.Integer({ minimum: 1 }) }, closed);

export const CapabilitySchema = answer('Capability', {
  profile: Type.String({ minLength: 1, maxLength: 200, description: '`processor/profile`, `image`, `build` or `host`.' }),
  maxConcurrent: Type.Integer({ minimum: 1 }),
  resources: Type.Unsafe<ResourceVector>({
    type: 'object',
    properties: { slots: { type: 'integer', minimum: 1 } },
    required: ['slots'],
    additionalProperties: { type: 'number', minimum: 0 },
    description: 'The most that one job may ask for.',
  }),
  cluster: nullableString('The cluster that executes it.'),
});

export const RoomSchema = answer('Room', {
  freeSlots: Type.Integer({ minimum: 0, description: 'On nodes that are paid for.' }),
  openSlots: Type.Integer({ minimum: 0, description: 'Free ones and those that nodes could be requested for.' }),
  nextFreeInMs: nullableInteger('When the next slot becomes free, as far as is known.'),
  isDraining: Type.Boolean(),
});

export const RegisterBody = Type.Object(
  {
    hostname: Type.String({ maxLength: 300 }),
    version: Type.String({ maxLength: 100 }),
    capabilities: Type.Array(CapabilitySchema, { maxItems: 1000 }),
    hostUsers: Type.Array(Type.String({ maxLength: 200 }), {
      maxItems: 10_000,
      description: 'Users of the hub whose jobs may run without a container.',
    }),
  },
  { ...closed, title: 'Registration' },
);
export const RegisterAnswerSchema = answer('Registered', { name: Name, leaseMs: Count });

export const PullBody = Type.Object(
  { max: Type.Integer({ minimum: 1, maximum: 1000 }), waitMs: Type.Integer({ minimum: 0 }), room: RoomSchema },
  { ...closed, title: 'Pull' },
);
export const PullAnswerSchema = answer('PulledMessages', {
  messages: Type.Array(
    answer('AgentMessage', { id: Type.String(), kind: words(['offer', 'cancel']), job: JobId, attempt: Type.Integer() }),
  ),
});
export const AckBody = Type.Object(
  { ids: Type.Array(Type.String({ maxLength: 200 }), { maxItems: 1000 }) },
  { ...closed, title: 'Acknowledgement' },
);

const HeldSchema = answer('HeldJob', { job: JobId, attempt: Type.Integer({ minimum: 1 }) });
export const RenewBody = Type.Object(
  { held: Type.Array(HeldSchema, { maxItems: 100_000 }), room: RoomSchema },
  { ...closed, title: 'Renewal' },
);
export const RenewAnswerSchema = answer('Renewed', {
  leaseMs: Count,
  renewed: Type.Array(HeldSchema),
  lost: Type.Array(HeldSchema),
  cancelled: Type.Array(HeldSchema),
});

const { waitsFor: _waitsFor, ...jobProperties } = JobSchema.properties;
export const ClaimAnswerSchema = answer('ClaimedJob', {
  job: answer('ClaimedJobDetail', jobProperties),
  attempt: Type.Integer(),
  leaseUntilMs: TimeMs,
  leaseMs: Count,
});
export const DeclineBody = Type.Object({ reason: Type.String({ maxLength: 2000 }) }, { ...closed, title: 'Decline' });
export const StartedBody = Type.Object(
  {
    run: Type.String({ maxLength: 500 }),
    node: nullableString('Node of the cluster.'),
    cluster: nullableString('Cluster of the agent.'),
    startedAtMs: TimeMs,
  },
  { ...closed, title: 'StartedReport' },
);
export const ProgressBody = Type.Object(
  {
    phase: Type.Unsafe<string | null>({ type: ['string', 'null'], maxLength: 100 }),
    message: Type.Unsafe<string | null>({ type: ['string', 'null'], maxLength: 500 }),
    fraction: Type.Unsafe<number | null>({ type: ['number', 'null'], minimum: 0, maximum: 1 }),
  },
  { ...closed, title: 'ProgressReport' },
);
export const CompletionBody = Type.Object(
  { ...JobResultSchema.properties, reason: words(['exit', 'signal', 'time-limit', 'user-cancelled']) },
  { ...closed, title: 'CompletionReport' },
);
export const InfrastructureBody = Type.Object({ message: Type.String({ maxLength: 8000 }) }, { ...closed, title: 'InfrastructureReport' });
export const ReportAnswerSchema = answer('Received', {});
