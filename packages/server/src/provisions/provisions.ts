import { basename, join } from 'node:path';
import { workDirPaths } from '@juqueue/core';
import { WorkerCalls, workerFile } from '@juqueue/core';
import type { TokenPair } from '../auth/access-tokens.ts';
import type { ProvisionsFunctions } from './provisions-worker.ts';

/** One address at which NodeManagers find this manager. */
export interface ManagerAddress {
  readonly host: string;
  readonly port: number;
}

/** What nodes need from the work-dir before they can connect: key, addresses, environment, their own program. */
export class Provisions implements AsyncDisposable {
  readonly #worker: WorkerCalls<ProvisionsFunctions>;
  /** Where nodes find the key of their links. */
  readonly linkKeyFile: string;

  /** `secretsDir` holds token, link key and the program of nodes: `.juqueue`, or a folder of our own where others can write the work-dir. */
  constructor(workDir: string, secretsDir: string) {
    this.linkKeyFile = join(secretsDir, basename(workDirPaths.linkKey));
    this.#worker = new WorkerCalls(workerFile('provisions-worker', import.meta.url), { workDir, secretsDir }, { idleMs: 5_000 });
  }

  linkKey(): Promise<string> {
    return this.#worker.call('linkKey', undefined);
  }

  isOnLocalDisk(): Promise<boolean> {
    return this.#worker.call('isOnLocalDisk', undefined);
  }

  /** Read by nodes at every reconnect, so that a manager on another login node is found. */
  async writeAddresses(epoch: number, addresses: readonly ManagerAddress[]): Promise<void> {
    await this.#worker.call('replace', { path: workDirPaths.addresses, content: `${JSON.stringify({ epoch, addresses })}\n` });
  }

  /** The manager's environment at its start, from which nodes make that of their runs. */
  async writeEnvironment(environment: Readonly<Record<string, string | undefined>>): Promise<void> {
    await this.#worker.call('replace', { path: workDirPaths.environment, content: `${JSON.stringify(environment)}\n` });
  }

  /** Where the server can be reached, for the command line. */
  async writeServer(server: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#worker.call('replace', { path: workDirPaths.server, content: `${JSON.stringify(server)}\n` });
  }

  async writeTokens(pair: TokenPair): Promise<void> {
    await this.#worker.call('writeTokens', pair);
  }

  /** Removes what `writeServer` and `writeTokens` wrote: a client then hears that there is no manager. */
  async withdrawServer(): Promise<void> {
    await this.#worker.call('withdrawServer', undefined);
  }

  installBundle(bundleFile: string): Promise<string> {
    return this.#worker.call('installBundle', bundleFile);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker[Symbol.asyncDispose]();
  }
}
