import { expect, test } from 'vitest';
import type { Budget } from '../model/budget.ts';
import { AccountStory, beginMs } from './account-story.ts';
import { BillBook } from './bill-book.ts';
import { clusterBudget } from './budget-state.ts';

const hourMs = 3_600_000;
const december = Date.UTC(2023, 11);

test('node-time is known ever and by month, with what is open, and follows corrections of the cluster', () => {
  const told = new AccountStory()
    .at(december - 2 * hourMs - beginMs)
    .request('n1')
    .started('n1');
  const book = new BillBook();
  const allocation = told.world.allocation('n1') ?? expect.fail('it was requested');
  expect(book.spentMs('c', [allocation], 'total', december + hourMs)).toBe(3 * hourMs);
  expect(book.spentMs('c', [allocation], 'month', december + hourMs)).toBe(hourMs);
  book.close({ ...allocation, status: 'ended', endedAtMs: december + 2 * hourMs });
  book.close({ ...allocation, status: 'ended', endedAtMs: december + hourMs });
  expect(book.spentMs('c', [], 'total', december + 9 * hourMs)).toBe(3 * hourMs);
  expect(book.spentMs('c', [], 'month', december + 9 * hourMs)).toBe(hourMs);
  expect(book.spentMs('c', [], 'month', december - 1)).toBe(2 * hourMs);
  expect(book.spentMs('c', [], 'month', Date.UTC(2024, 0, 5))).toBe(0);
});

test('a budget says when it will be spent, and when it is what may still be billed', () => {
  const budget: Budget = { nodeMs: 4 * hourMs, per: 'month', atLimit: 'finish' };
  const told = new AccountStory(4, { walltimeMs: 24 * hourMs });
  for (const id of ['n1', 'n2'])
    told
      .tell({
        kind: 'allocation-requested',
        allocation: id,
        cluster: 'c',
        token: id,
        slots: 4,
        resources: { slots: 4 },
        walltimeMs: 24 * hourMs,
        leaseMs: null,
      })
      .started(id);
  const at = (ms: number) => clusterBudget(told.world, told.accounts, 'c', budget, beginMs + ms);
  expect(at(hourMs)).toMatchObject({
    spentNodeMs: 2 * hourMs,
    isSpent: false,
    billedNodes: 2,
    changesAtMs: beginMs + 2 * hourMs,
    sentence: 'c has spent 2 node-hours of its budget of 4 node-hours for this month',
  });
  expect(at(2 * hourMs)).toMatchObject({
    isSpent: true,
    overshootNodeMs: 44 * hourMs,
    changesAtMs: december,
    sentence:
      'c has spent 4 node-hours of its budget of 4 node-hours for this month; nothing of it starts until the next month or until the budget is raised; what runs on 2 nodes may end and cost up to 44.0 node-hours more'.replace(
        '44.0',
        '44',
      ),
  });
});
