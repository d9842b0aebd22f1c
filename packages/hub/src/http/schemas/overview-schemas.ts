import { Type } from 'typebox';
import { answer, Count, nullableString, TimeMs, words } from '@juqueue/http';
import type { Room } from '../../agent-protocol/messages.ts';
import { jobStatuses } from '../../model/job.ts';
import { webhookOccasions } from '../../store/store-shapes.ts';
import { CapabilitySchema, RoomSchema } from './agent-schemas.ts';
import { JobId } from './job-schemas.ts';

const CountsSchema = answer('JobCounts', {
  created: Count,
  queued: Count,
  claimed: Count,
  running: Count,
  finished: Count,
  failed: Count,
  cancelled: Count,
  dead: Count,
} satisfies Record<(typeof jobStatuses)[number], typeof Count>);

export const OverviewSchema = answer('Overview', {
  version: Type.String(),
  startedAtMs: TimeMs,
  user: Type.String({ description: 'Whose key this is.' }),
  jobs: CountsSchema,
  agents: Type.Array(answer('AgentPresence', { name: Type.String(), isSilent: Type.Boolean() })),
  messages: Type.Unsafe<Readonly<Record<string, number>> | null>({
    anyOf: [{ type: 'object', additionalProperties: { type: 'integer' } }, { type: 'null' }],
    description: 'Messages that wait, by queue; null while Redis is away.',
  }),
  newestEvent: Count,
  isClosed: Type.Boolean({ description: 'Whether the switch keeps the hub from taking jobs.' }),
});

export const QueueListSchema = answer('QueueList', { queues: Type.Array(answer('Queue', { name: Type.String(), jobs: CountsSchema })) });

const AgentSchema = answer('Agent', {
  name: Type.String(),
  hostname: Type.String(),
  version: Type.String(),
  capabilities: Type.Array(CapabilitySchema),
  hostUsers: Type.Array(Type.String()),
  registeredAtMs: TimeMs,
  seenAtMs: Type.Integer({ description: 'Epoch milliseconds of its last request; 0 when there was none since the start of the hub.' }),
  room: Type.Unsafe<Room | null>({ anyOf: [RoomSchema, { type: 'null' }] }),
  held: Count,
  isSilent: Type.Boolean({ description: 'Not heard for the length of a lease: it is offered nothing.' }),
});
export const AgentListSchema = answer('AgentList', { agents: Type.Array(AgentSchema) });

export const ProfileListSchema = answer('ProfileList', {
  profiles: Type.Array(
    answer('Profile', {
      profile: Type.String(),
      agents: Type.Array(answer('ProfileOffer', { agent: Type.String(), ...CapabilitySchema.properties })),
    }),
  ),
});

export const WebhookListSchema = answer('WebhookList', {
  webhooks: Type.Array(
    answer('Webhook', {
      id: Type.String(),
      job: JobId,
      callback: Type.Integer(),
      occasion: words(webhookOccasions),
      atMs: TimeMs,
      state: words(['pending', 'delivered', 'given-up']),
      tries: Count,
      lastError: nullableString('Of the last try.'),
    }),
  ),
});

export const WebhookSecretSchema = answer('WebhookSecret', {
  secret: Type.String({ description: 'Key of the HMAC-SHA256 in juqueue-signature.' }),
});
