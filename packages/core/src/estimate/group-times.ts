import type { Random } from '../simulate/random.ts';
import type { WorkGroup } from './work-to-do.ts';

/** The 0.9 quantile of a normal distribution, in deviations. */
const upperDeviations = 1.2816;
/** From here on the longest of more draws is hardly longer. */
const longestDrawsMax = 2_000;

/** What a run of this group takes: as told, or drawn from what was learned. */
export function drawMs(group: WorkGroup, random: Random): number {
  return group.source === 'learned' ? random.lognormal(group.ms, deviationOf(group)) : group.ms;
}

/** What a run of this group takes on average: learned times are told by their median. */
export function meanMs(group: WorkGroup): number {
  return group.source === 'learned' ? group.ms * Math.exp(deviationOf(group) ** 2 / 2) : group.ms;
}

/** What the longest of all these runs takes. */
export function longestMs(groups: readonly WorkGroup[], random: Random): number {
  let longest = 0;
  for (const group of groups) {
    const drawn = group.source === 'learned' ? Math.min(group.runs, longestDrawsMax) : 1;
    for (let i = 0; i < drawn; i += 1) longest = Math.max(longest, drawMs(group, random));
  }
  return longest;
}

/** Of the logarithm of a learned time. */
function deviationOf({ ms, upperMs }: WorkGroup): number {
  return Math.log(Math.max(1, upperMs / Math.max(1, ms))) / upperDeviations;
}
