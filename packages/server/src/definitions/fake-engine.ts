import { defaultLimits, definitionHash, runId } from '@juqueue/core';
import type {
  Allocation,
  ClusterDefinition,
  Command,
  CommandOutcome,
  EngineApi,
  ExperimentView,
  Run,
  RunId,
  RunStatus,
} from '@juqueue/core';

/** The part of the engine that definitions deal with: it keeps what commands define, and runs execute when the test says so. */
export class FakeEngine implements Pick<EngineApi, 'experiments' | 'run' | 'snapshot' | 'command'> {
  readonly runs = new Map<RunId, Run>();
  readonly experiments = new Map<string, ExperimentView>();
  readonly commands: Command[] = [];
  readonly #clusters = new Map<string, ClusterDefinition>();
  readonly #allocations: Allocation[] = [];

  get snapshot(): EngineApi['snapshot'] {
    return {
      clusters: this.#clusters,
      allocations: this.#allocations,
      allocation: () => this.#allocations[0],
      observation: () => undefined,
    } as unknown as EngineApi['snapshot'];
  }

  run(id: RunId): Run | undefined {
    return this.runs.get(id);
  }

  /** Puts a run on a node of a cluster. */
  execute(id: RunId, cluster = 'local'): void {
    this.#replace(id, { status: 'running', execution: { node: 'n1', startedAtMs: 0 } as unknown as Run['execution'] });
    this.#allocations.push({ cluster, slots: 4, node: { occupants: [id, null], ahead: [] } } as unknown as Allocation);
  }

  async command(command: Command): Promise<CommandOutcome> {
    this.commands.push(command);
    if (command.kind === 'define-clusters') {
      this.#clusters.clear();
      for (const cluster of command.clusters) this.#clusters.set(cluster.name, cluster);
    }
    if (command.kind === 'define-experiment') this.#define(command.definition);
    if (command.kind === 'remove-experiment') this.#remove(command.experiment);
    return { kind: 'done', affected: [], skipped: [] };
  }

  #define({ name, autostart, runs }: Extract<Command, { kind: 'define-experiment' }>['definition']): void {
    const ids = new Set(runs.map((run) => runId(name, run.name)));
    for (const id of this.experiments.get(name)?.runIds ?? []) if (!ids.has(id)) this.#withdraw(id, ids);
    for (const definition of runs) {
      const id = runId(name, definition.name);
      const hash = definitionHash(definition);
      const before = this.runs.get(id);
      if (before?.status === 'running') {
        if (before.definitionHash !== hash || before.next !== null)
          this.#replace(id, { next: { kind: 'changed', definition, definitionHash: hash } });
      } else
        this.runs.set(id, {
          id,
          experiment: name,
          name: definition.name,
          definition,
          definitionHash: hash,
          status: 'inactive',
          next: null,
        } as unknown as Run);
    }
    const counts: Record<RunStatus, number> = { inactive: runs.length, ready: 0, running: 0, finished: 0, failed: 0 };
    this.experiments.set(name, { name, order: 0, autostart, limits: defaultLimits, hold: null, createdAtMs: 0, counts, runIds: ids });
  }

  #remove(name: string): void {
    const kept = new Set<RunId>();
    const view = this.experiments.get(name);
    for (const id of view?.runIds ?? []) this.#withdraw(id, kept);
    if (view !== undefined && kept.size > 0) this.experiments.set(name, { ...view, runIds: kept });
    else this.experiments.delete(name);
  }

  /** A running run stays until its attempt has ended. */
  #withdraw(id: RunId, ids: Set<RunId>): void {
    if (this.runs.get(id)?.status !== 'running') {
      this.runs.delete(id);
      return;
    }
    this.#replace(id, { next: { kind: 'removed' } });
    ids.add(id);
  }

  #replace(id: RunId, change: Partial<Run>): void {
    const run = this.runs.get(id);
    if (run === undefined) throw new Error(`the test has no run ${id}`);
    this.runs.set(id, { ...run, ...change });
  }
}
