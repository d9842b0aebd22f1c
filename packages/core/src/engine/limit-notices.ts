import type { Suspect } from '../evolve/failure-book.ts';
import type { World } from '../evolve/world.ts';
import type { BudgetState } from '../ledger/budget-state.ts';

/** What limits hold back, for people: spent budgets, experiments that are held, suspected nodes with what to resume. */
export function limitNotices(world: World, budgets: readonly BudgetState[]): readonly string[] {
  const spent = budgets.filter(({ isSpent }) => isSpent).map(({ sentence }) => sentence);
  const held = [...world.experiments.values()].flatMap(({ hold }) => (hold?.reason === 'held' ? [hold.because] : []));
  return [...spent, ...held, ...world.experience.failures.suspects.flatMap((suspect) => suspectNotice(world, suspect) ?? [])];
}

/** As long as some of its runs have neither been resumed nor removed. */
function suspectNotice(world: World, { node, host, failedRuns }: Suspect): string | null {
  const failed = failedRuns.filter((id) => world.run(id)?.status === 'failed');
  if (failed.length === 0) return null;
  return `suspect node ${node} on ${host}: ${failedRuns.length} different runs in a row failed soon after their start there, and not elsewhere; it takes no more runs, and new nodes avoid its machine for a day. Resume ${failed.length === 1 ? 'this one' : `these ${failed.length}`}: juqueue resume ${failed.join(' ')}`;
}
