import { formatProblem } from '@juqueue/core';
import type { WatchedState } from './definitions-service.ts';
import { isOfHubOnly } from './definitions-plan.ts';
import { describePlan } from './describe-plan.ts';

/** More than these scroll away what else is to be read. */
const problemsMax = 10;
const planLinesMax = 20;

type Seen = Pick<WatchedState, 'problems' | 'plan' | 'applied' | 'hub'>;

/** What is new since `before` for the person at the terminal: problems with their places, what was applied, what waits. */
export function describeDefinitions(before: Seen, now: Seen): readonly string[] {
  return [...newProblems(before, now), ...newlyApplied(before, now), ...newlyWaiting(before, now)];
}

function newProblems(before: Seen, { problems }: Seen): readonly string[] {
  if (JSON.stringify(before.problems) === JSON.stringify(problems)) return [];
  if (problems.length === 0) return ['The definitions have no problems any more.'];
  const rest = problems.length - problemsMax;
  return [
    ...problems.slice(0, problemsMax).map(formatProblem),
    ...(rest > 0 ? [`And ${rest} more; juqueue reload shows every one.`] : []),
    ...keptNote(problems),
  ];
}

function keptNote(problems: Seen['problems']): readonly string[] {
  return problems.some(({ severity }) => severity === 'error')
    ? ['Files with errors keep their last good version; everything valid works.']
    : [];
}

function newlyApplied(before: Seen, { applied, hub }: Seen): readonly string[] {
  return applied === null || applied === before.applied || isOfHubOnly(applied.plan, hub)
    ? []
    : [`Definitions applied:\n${planLines(applied.plan)}`];
}

function newlyWaiting(before: Seen, { plan }: Seen): readonly string[] {
  // Another file makes another plan of it, also where the same waits as before.
  if (plan === null || (before.plan !== null && planLines(plan) === planLines(before.plan))) return [];
  return [`Changed definitions wait, as they would stop running runs:\n${planLines(plan)}\nApply them with: juqueue reload --apply`];
}

function planLines(plan: NonNullable<Seen['plan']>): string {
  const lines = describePlan(plan).split('\n');
  const shown = lines.length > planLinesMax ? [...lines.slice(0, planLinesMax), `and ${lines.length - planLinesMax} more lines`] : lines;
  return shown.map((line) => `  ${line}`).join('\n');
}
