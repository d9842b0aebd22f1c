import { Type } from 'typebox';
import { answer, ok, words } from '@juqueue/http';
import type { Sent, TypedFastify } from '@juqueue/http';
import type { ServerContext } from '../app/server-context.ts';

const RotateBody = Type.Object(
  {
    tokens: Type.Array(words(['full', 'read-only']), {
      minItems: 1,
      uniqueItems: true,
      description: 'Which tokens are replaced; all sessions that use them end.',
    }),
  },
  { title: 'RotateTokens', additionalProperties: false, examples: [{ tokens: ['read-only'] }] },
);
const RotatedSchema = answer('TokensRotated', { tokens: Type.Array(words(['full', 'read-only'])) });

export function addTokenRoutes(app: TypedFastify, { tokens, log }: ServerContext): void {
  app.post('/tokens::rotate', {
    schema: {
      operationId: 'rotateTokens',
      tags: ['server'],
      summary: 'Replace tokens: the old ones are worth nothing from the answer on, the new ones are in their files',
      body: RotateBody,
      response: ok(RotatedSchema),
    },
    handler: async ({ body }): Promise<Sent<typeof RotatedSchema>> => {
      await tokens.rotate(body.tokens);
      log.info(`the tokens were replaced: ${body.tokens.join(', ')}`);
      return { tokens: body.tokens };
    },
  });
}
