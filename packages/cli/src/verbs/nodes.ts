import type { Node } from '@juqueue/client';
import { exitCodes } from '../exit-codes.ts';
import { table } from '../output/table.ts';
import { shortDuration } from '../output/times.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';

/** Allocations and their nodes, with what is in their slots. */
export async function nodes(context: VerbContext, options: { readonly cluster?: string }): VerbResult {
  const { client } = await context.connect();
  const found: Node[] = [];
  for (let cursor: string | undefined, isLast = false; !isLast;) {
    const page = await client.call('listNodes', { query: { cluster: options.cluster, cursor, limit: 1000 } });
    found.push(...page.nodes);
    cursor = page.nextCursor ?? undefined;
    isLast = page.nextCursor === null;
  }
  if (context.options.json === true) printJson(context.terminal, { nodes: found, nextCursor: null });
  else context.terminal.out(nodeTable(found, context.nowMs()));
  return exitCodes.ok;
}

function nodeTable(rows: readonly Node[], nowMs: number): string {
  const cells = rows.map((node) => [
    node.id,
    node.cluster,
    node.jobId ?? '-',
    stateOf(node),
    node.host ?? '-',
    `${node.busySlots}/${node.slots}`,
    node.deadlineMs === null ? '-' : shortDuration(Math.max(0, node.deadlineMs - nowMs)),
    node.idleSinceMs === null ? '-' : shortDuration(nowMs - node.idleSinceMs),
    node.occupants.map((occupant) => occupant ?? '·').join(' '),
  ]);
  return table(['NODE', 'CLUSTER', 'JOB', 'STATE', 'HOST', '>BUSY', '>LEFT', '>IDLE', 'SLOTS'], cells);
}

function stateOf(node: Node): string {
  if (node.cancelReason !== null) return `ending (${node.cancelReason})`;
  if (node.drainReason !== null) return `draining (${node.drainReason})`;
  if (node.nodeStatus !== null) return node.nodeStatus;
  return node.waitingFor === null ? node.allocationStatus : `${node.allocationStatus} (${node.waitingFor})`;
}
