import type { Random } from '../simulate/random.ts';
import type { WorkGroup } from './work-to-do.ts';

/** The 0.9 quantile of a normal distribution, in deviations. */
const upperDeviations = 1.2816;
/** From here on the longest of more draws is hardly longer. */
const longestDrawsMax = 2_000;

/** What runs take, as far as is known: learned times differ by what was learned, declared ones are wrong by `declaredError`. */
export class GroupTimes {
  readonly #declaredError: number;

  /** The deviation of the logarithm of taken over declared. */
  constructor(declaredError: number) {
    this.#declaredError = declaredError;
  }

  /** Is what a run of this group takes a guess? */
  isGuess(group: WorkGroup): boolean {
    return this.#deviationOf(group) > 0;
  }

  drawMs(group: WorkGroup, random: Random): number {
    const deviation = this.#deviationOf(group);
    return deviation === 0 ? group.ms : random.lognormal(group.ms, deviation);
  }

  /** What a run of this group takes on average: its time is the median. */
  meanMs(group: WorkGroup): number {
    return group.ms * Math.exp(this.#deviationOf(group) ** 2 / 2);
  }

  /** What the longest of all these runs takes. */
  longestMs(groups: readonly WorkGroup[], random: Random): number {
    let longest = 0;
    for (const group of groups) {
      const drawn = this.isGuess(group) ? Math.min(group.runs, longestDrawsMax) : 1;
      for (let i = 0; i < drawn; i += 1) longest = Math.max(longest, this.drawMs(group, random));
    }
    return longest;
  }

  /** Of the logarithm of the time. */
  #deviationOf({ source, ms, upperMs }: WorkGroup): number {
    switch (source) {
      case 'learned':
        return Math.log(Math.max(1, upperMs / Math.max(1, ms))) / upperDeviations;
      case 'declared':
        return this.#declaredError;
      case 'progress':
      case 'assumed':
        return 0;
    }
  }
}
