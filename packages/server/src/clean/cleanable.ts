import { globToRegExp } from '@juqueue/core';
import type { EngineApi, Run, RunId } from '@juqueue/core';

type Engine = Pick<EngineApi, 'experiments' | 'run'>;

/** Why the folder of this run stays; null when it may go. `isNeeded`: an unfinished run depends on it. */
export function objection(run: Run | undefined, olderThanMs: number, nowMs: number, isNeeded: (run: Run) => boolean): string | null {
  if (run === undefined) return 'there is no such run';
  if (run.status === 'ready' || run.status === 'running') return `it is ${run.status}`;
  if (run.attempt === 0) return 'it has not executed anything';
  if (nowMs - (run.outcome?.endedAtMs ?? run.changedAtMs) < olderThanMs) return 'it is not old enough';
  if (isNeeded(run)) return 'a run that has not finished depends on it';
  return null;
}

/** Whether a run that has not finished depends on this one. Walks over all runs once; asking then costs little. */
export function neededByOthers(engine: Engine): (run: Run) => boolean {
  const exact = new Set<RunId>();
  const globs = new Map<string, (run: Run) => boolean>();
  for (const { runIds } of engine.experiments.values()) {
    for (const id of runIds) {
      const run = engine.run(id);
      if (run === undefined || run.status === 'finished') continue;
      for (const selector of run.definition.dependsOn) note(selector.includes('@') ? selector : `${run.experiment}@${selector}`);
    }
  }
  function note(selector: string): void {
    if (!selector.includes('*')) exact.add(selector);
    else if (!globs.has(selector)) globs.set(selector, matcherOf(selector));
  }
  return (run) => exact.has(run.id) || [...globs.values()].some((isMeant) => isMeant(run));
}

function matcherOf(selector: string): (run: Run) => boolean {
  const at = selector.indexOf('@');
  const [experiment, name] = [globToRegExp(selector.slice(0, at)), globToRegExp(selector.slice(at + 1))];
  return (run) => experiment.test(run.experiment) && name.test(run.name);
}
