import { join } from 'node:path';
import { decodeFenceConfirmation, encodeFenceOrder, nodeFolderFiles, workDirPaths } from '@juqueue/core';
import type { FenceOrder, NodeFiles, NodeFolderReading, NodeId, Nonce } from '@juqueue/core';
import { WorkerCalls, workerFile } from '@juqueue/core';
import type { NodeFilesFunctions } from './node-files-worker.ts';

/** The folders of all nodes below one work-dir, read and written by a worker of their own. */
export class WorkDirNodeFiles implements NodeFiles, AsyncDisposable {
  readonly #worker: WorkerCalls<NodeFilesFunctions>;

  constructor(workDir: string) {
    this.#worker = new WorkerCalls(
      workerFile('node-files-worker', import.meta.url),
      { nodesDirectory: join(workDir, workDirPaths.nodes) },
      { idleMs: 60_000 },
    );
  }

  async read(node: NodeId, nonce: Nonce): Promise<NodeFolderReading> {
    const text = await this.#worker.call('read', folderName(node, nonce));
    const fenceConfirmation = text.fenceConfirmation === null ? null : decodeFenceConfirmation(text.fenceConfirmation);
    return { node, nonce, ...text, fenceConfirmation };
  }

  async list(): Promise<readonly { readonly node: NodeId; readonly nonce: Nonce }[]> {
    const folders = await this.#worker.call('list', undefined);
    return folders.flatMap((folder) => {
      const dash = folder.lastIndexOf('-');
      return dash <= 0 ? [] : [{ node: folder.slice(0, dash), nonce: folder.slice(dash + 1) }];
    });
  }

  async writeFence(node: NodeId, nonce: Nonce, order: FenceOrder): Promise<void> {
    await this.#worker.call('writeSealed', {
      folder: folderName(node, nonce),
      name: nodeFolderFiles.fence,
      content: encodeFenceOrder(order),
    });
  }

  async writeChallenge(node: NodeId, nonce: Nonce, challenge: string): Promise<void> {
    await this.#worker.call('writeSealed', { folder: folderName(node, nonce), name: nodeFolderFiles.challenge, content: challenge });
  }

  async removeFolder(node: NodeId, nonce: Nonce): Promise<void> {
    await this.#worker.call('remove', folderName(node, nonce));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker[Symbol.asyncDispose]();
  }
}

/** The last component of the folder's path; a nonce never holds `-`. */
function folderName(node: NodeId, nonce: Nonce): string {
  return `${node}-${nonce}`;
}
