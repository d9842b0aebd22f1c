import { assert, emptyMemory, explainCluster, explainNode, explainRun, JuqueueError, suggest } from '@juqueue/core';
import type { Explanation } from '@juqueue/core';
import { Type } from 'typebox';
import { ok } from '@juqueue/http';
import type { Answer, TypedFastify } from '@juqueue/http';
import type { ServerContext } from '../app/server-context.ts';
import { findRun } from './run-routes.ts';
import { ExplanationSchema } from './schemas/explain-schemas.ts';

export function addExplainRoutes(app: TypedFastify, context: ServerContext): void {
  const Query = Type.Object(
    { of: Type.String({ minLength: 1, maxLength: 512, description: 'The id of a run, the id of a node, or the name of a cluster.' }) },
    { additionalProperties: false },
  );
  app.get('/explain', {
    schema: {
      operationId: 'explain',
      tags: ['server'],
      summary: 'Why a run waits, a node is kept, or a cluster does not grow, by the code that decides it',
      querystring: Query,
      response: ok(ExplanationSchema),
    },
    handler: async ({ query }): Promise<Answer<typeof ExplanationSchema>> => explain(context, query.of),
  });
}

function explain(context: ServerContext, of: string): Answer<typeof ExplanationSchema> {
  const { snapshot, lastPlan } = context.engine;
  const nowMs = context.clock.nowMs();
  const memory = lastPlan?.memory ?? emptyMemory;
  if (of.includes('@')) {
    const explanation = explainRun(snapshot, findRun(context, of).id, nowMs, memory);
    assert(explanation !== null, `the snapshot has no run ${of}, which the engine has`);
    return answerOf('run', of, explanation);
  }
  const cluster = explainCluster(snapshot, of, nowMs, memory);
  if (cluster !== null) return answerOf('cluster', of, cluster);
  const node = explainNode(snapshot, of, nowMs, memory);
  if (node === null) throw unknown(context, of);
  return answerOf('node', of, node);
}

/** Neither a run nor a cluster, nor an allocation that there ever was. */
function unknown({ engine }: ServerContext, id: string): JuqueueError {
  const near = suggest(id, [...engine.snapshot.clusters.keys(), ...engine.snapshot.allocations.map((other) => other.id)]);
  return new JuqueueError(
    'JQ_NODE_NOT_FOUND',
    `There is no run, node or cluster '${id}'.`,
    near === null
      ? 'Runs are named experiment@run; nodes and clusters are listed by `juqueue nodes` and `juqueue status`.'
      : `Did you mean '${near}'?`,
  );
}

function answerOf(
  kind: 'run' | 'node' | 'cluster',
  id: string,
  { code, sentence, numbers }: Explanation,
): Answer<typeof ExplanationSchema> {
  return { kind, id, code, sentence, numbers };
}
