import type { EndedAttempt, FenceOrder, NodeFiles, NodeFolderReading, NodeId, Nonce } from '@juqueue/core';
import {
  decodeFenceConfirmation,
  decodeHeartbeat,
  decodeSealed,
  decodeSpool,
  encodeFenceOrder,
  encodeSealed,
  nodeFolder,
  nodeFolderFiles,
} from '@juqueue/core';
import type { DiskView, DiskWorker } from './shared-disk.ts';
import type { SimProcess } from './sim-process.ts';

interface SpoolCursor {
  offset: number;
  isClosed: boolean;
  closedLines: string;
}

/** The manager's look into the folders of nodes, with the rules of the real worker: outcomes are handed over once. */
export class SimNodeFiles implements NodeFiles {
  readonly #process: SimProcess;
  readonly #worker: DiskWorker;
  readonly #cursors = new Map<string, SpoolCursor>();

  constructor(process: SimProcess, worker: DiskWorker) {
    this.#process = process;
    this.#worker = worker;
  }

  read(node: NodeId, nonce: Nonce): Promise<NodeFolderReading> {
    const folder = nodeFolder(node, nonce);
    return this.#worker.call({
      name: `read ${folder}`,
      kind: 'read',
      run: (view) => {
        const heartbeat = view.read(`${folder}/${nodeFolderFiles.heartbeat}`);
        const echo = view.read(`${folder}/${nodeFolderFiles.challengeEcho}`);
        const sealed = view.read(`${folder}/${nodeFolderFiles.fenceConfirmation}`);
        const confirmation = sealed === null ? null : decodeSealed(sealed);
        return {
          node,
          nonce,
          counter: heartbeat === null ? null : decodeHeartbeat(heartbeat),
          challengeEcho: echo === null ? null : decodeSealed(echo),
          fenceConfirmation: confirmation === null ? null : decodeFenceConfirmation(confirmation),
          ...this.#readSpool(view, folder),
        };
      },
    });
  }

  list(): Promise<readonly { readonly node: NodeId; readonly nonce: Nonce }[]> {
    return Promise.resolve([]);
  }

  writeFence(node: NodeId, nonce: Nonce, order: FenceOrder): Promise<void> {
    return this.#write(node, nonce, nodeFolderFiles.fence, encodeFenceOrder(order));
  }

  writeChallenge(node: NodeId, nonce: Nonce, challenge: string): Promise<void> {
    return this.#write(node, nonce, nodeFolderFiles.challenge, challenge);
  }

  removeFolder(node: NodeId, nonce: Nonce): Promise<void> {
    const folder = nodeFolder(node, nonce);
    this.#cursors.delete(folder);
    return this.#acting(`remove ${folder}`, () =>
      this.#worker.call({
        name: `remove ${folder}`,
        kind: 'overwrite',
        run: (view) => Object.values(nodeFolderFiles).forEach((name) => view.remove(`${folder}/${name}`)),
      }),
    );
  }

  #readSpool(view: DiskView, folder: string): { readonly ended: readonly EndedAttempt[]; readonly isClosed: boolean } {
    const cursor = this.#cursors.get(folder) ?? { offset: 0, isClosed: false, closedLines: '' };
    this.#cursors.set(folder, cursor);
    const complete = (view.read(`${folder}/${nodeFolderFiles.spool}`) ?? '').slice(cursor.offset);
    cursor.offset += complete.length;
    cursor.closedLines += complete
      .split('\n')
      .filter((line) => line.includes('"closed"'))
      .map((line) => `${line}\n`)
      .join('');
    cursor.isClosed = decodeSpool(cursor.closedLines).isClosed;
    return { ended: decodeSpool(complete).ended, isClosed: cursor.isClosed };
  }

  #write(node: NodeId, nonce: Nonce, name: string, content: string): Promise<void> {
    const path = `${nodeFolder(node, nonce)}/${name}`;
    return this.#acting(`write ${path}`, () =>
      this.#worker.call({ name: `write ${path}`, kind: 'write', run: (view) => view.put(path, encodeSealed(content)) }),
    );
  }

  #acting<T>(what: string, call: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => this.#process.act(what, () => call().then(resolve, reject)));
  }
}
