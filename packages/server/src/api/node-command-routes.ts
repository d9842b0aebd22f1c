import { assert, heldRuns, JuqueueError } from '@juqueue/core';
import type { Command, CommandOutcome } from '@juqueue/core';
import { Type } from 'typebox';
import { ok } from '@juqueue/http';
import type { Answer, TypedFastify } from '@juqueue/http';
import type { ServerContext } from '../app/server-context.ts';
import { nodeRow, summariseClusters } from './cluster-summary.ts';
import { ClusterHoldBody, ClusterReleaseBody, ClusterSchema, NodeCommandAnswer, NodeCommandBody } from './schemas/cluster-schemas.ts';

const NodeParams = Type.Object({ id: Type.String({ maxLength: 256, description: 'Id of the allocation, and of the node in it.' }) });
const ClusterParams = Type.Object({ name: Type.String({ maxLength: 256 }) });

/** What people ask of one node or one cluster. Names hold no colon, so the verb begins behind the first one. */
export function addNodeCommandRoutes(app: TypedFastify, context: ServerContext): void {
  const onNode = (body: Answer<typeof NodeCommandBody>, id: string, command: Command): Promise<Answer<typeof NodeCommandAnswer>> =>
    commandNode(context, body, id, command);

  app.post('/nodes/:id(^[^:]+)::drain', {
    schema: {
      operationId: 'drainNode',
      tags: ['nodes'],
      summary: 'Let a node take no new runs; it is given back when it is empty',
      params: NodeParams,
      body: NodeCommandBody,
      response: ok(NodeCommandAnswer),
    },
    handler: ({ params: { id }, body }) => onNode(body, id, { kind: 'drain-node', node: id, by: 'api' }),
  });

  app.post('/nodes/:id(^[^:]+)::undrain', {
    schema: {
      operationId: 'undrainNode',
      tags: ['nodes'],
      summary: 'Let a node that a user drained take runs again',
      params: NodeParams,
      body: NodeCommandBody,
      response: ok(NodeCommandAnswer),
    },
    handler: ({ params: { id }, body }) => onNode(body, id, { kind: 'undrain-node', node: id, by: 'api' }),
  });

  app.post('/nodes/:id(^[^:]+)::release', {
    schema: {
      operationId: 'releaseNode',
      tags: ['nodes'],
      summary: 'Give an allocation back: now when it is empty or not a node yet; with force its runs are stopped first',
      params: NodeParams,
      body: NodeCommandBody,
      response: ok(NodeCommandAnswer),
    },
    handler: ({ params: { id }, body }) => onNode(body, id, { kind: 'release-node', node: id, force: body.force ?? false, by: 'api' }),
  });

  app.post('/clusters/:name(^[^:]+)::hold', {
    schema: {
      operationId: 'holdCluster',
      tags: ['clusters'],
      summary: 'Request no more allocations of a cluster; those that it has stay',
      params: ClusterParams,
      body: ClusterHoldBody,
      response: ok(ClusterSchema),
    },
    handler: ({ params: { name }, body }) =>
      commandCluster(context, name, { kind: 'hold-cluster', cluster: name, by: 'api', reason: body.reason ?? null }),
  });

  app.post('/clusters/:name(^[^:]+)::release', {
    schema: {
      operationId: 'releaseCluster',
      tags: ['clusters'],
      summary: 'Take back the hold of a cluster',
      params: ClusterParams,
      body: ClusterReleaseBody,
      response: ok(ClusterSchema),
    },
    handler: ({ params: { name } }) => commandCluster(context, name, { kind: 'release-cluster', cluster: name, by: 'api' }),
  });
}

async function commandNode(
  context: ServerContext,
  body: Answer<typeof NodeCommandBody>,
  id: string,
  command: Command,
): Promise<Answer<typeof NodeCommandAnswer>> {
  const before = context.engine.snapshot.allocation(id);
  if (body.dryRun === true && before !== undefined)
    return {
      node: nodeRow(before),
      stoppedRuns: command.kind === 'release-node' && before.node !== null ? heldRuns(before.node).length : 0,
    };
  const { affected } = accepted(await context.engine.command(command));
  const after = context.engine.snapshot.allocation(id);
  assert(after !== undefined, `a command about ${id}, which does not exist, was accepted`);
  return { node: nodeRow(after), stoppedRuns: affected.length };
}

async function commandCluster(context: ServerContext, name: string, command: Command): Promise<Answer<typeof ClusterSchema>> {
  accepted(await context.engine.command(command));
  const after = summariseClusters(context.engine.snapshot, context.engine.budgets).find((cluster) => cluster.name === name);
  assert(after !== undefined, `a command about cluster ${name}, which does not exist, was accepted`);
  return after;
}

function accepted(outcome: CommandOutcome): Extract<CommandOutcome, { kind: 'done' }> {
  if (outcome.kind === 'refused') throw new JuqueueError(outcome.problem.code, outcome.problem.message, outcome.problem.hint);
  return outcome;
}
