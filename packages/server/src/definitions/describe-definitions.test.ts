import { describe, expect, test } from 'vitest';
import type { DefinitionProblem, HubDefinition } from '@juqueue/core';
import type { DefinitionPlan } from './definitions-plan.ts';
import { describeDefinitions } from './describe-definitions.ts';

const nothing = { problems: [], plan: null, applied: null, hub: null };

function problem(line: number, severity: DefinitionProblem['severity'] = 'error'): DefinitionProblem {
  return {
    file: 'clusters.yaml',
    line,
    column: 3,
    endColumn: null,
    severity,
    code: 'unknown-key',
    message: `unknown key 'k${line}'`,
    hint: "did you mean 'cores'?",
    excerpt: null,
  };
}

function planOf(id: string, added: number): DefinitionPlan {
  const command = { kind: 'remove-experiment', experiment: 'e', running: 'stop' } as const;
  return {
    id,
    clustersChanged: [],
    clusters: null,
    experiments: [
      {
        name: 'e',
        added,
        changed: 0,
        removed: 0,
        isNew: false,
        isRemoved: false,
        changeGroups: [],
        stopsRunning: ['e@r'],
        nodeHoursAtRisk: 0,
        finishesRunning: [],
        command,
      },
    ],
  };
}

describe('what the terminal is told about definitions', () => {
  test('is every new problem with its place and hint, and that everything valid works', () => {
    expect(describeDefinitions(nothing, { ...nothing, problems: [problem(4)] })).toEqual([
      "clusters.yaml:4:3: error: unknown key 'k4'\n  hint: did you mean 'cores'?",
      'Files with errors keep their last good version; everything valid works.',
    ]);
    expect(describeDefinitions(nothing, { ...nothing, problems: [problem(4, 'warning')] })).toHaveLength(1);
  });

  test('is also that an experiment is there which has no runs yet', () => {
    const { experiments, ...plan } = planOf('p', 0);
    const made = experiments.map((part) => ({ ...part, isNew: true, stopsRunning: [] }));
    expect(describeDefinitions(nothing, { ...nothing, applied: { plan: { ...plan, experiments: made }, atMs: 5 } })).toEqual([
      'Definitions applied:\n  e: new, without runs',
    ]);
  });

  test('is at most ten problems, and how many more there are', () => {
    const told = describeDefinitions(nothing, { ...nothing, problems: Array.from({ length: 13 }, (_, line) => problem(line + 1)) });
    expect(told.filter((sentence) => sentence.startsWith('clusters.yaml'))).toHaveLength(10);
    expect(told).toContain('And 3 more; juqueue reload shows every one.');
  });

  test('is nothing when nothing is new, and a word when the last problem has gone', () => {
    const broken = { ...nothing, problems: [problem(4)] };
    expect(describeDefinitions(broken, { ...broken, problems: [problem(4)] })).toEqual([]);
    expect(describeDefinitions(broken, nothing)).toEqual(['The definitions have no problems any more.']);
  });

  test('is nothing of jobs of the hub that come and go, and what a save changed beside them', () => {
    const hub = { agent: 'site' } as HubDefinition;
    const [part] = planOf('p', 2).experiments;
    const applied = (...experiments: DefinitionPlan['experiments']) => ({
      ...nothing,
      hub,
      applied: { plan: { ...planOf('p', 2), experiments }, atMs: 5 },
    });
    const ofHub = { ...part, name: 'hub-site', stopsRunning: [] } as DefinitionPlan['experiments'][number];
    expect(describeDefinitions(nothing, applied(ofHub))).toEqual([]);
    expect(describeDefinitions(nothing, applied(ofHub, { ...ofHub, name: 'hub-other' }))).toEqual([
      'Definitions applied:\n  hub-site: 2 new\n  hub-other: 2 new',
    ]);
    expect(describeDefinitions(nothing, { ...applied(ofHub), hub: null })).toEqual(['Definitions applied:\n  hub-site: 2 new']);
  });

  test('is what was applied, and what waits with the runs that it would stop and the command that applies it', () => {
    const applied = { ...nothing, applied: { plan: planOf('p', 2), atMs: 5 } };
    expect(describeDefinitions(nothing, applied)).toEqual(['Definitions applied:\n  e: 2 new\n    stops 1 running run: e@r']);
    const [waiting] = describeDefinitions(applied, { ...applied, plan: planOf('q', 1) });
    expect(waiting).toMatch(/wait.*\n {2}e: 1 new\n {4}stops 1 running run: e@r\nApply them with: juqueue reload --apply$/);
    expect(describeDefinitions({ ...applied, plan: planOf('q', 1) }, { ...applied, plan: planOf('r', 1) })).toEqual([]);
  });
});
