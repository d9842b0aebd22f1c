import type { ExperimentName, FoundFolder, NodeFiles, RunHistories, RunHistory, RunName, World, WorkDirFindings } from '@juqueue/core';
import { WorkerCalls, workerFile } from '@juqueue/core';
import type { FindingsFunctions } from './findings-worker.ts';

/** What the work-dir knows beside the journal, read by a worker of its own. */
export class WorkDirSearch implements RunHistories, AsyncDisposable {
  readonly #worker: WorkerCalls<FindingsFunctions>;

  constructor(workDir: string) {
    this.#worker = new WorkerCalls(workerFile('findings-worker', import.meta.url), { workDir }, { idleMs: 5_000 });
  }

  of(experiment: ExperimentName, runs: readonly RunName[]): Promise<readonly RunHistory[]> {
    return this.#worker.call('histories', { experiment, runs });
  }

  /** Everything about the runs that the journal still knows, and about all nodes. */
  async everything(world: World, nodeFiles: NodeFiles): Promise<WorkDirFindings> {
    const histories: RunHistory[] = [];
    for (const { name, runIds } of world.experiments.values()) {
      histories.push(
        ...(await this.of(
          name,
          [...runIds].flatMap((id) => world.run(id)?.name ?? []),
        )),
      );
    }
    const folders: FoundFolder[] = [];
    for (const { node, nonce } of await nodeFiles.list()) {
      const { ended, isClosed } = await nodeFiles.read(node, nonce);
      folders.push({ allocation: node, nonce, ended, isClosed });
    }
    return { histories, folders, allocations: await this.#worker.call('allocations', undefined) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker[Symbol.asyncDispose]();
  }
}
