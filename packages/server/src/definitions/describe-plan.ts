import type { ChangeGroup, DefinitionPlan, ExperimentPlan } from './definitions-plan.ts';

const mostGroups = 5;
const mostRuns = 5;

/** The plan for people: one line for the clusters and for each experiment, with what its runs change below. */
export function describePlan(plan: DefinitionPlan | null): string {
  if (plan === null) return 'The definitions change nothing.';
  return [...describeClusters(plan), ...plan.experiments.flatMap(describeExperiment)].join('\n');
}

function describeClusters({ clusters }: DefinitionPlan): readonly string[] {
  if (clusters === null) return [];
  const parts = [listed('new', clusters.added), listed('changed', clusters.changed), listed('removed', clusters.removed)].filter(
    (part) => part !== '',
  );
  return [`clusters: ${parts.join('; ')}`, ...stops(clusters)];
}

function listed(word: string, names: readonly string[]): string {
  return names.length === 0 ? '' : `${word} ${names.join(', ')}`;
}

function describeExperiment(plan: ExperimentPlan): readonly string[] {
  const counts = [
    [plan.added, 'new'],
    [plan.changed, 'changed'],
    [plan.removed, 'removed'],
  ] as const;
  const parts = counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  const summary = plan.isRemoved
    ? `removed with ${runs(plan.removed)}`
    : parts.length === 0
      ? plan.isNew
        ? 'new, without runs'
        : 'autostart, budget or max_failures changed'
      : `${parts.join(', ')}`;
  const shown = plan.changeGroups.slice(0, mostGroups).map(describeGroup);
  const rest = plan.changeGroups.length - shown.length;
  return [
    `${plan.name}: ${summary}`,
    ...shown,
    ...(rest > 0 ? [`  and ${rest} other kinds of change`] : []),
    ...stops(plan),
    ...finishes(plan),
  ];
}

function describeGroup({ changes, runs: ids }: ChangeGroup): string {
  const what = changes.map(({ key, from, to }) => `${key} ${from} → ${to}`).join(', ');
  return `  ${runs(ids.length)}: ${what === '' ? 'defined again before the old version has ended' : what}`;
}

function stops({ stopsRunning, nodeHoursAtRisk }: Pick<ExperimentPlan, 'stopsRunning' | 'nodeHoursAtRisk'>): readonly string[] {
  if (stopsRunning.length === 0) return [];
  const lost = nodeHoursAtRisk < leastNodeHours ? '' : ` (${nodeHoursAtRisk.toFixed(2)} node-hours of work are done again)`;
  return [`  stops ${running(stopsRunning)}${lost}`];
}

/** Less than this is not worth a word: 18 seconds of a node. */
const leastNodeHours = 0.005;

function finishes({ finishesRunning }: ExperimentPlan): readonly string[] {
  return finishesRunning.length === 0 ? [] : [`  lets finish ${running(finishesRunning)}`];
}

function running(ids: readonly string[]): string {
  const shown = ids.slice(0, mostRuns).join(', ');
  return `${ids.length === 1 ? '1 running run' : `${ids.length} running runs`}: ${shown}${ids.length > mostRuns ? ', …' : ''}`;
}

function runs(count: number): string {
  return count === 1 ? '1 run' : `${count} runs`;
}
