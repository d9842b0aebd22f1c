import type { StopReport } from '@juqueue/core';
import { describeStop } from './describe-stop.ts';
import type { EngineOptions } from './manager-options.ts';
import { openEngine } from './open-engine.ts';

/**
 * Gives back everything of a work-dir that no manager works on: its runs are stopped and become ready, its nodes end.
 * Answers when that is done; null when another manager has taken over meanwhile. Throws JuqueueError when it may not act,
 * first of all because a manager lives.
 */
export async function releaseAll(options: EngineOptions): Promise<StopReport | null> {
  await using opened = await openEngine(options);
  const { engine } = opened;
  // The first decision waits for its turn, and before that the stop has ended deciding.
  await engine.begin();
  engine.admitNodes();
  const report = await Promise.race([engine.stop('release'), opened.superseded.then(() => null)]);
  if (report !== null) options.tell(describeStop(report));
  return report;
}
