import { JuqueueError } from '@juqueue/core';
import { ok } from '@juqueue/http';
import type { Answer, TypedFastify } from '@juqueue/http';
import type { ServerContext } from '../app/server-context.ts';
import type { DefinitionPlan } from '../definitions/definitions-plan.ts';
import type { WatchedState } from '../definitions/definitions-service.ts';
import { describePlan } from '../definitions/describe-plan.ts';
import { ApplyAnswer, ApplyBody, DefinitionsSchema } from './schemas/definition-schemas.ts';

type Definitions = Answer<typeof DefinitionsSchema>;

const tags = ['definitions'];
const maxListedStops = 100;
const maxListedGroups = 100;
const maxListedRuns = 5;

export function addDefinitionRoutes(app: TypedFastify, context: ServerContext): void {
  const { definitions } = context;

  app.get('/definitions', {
    schema: {
      operationId: 'getDefinitions',
      tags,
      summary: 'Problems of the definitions and changes that wait for being applied',
      response: ok(DefinitionsSchema),
    },
    handler: async () => describe(definitions.state),
  });

  app.post('/definitions::plan', {
    schema: {
      operationId: 'planDefinitions',
      tags,
      summary: 'Read the definitions again and say what applying them would change',
      response: ok(DefinitionsSchema),
    },
    handler: async () => describe(await definitions.reload()),
  });

  app.post('/definitions::apply', {
    schema: {
      operationId: 'applyDefinitions',
      tags,
      summary: 'Apply the changes that wait; running runs whose definition changed restart, finish first, or are skipped',
      body: ApplyBody,
      response: ok(ApplyAnswer),
    },
    handler: async ({ body }): Promise<Answer<typeof ApplyAnswer>> => {
      const { planId = null, choices = {}, others = 'restart', clusters = 'apply' } = body;
      const outcome = await definitions.apply(planId, { experiments: choices, others, clusters });
      if (outcome.kind === 'refused') throw new JuqueueError(outcome.problem.code, outcome.problem.message, outcome.problem.hint);
      return { applied: outcome.plan === null ? null : planAnswer(outcome.plan), problems: [...definitions.state.problems] };
    },
  });
}

function describe({ loadedAtMs, files, problems, plan, applied }: WatchedState): Definitions {
  return {
    loadedAtMs,
    files: withProblemsCounted(files, problems),
    problems: [...problems],
    plan: plan === null ? null : planAnswer(plan),
    applied: applied === null ? null : planAnswer(applied.plan),
    appliedAtMs: applied?.atMs ?? null,
  };
}

function withProblemsCounted(files: WatchedState['files'], problems: WatchedState['problems']): Definitions['files'] {
  const byFile = Map.groupBy(problems, ({ file }) => file);
  return [...new Set([...files, ...byFile.keys()])].sort().map((path) => {
    const own = byFile.get(path) ?? [];
    const errors = own.filter(({ severity }) => severity === 'error').length;
    return { path, errors, warnings: own.length - errors };
  });
}

function planAnswer(plan: DefinitionPlan): NonNullable<Definitions['plan']> {
  return {
    id: plan.id,
    summary: describePlan(plan),
    clustersChanged: [...plan.clustersChanged],
    experiments: plan.experiments.map(
      ({ name, added, changed, removed, isRemoved, stopsRunning, nodeHoursAtRisk, changeGroups, finishesRunning }) => ({
        name,
        added,
        changed,
        removed,
        isRemoved,
        stopsRunning: stopsRunning.slice(0, maxListedStops),
        stopsRunningCount: stopsRunning.length,
        nodeHoursAtRisk,
        changes: changeGroups.slice(0, maxListedGroups).map(({ changes, runs }) => ({
          runCount: runs.length,
          runs: runs.slice(0, maxListedRuns),
          keys: changes.map((change) => ({ ...change })),
        })),
        changeGroupCount: changeGroups.length,
        finishesRunningCount: finishesRunning.length,
      }),
    ),
  };
}
