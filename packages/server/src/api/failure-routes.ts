import { JuqueueError, suggest } from '@juqueue/core';
import { Type } from 'typebox';
import { ok } from '@juqueue/http';
import type { Answer, TypedFastify } from '@juqueue/http';
import type { ServerContext } from '../app/server-context.ts';
import { FailurePageSchema } from './schemas/failure-schemas.ts';

const defaultLimit = 50;

export function addFailureRoutes(app: TypedFastify, context: ServerContext): void {
  const Query = Type.Object(
    {
      experiment: Type.Optional(Type.String({ maxLength: 256, description: 'Only failures of this experiment.' })),
      limit: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 1000, default: defaultLimit, description: 'The most groups that the answer may have.' }),
      ),
    },
    { additionalProperties: false },
  );
  app.get('/failures', {
    schema: {
      operationId: 'listFailures',
      tags: ['runs'],
      summary: 'Failed runs by what went wrong: equal failures are one group',
      querystring: Query,
      response: ok(FailurePageSchema),
    },
    handler: async ({ query: { experiment = null, limit = defaultLimit } }): Promise<Answer<typeof FailurePageSchema>> => {
      if (experiment !== null) needExperiment(context, experiment);
      const { groups, groupCount, runCount } = await context.index.failures({ experiment, limit });
      return {
        groups: groups.map(({ text, experiments, ...group }) => ({ ...group, signature: text, experiments: [...experiments] })),
        groupCount,
        runCount,
      };
    },
  });
}

function needExperiment({ engine }: ServerContext, name: string): void {
  if (engine.experiments.has(name)) return;
  const near = suggest(name, [...engine.experiments.keys()]);
  throw new JuqueueError(
    'JQ_EXPERIMENT_NOT_FOUND',
    `There is no experiment '${name}'.`,
    near === null ? 'List experiments with `juqueue status`.' : `Did you mean '${near}'?`,
  );
}
