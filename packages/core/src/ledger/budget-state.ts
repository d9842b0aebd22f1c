import type { Budget } from '../model/budget.ts';
import type { ClusterName, ExperimentName } from '../model/ids.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Accounts } from './accounts.ts';
import { formatNodeTime } from '../model/budget.ts';
import { billedTime } from './allocation-bill.ts';
import { nextMonthMs } from './bill-book.ts';

/** How far a budget is spent. Times are node-ms. */
export interface BudgetState extends Budget {
  readonly scope: { readonly kind: 'cluster'; readonly name: ClusterName } | { readonly kind: 'experiment'; readonly name: ExperimentName };
  readonly spentNodeMs: number;
  readonly isSpent: boolean;
  /** Nodes that spend it at this moment. */
  readonly billedNodes: number;
  /** What running allocations may still bill beyond it, when they go on to their walltime; null when one has none. */
  readonly overshootNodeMs: number | null;
  /** When the answer may change by itself. */
  readonly changesAtMs: number | null;
  readonly sentence: string;
}

export function clusterBudget(snapshot: Snapshot, accounts: Accounts, name: ClusterName, budget: Budget, nowMs: number): BudgetState {
  const spentNodeMs = accounts.spentNodeMs(name, snapshot, budget.per, nowMs);
  return stateOf(snapshot, { kind: 'cluster', name }, budget, spentNodeMs, (cluster) => cluster === name, nowMs);
}

/** What an experiment's runs held of nodes, with their part of what nobody held. `spentNodeMs` as its account says. */
export function experimentBudget(
  snapshot: Snapshot,
  name: ExperimentName,
  budget: Budget,
  spentNodeMs: number,
  nowMs: number,
): BudgetState {
  return stateOf(snapshot, { kind: 'experiment', name }, budget, spentNodeMs, () => true, nowMs);
}

function stateOf(
  snapshot: Snapshot,
  scope: BudgetState['scope'],
  budget: Budget,
  spentNodeMs: number,
  isMeant: (cluster: ClusterName) => boolean,
  nowMs: number,
): BudgetState {
  const isSpent = spentNodeMs >= budget.nodeMs;
  const billed = snapshot.allocations.filter(
    (allocation) => isMeant(allocation.cluster) && allocation.status !== 'ended' && billedTime(allocation, nowMs) !== null,
  );
  const lives = billed.map(
    ({ startedAtMs, walltimeMs, node }) =>
      node?.deadlineMs ?? (startedAtMs === null || walltimeMs === null ? null : startedAtMs + walltimeMs),
  );
  const willBillMs = lives.some((endMs) => endMs === null)
    ? null
    : lives.reduce<number>((sum, endMs) => sum + Math.max(0, (endMs ?? nowMs) - nowMs), 0);
  const leftMs = budget.nodeMs - spentNodeMs;
  const emptyAtMs = isSpent || billed.length === 0 ? null : nowMs + Math.max(1, Math.ceil(leftMs / billed.length));
  const state = {
    ...budget,
    scope,
    spentNodeMs,
    isSpent,
    billedNodes: billed.length,
    overshootNodeMs: willBillMs === null ? null : Math.max(0, willBillMs - Math.max(0, leftMs)),
    changesAtMs: isSpent ? (budget.per === 'month' ? nextMonthMs(nowMs) : null) : emptyAtMs,
  };
  return { ...state, sentence: sentenceOf(state) };
}

/** `hpc has spent 500.2 of its 500 node-hours of this month; nothing starts there until the next month or until the budget is raised`. */
function sentenceOf({
  scope,
  spentNodeMs,
  nodeMs,
  per,
  isSpent,
  atLimit,
  billedNodes,
  overshootNodeMs,
}: Omit<BudgetState, 'sentence'>): string {
  const amounts = `${scope.name} has spent ${formatNodeTime(spentNodeMs)} of its budget of ${formatNodeTime(nodeMs)}${per === 'month' ? ' for this month' : ''}`;
  if (!isSpent) return amounts;
  const until = `nothing of it starts until ${per === 'month' ? 'the next month or until ' : ''}the budget is raised`;
  if (scope.kind === 'experiment' || billedNodes === 0) return `${amounts}; ${until}`;
  const nodes = `${billedNodes} ${billedNodes === 1 ? 'node' : 'nodes'}`;
  const rest =
    atLimit === 'stop'
      ? `what runs on ${nodes} is stopped`
      : `what runs on ${nodes} may end and cost ${overshootNodeMs === null ? 'more without a bound, as there is no walltime' : `up to ${formatNodeTime(overshootNodeMs)} more`}`;
  return `${amounts}; ${until}; ${rest}`;
}
