import type { BudgetState } from '@juqueue/core';
import { expect, test } from 'vitest';
import { aCluster, FakeManager } from '../../test/fake-manager.ts';
import { serveFake } from '../../test/serve-fake.ts';

const hourMs = 3_600_000;
const nowMs = Date.UTC(2026, 10, 21);
const clock = { nowMs: () => nowMs, monotonicMs: () => 0, after: () => ({ cancel: () => undefined }) };

function aBudget(changes: Partial<BudgetState>): BudgetState {
  return {
    scope: { kind: 'cluster', name: 'local' },
    nodeMs: 100 * hourMs,
    per: 'total',
    atLimit: 'finish',
    spentNodeMs: 40 * hourMs,
    isSpent: false,
    billedNodes: 2,
    overshootNodeMs: 0,
    changesAtMs: nowMs + 30 * hourMs,
    sentence: 's',
    ...changes,
  };
}

test('a budget is listed with how fast it was spent and until when it lasts', async () => {
  const manager = new FakeManager();
  for (const [id, sinceMs] of [
    ['a1', nowMs - 10 * hourMs],
    ['a2', nowMs - 2 * hourMs],
  ] as const) {
    manager.record(
      sinceMs,
      { kind: 'clusters-defined', clusters: [aCluster()] },
      {
        kind: 'allocation-requested',
        allocation: id,
        cluster: 'local',
        token: id,
        slots: 2,
        resources: { slots: 2 },
        walltimeMs: null,
        leaseMs: null,
      },
      { kind: 'allocation-started', allocation: id, startedAtMs: sinceMs, host: 'n1' },
    );
  }
  manager.budgets.push(aBudget({}), aBudget({ per: 'month', isSpent: true, spentNodeMs: 100 * hourMs, changesAtMs: nowMs + 1 }));
  await using server = await serveFake(manager, { clock });
  const { budgets } = (await server.get('/api/v1/accounting/budgets')).json();
  expect(budgets).toMatchObject([
    {
      kind: 'cluster',
      name: 'local',
      billedNodes: 2,
      emptyAtMs: nowMs + 30 * hourMs,
      restoredAtMs: null,
      pace: { sinceMs: nowMs - 10 * hourMs, nodeMsPerDay: 28.8 * hourMs, emptyAtMs: nowMs + 50 * hourMs },
    },
    { isSpent: true, emptyAtMs: null, restoredAtMs: Date.UTC(2026, 11, 1), pace: { emptyAtMs: null } },
  ]);
});

test('an experiment spends its budget since it was defined; nothing spent has no pace', async () => {
  const manager = new FakeManager();
  manager.experimentOrder.push('sweep');
  manager.budgets.push(
    aBudget({ scope: { kind: 'experiment', name: 'sweep' }, per: 'month', spentNodeMs: 20 * hourMs }),
    aBudget({ scope: { kind: 'cluster', name: 'idle' } }),
  );
  await using server = await serveFake(manager, { clock });
  const { budgets } = (await server.get('/api/v1/accounting/budgets')).json();
  expect(budgets).toMatchObject([
    { pace: { sinceMs: Date.UTC(2026, 10, 1), nodeMsPerDay: hourMs, emptyAtMs: nowMs + 80 * 24 * hourMs } },
    { pace: null },
  ]);
});
