import { billedTime, compareIds, JuqueueError, recoverableOf } from '@juqueue/core';
import type { Allocation, ConsolidationSaving, DayTally, Tally } from '@juqueue/core';
import { Type } from 'typebox';
import { ok, PageLimit } from '@juqueue/http';
import type { Answer, TypedFastify } from '@juqueue/http';
import type { ServerContext } from '../app/server-context.ts';
import { partsOf } from './ledger-parts.ts';
import { budgetsWithPace } from './budget-pace.ts';
import { BudgetListSchema } from './schemas/budget-schemas.ts';
import { AccountingSchema } from './schemas/accounting-schemas.ts';
import type { AllocationAccountSchema } from './schemas/accounting-schemas.ts';

export function addAccountingRoutes(app: TypedFastify, context: ServerContext): void {
  const Query = Type.Object({ cursor: Type.Optional(Type.String({ maxLength: 256 })), limit: PageLimit }, { additionalProperties: false });
  app.get('/accounting', {
    schema: {
      operationId: 'getAccounting',
      tags: ['accounting'],
      summary: 'What was billed and where it went: in total, by cluster, by experiment, and by allocation in pages, oldest request first',
      querystring: Query,
      response: ok(AccountingSchema),
    },
    handler: async ({ query }): Promise<Answer<typeof AccountingSchema>> => {
      const { engine } = context;
      const asOfMs = context.clock.nowMs();
      const { total, clusters, experiments, unattributed, days, consolidation } = engine.accounts.at(engine.snapshot, asOfMs);
      const page = allocationPage(engine.allAllocations, query.cursor ?? null, query.limit ?? 200);
      return {
        asOfMs,
        total: boundedAccount(total),
        clusters: byName(clusters).map(([name, tally]) => ({
          name,
          ...boundedAccount(tally),
          billing: engine.snapshot.clusters.get(name)?.billing ?? null,
          consolidation: saving(consolidation.get(name)),
        })),
        experiments: byName(experiments).map(([name, tally]) => ({ name, ...account(tally) })),
        unattributed: account(unattributed),
        days: days.map(dayAccount),
        allocations: page.allocations.flatMap((allocation) => allocationAccount(context, allocation, asOfMs) ?? []),
        nextCursor: page.nextCursor,
      };
    },
  });

  app.get('/accounting/budgets', {
    schema: {
      operationId: 'listBudgets',
      tags: ['accounting'],
      summary: 'Budgets, how fast they are spent, and until when they last',
      response: ok(BudgetListSchema),
    },
    handler: async (): Promise<Answer<typeof BudgetListSchema>> => ({ budgets: budgetsWithPace(context.engine, context.clock.nowMs()) }),
  });
}

/** The cursor is the last id of the page before; allocations are never forgotten, and none comes before another later. */
function allocationPage(
  all: Iterable<Allocation>,
  cursor: string | null,
  limit: number,
): { readonly allocations: readonly Allocation[]; readonly nextCursor: string | null } {
  const page: Allocation[] = [];
  let isPast = cursor === null;
  for (const allocation of all) {
    if (page.length === limit) return { allocations: page, nextCursor: page.at(-1)?.id ?? null };
    if (isPast) page.push(allocation);
    else isPast = allocation.id === cursor;
  }
  if (!isPast) throw new JuqueueError('JQ_BAD_CURSOR', `The cursor is '${cursor}', expected the nextCursor of a page.`);
  return { allocations: page, nextCursor: null };
}

function allocationAccount(
  { engine }: ServerContext,
  allocation: Allocation,
  nowMs: number,
): Answer<typeof AllocationAccountSchema> | null {
  const bill = engine.accounts.billOf(allocation.id, engine.snapshot, nowMs);
  if (bill === null) return null;
  const { id, cluster, jobId, node, status, slots, requestedAtMs, endedAtMs } = allocation;
  return {
    id,
    cluster,
    jobId,
    host: node?.host ?? null,
    status,
    slots,
    requestedAtMs,
    startedAtMs: billedTime(allocation, nowMs)?.fromMs ?? null,
    endedAtMs,
    isProvisional: bill.isProvisional,
    billedNodeSeconds: seconds(bill.billedMs),
    billedSlotMs: bill.sums.billed,
    partsSlotMs: partsOf(bill.sums),
  };
}

function boundedAccount(tally: Tally) {
  return {
    ...account(tally),
    lowerBoundNodeSeconds: seconds(tally.lowerBoundNodeMs ?? 0),
    efficiency: tally.efficiency,
    recoverable: recoverableOf(tally.sums),
  };
}

function dayAccount({ dayMs, billedNodeMs, provisionalNodeMs, sums }: DayTally) {
  return {
    day: new Date(dayMs).toISOString().slice(0, 10),
    billedNodeSeconds: seconds(billedNodeMs),
    provisionalNodeSeconds: seconds(provisionalNodeMs),
    billedSlotMs: sums.billed,
    partsSlotMs: partsOf(sums),
  };
}

function saving(of: ConsolidationSaving = { moves: 0, nodes: 0, savedNodeMs: 0, redoneNodeMs: 0 }) {
  return { moves: of.moves, nodes: of.nodes, savedNodeSeconds: seconds(of.savedNodeMs), redoneNodeSeconds: seconds(of.redoneNodeMs) };
}

function account({ billedNodeMs, provisionalNodeMs, aloneNodeMs, allocations, sums }: Tally) {
  return {
    billedNodeSeconds: seconds(billedNodeMs),
    provisionalNodeSeconds: seconds(provisionalNodeMs),
    aloneNodeSeconds: seconds(aloneNodeMs),
    allocations,
    billedSlotMs: sums.billed,
    partsSlotMs: partsOf(sums),
  };
}

/** Whole milliseconds: an experiment may have a third of a node. */
function seconds(ms: number): number {
  return Math.round(ms) / 1_000;
}

function byName<T>(entries: ReadonlyMap<string, T>): readonly (readonly [string, T])[] {
  return [...entries].sort(([a], [b]) => compareIds(a, b));
}
