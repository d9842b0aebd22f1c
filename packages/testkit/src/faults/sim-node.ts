import type { AllocationRequest, Log } from '@juqueue/core';
import { NodeCore } from '@juqueue/node-manager';
import type { Programs } from './program.ts';
import type { DiskClient } from './shared-disk.ts';
import { DiskWorker } from './shared-disk.ts';
import type { LinkSurroundings } from './sim-link-client.ts';
import { SimLinkClient } from './sim-link-client.ts';
import { SimProcess } from './sim-process.ts';
import { SimSpawners } from './sim-spawners.ts';
import { SimStorage } from './sim-storage.ts';
import type { Truth } from './truth.ts';
import type { Host } from './host.ts';

export interface SimNodeParts {
  readonly host: Host;
  readonly request: AllocationRequest;
  readonly disk: DiskClient;
  readonly network: LinkSurroundings['network'];
  readonly managerAt: LinkSurroundings['managerAt'];
  readonly programs: Programs;
  readonly truth: Truth;
}

/** Where managers write at which address they listen. */
export const addressesFile = '.juqueue/addresses.json';

/** A NodeManager: the real core, and around it a process, a link, files and runs of the simulated world. */
export class SimNode {
  readonly process: SimProcess;
  readonly core: NodeCore;
  readonly spawners: SimSpawners;

  constructor({ host, request, disk, network, managerAt, programs, truth }: SimNodeParts) {
    const node = request.allocation;
    const deadlineMs = request.walltimeMs === null ? null : host.wallMs() + request.walltimeMs;
    const process = new SimProcess(host, `${node} node-manager`, false);
    this.process = process;
    const addresses = new DiskWorker(process, disk);
    const readAddress = (answered: (address: string | null) => void): void => {
      addresses.do({ name: 'read the addresses', kind: 'read', run: (view) => view.read(addressesFile) }, (answer) =>
        answered(answer.kind === 'done' ? answer.value : null),
      );
    };
    const log: Log = {
      info: (message) => host.timeline.tell(`${node}: ${message}`),
      warn: (message) => host.timeline.tell(`${node}: ${message}`),
    };
    const link = new SimLinkClient(
      process,
      node,
      { network, managerAt, readAddress },
      {
        onUp: () => this.core.onLinkUp(),
        onDown: () => this.core.onLinkDown(),
        onMessage: (message) => this.core.onMessage(message),
      },
    );
    const storage = new SimStorage(process, node, disk, truth, (report) => this.core.onStorage(report));
    this.spawners = new SimSpawners(process, node, disk, programs, truth, (report) => this.core.onSpawner(report));
    let nonces = 0;
    const newNonce = (): string => {
      nonces += 1;
      const nonce = `${node.replaceAll('-', '')}x${nonces}`;
      truth.named(node, nonce, host);
      return nonce;
    };
    this.core = new NodeCore(
      { clock: process, log, link, storage, spawners: this.spawners, newNonce, leave: () => process.kill() },
      {
        context: {
          workDir: '/w',
          node,
          host: host.name,
          slots: request.slots,
          processors: { list: [], isDefault: false },
          user: { name: 'u', uid: 1_000, gid: 100 },
          deadlineMs,
          devices: { variable: 'CUDA_VISIBLE_DEVICES', list: null },
          environment: {},
        },
        slots: request.slots,
        pid: 1,
        found: { cpus: 8, memoryBytes: 2 ** 36 },
        endCause: 'preempted',
      },
    );
    process.deliver(() => this.core.begin());
  }
}
