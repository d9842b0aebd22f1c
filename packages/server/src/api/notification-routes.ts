import { Type } from 'typebox';
import { answer, nullableString, ok } from '@juqueue/http';
import type { Sent, TypedFastify } from '@juqueue/http';
import type { ServerContext } from '../app/server-context.ts';

const ChannelTrialSchema = answer('ChannelTrial', {
  channel: Type.String({ description: 'Its name in notify.yaml.' }),
  type: Type.String(),
  trouble: nullableString('Why the channel did not take the message; null when it did.'),
});
const ChannelTrialsSchema = answer('ChannelTrials', { channels: Type.Array(ChannelTrialSchema) });

export function addNotificationRoutes(app: TypedFastify, { notifier }: ServerContext): void {
  app.post('/notifications::test', {
    schema: {
      operationId: 'testNotifications',
      tags: ['server'],
      summary: 'Send a test message over every channel of notify.yaml, and answer what came of each; none when nobody is to be told',
      response: ok(ChannelTrialsSchema),
    },
    handler: async (): Promise<Sent<typeof ChannelTrialsSchema>> => ({ channels: await notifier.test() }),
  });
}
