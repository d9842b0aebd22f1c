import { JuqueueError } from '@juqueue/core';
import type { DefinitionsPlan, DefinitionsState, ServerContext } from '../app/server-context.ts';
import type { TypedFastify } from '../app/typed-fastify.ts';
import { ApplyAnswer, ApplyBody, DefinitionsSchema } from './schemas/definition-schemas.ts';
import { ok } from './schemas/primitives.ts';
import type { Answer } from './schemas/primitives.ts';

type Definitions = Answer<typeof DefinitionsSchema>;

const tags = ['definitions'];
const maxListedStops = 100;

export function addDefinitionRoutes(app: TypedFastify, context: ServerContext): void {
  const { definitions } = context;

  app.get('/definitions', {
    schema: { operationId: 'getDefinitions', tags, summary: 'Problems of the definitions and changes that wait for being applied', response: ok(DefinitionsSchema) },
    handler: async () => describe(definitions.state),
  });

  app.post('/definitions::plan', {
    schema: { operationId: 'planDefinitions', tags, summary: 'Read the definitions again and say what applying them would change', response: ok(DefinitionsSchema) },
    handler: async () => describe(await definitions.reload()),
  });

  app.post('/definitions::apply', {
    schema: { operationId: 'applyDefinitions', tags, summary: 'Apply the changes that wait; running runs whose definition changed are stopped', body: ApplyBody, response: ok(ApplyAnswer) },
    handler: async ({ body }): Promise<Answer<typeof ApplyAnswer>> => {
      const outcome = await definitions.apply(body.planId ?? null);
      if (outcome.kind === 'refused') throw new JuqueueError(outcome.problem.code, outcome.problem.message, outcome.problem.hint);
      return { applied: outcome.plan === null ? null : describePlan(outcome.plan), problems: [...definitions.state.problems] };
    },
  });
}

function describe(state: DefinitionsState): Definitions {
  return { loadedAtMs: state.loadedAtMs, problems: [...state.problems], plan: state.plan === null ? null : describePlan(state.plan) };
}

function describePlan(plan: DefinitionsPlan): NonNullable<Definitions['plan']> {
  return {
    id: plan.id,
    clustersChanged: [...plan.clustersChanged],
    experiments: plan.experiments.map((change) => ({
      ...change,
      stopsRunning: change.stopsRunning.slice(0, maxListedStops),
      stopsRunningCount: change.stopsRunning.length,
    })),
  };
}
