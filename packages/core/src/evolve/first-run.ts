import type { Autostart } from '../model/definition.ts';
import type { Run } from '../model/run.ts';

/** New runs of an experiment, and which of them start at once. */
export interface NewRuns {
  readonly added: readonly Run[];
  readonly starting: readonly Run[];
}

/**
 * Which new runs start by themselves? With `first` one of them tries out what all have in common; it is the first that waits
 * for no other. Once a run of the experiment has finished, all do. `isWaiting`: an earlier one is being tried out.
 */
export function divideNewRuns(added: readonly Run[], autostart: Autostart, hasFinished: boolean, isWaiting: boolean): NewRuns {
  if (autostart === false) return { added, starting: [] };
  if (autostart === true || hasFinished) return { added, starting: added };
  const first = isWaiting ? undefined : (added.find((run) => run.definition.dependsOn.length === 0) ?? added[0]);
  const detail =
    first === undefined
      ? 'starts when a run of its experiment has finished'
      : `starts when ${first.id}, the first of its experiment, has finished`;
  return { added: added.map((run) => (run === first ? run : { ...run, detail })), starting: first === undefined ? [] : [first] };
}
