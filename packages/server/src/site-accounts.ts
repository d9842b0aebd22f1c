import { SiteAccountReader } from '@juqueue/cluster-slurm';
import type { SiteAccount, SiteAccountOptions } from '@juqueue/cluster-slurm';
import type { Allocation, ClusterDefinition, ClusterName, EngineApi } from '@juqueue/core';

export interface ClusterSiteAccount {
  readonly cluster: ClusterName;
  readonly account: SiteAccount;
}

/** What the sites of all Slurm clusters say of what was used. Asks only when somebody wants to know. */
export class SiteAccounts {
  readonly #engine: Pick<EngineApi, 'snapshot' | 'allAllocations'>;
  readonly #options: Omit<SiteAccountOptions, 'definition'>;
  readonly #readers = new Map<ClusterName, { readonly definition: ClusterDefinition; readonly reader: SiteAccountReader }>();

  constructor(engine: Pick<EngineApi, 'snapshot' | 'allAllocations'>, options: Omit<SiteAccountOptions, 'definition'>) {
    this.#engine = engine;
    this.#options = options;
  }

  async read(): Promise<readonly ClusterSiteAccount[]> {
    const clusters = [...this.#engine.snapshot.clusters.values()].filter(({ type }) => type === 'slurm');
    return await Promise.all(
      clusters.map(async (definition) => ({
        cluster: definition.name,
        account: await this.#reader(definition).read(this.#confirmed(definition.name)),
      })),
    );
  }

  #reader(definition: ClusterDefinition): SiteAccountReader {
    const known = this.#readers.get(definition.name);
    if (known?.definition === definition) return known.reader;
    const reader = new SiteAccountReader({ ...this.#options, definition });
    this.#readers.set(definition.name, { definition, reader });
    return reader;
  }

  #confirmed(cluster: ClusterName): readonly Allocation[] {
    return [...this.#engine.allAllocations].filter(
      (allocation) =>
        allocation.cluster === cluster && allocation.status === 'ended' && allocation.isConfirmed && allocation.jobId !== null,
    );
  }
}
