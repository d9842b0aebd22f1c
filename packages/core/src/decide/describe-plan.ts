import type { Plan, StopAction } from '../model/plan.ts';

/** The plan in sentences: what is done, and where it is a choice, why. Empty when nothing is done. */
export function describePlan(plan: Plan): string {
  return planSentences(plan).join('; ');
}

/** The same, sentence by sentence. */
export function planSentences(plan: Plan): readonly string[] {
  const now = plan.placements.filter((placement) => placement.slots.length > 0);
  const ahead = plan.placements.length - now.length;
  return [
    ...(now.length > namedMax
      ? [`start ${now.length} runs on ${new Set(now.map((placement) => placement.node)).size} nodes`]
      : now.map((placement) => `start ${placement.run} on ${placement.node}`)),
    ...(ahead > 0 ? [`send ${ahead} short ${ahead === 1 ? 'run' : 'runs'} ahead`] : []),
    ...plan.requests.map(
      (demand) => `request ${demand.count} ${demand.count === 1 ? 'node' : 'nodes'} of ${demand.cluster}: ${demand.because}`,
    ),
    ...plan.cancels.map((cancel) => `cancel ${cancel.allocation}: ${cancel.because}`),
    ...plan.drains.map((drain) => `drain ${drain.node} (${drain.reason})`),
    ...plan.stops.map((stop) => stopSentence(stop)),
    ...plan.releases.map((release) => `release ${release.node}: ${release.because}`),
  ];
}

function stopSentence(stop: StopAction): string {
  return `stop ${stop.run} (${stop.cause})`;
}

/** More placements than this are counted, not named. */
const namedMax = 4;
