import type { AllocationReport } from '@juqueue/core';
import { slurmTimes } from '../slurm-times.ts';
import { blamesHost } from './job-states.ts';

/** How often a host must kill an allocation at once before it is left out: one may have other causes. */
const deathsMax = 2;

/**
 * Hosts on which allocations die within seconds of their start. One bad node would otherwise get every new allocation,
 * because it is always free.
 */
export class BadHosts {
  readonly #counted = new Set<string>();
  readonly #deaths = new Map<string, readonly number[]>();

  /** Takes note of an end; the same allocation counts once. Answers the host when this end excludes it. */
  note(report: AllocationReport, nowMs: number): string | null {
    const { token, host, startedAtMs, endedAtMs } = report;
    if (report.state !== 'ended' || host === null || startedAtMs === null || endedAtMs === null) return null;
    if (this.#counted.has(token) || !blamesHost(report.stateText) || endedAtMs - startedAtMs > slurmTimes.shortLifeMs) return null;
    this.#counted.add(token);
    const deaths = [...(this.#deaths.get(host) ?? []).filter((atMs) => nowMs - atMs < slurmTimes.excludedForMs), nowMs];
    this.#deaths.set(host, deaths);
    return deaths.length === deathsMax ? host : null;
  }

  /** Host names in order. */
  excluded(nowMs: number): readonly string[] {
    const isExcluded = (deaths: readonly number[]): boolean =>
      deaths.length >= deathsMax && nowMs - (deaths.at(-1) ?? 0) < slurmTimes.excludedForMs;
    return [...this.#deaths].flatMap(([host, deaths]) => (isExcluded(deaths) ? [host] : [])).toSorted();
  }
}
