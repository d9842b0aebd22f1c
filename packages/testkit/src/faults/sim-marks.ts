import type { EpochFiles, FoundManager, LeftManager, ManagerFiles } from '@juqueue/core';
import type { DiskView, DiskWorker } from './shared-disk.ts';
import type { SimProcess } from './sim-process.ts';

const epochs = '.juqueue/epoch';
const signature = '.juqueue/manager.json';
const counterFile = '.juqueue/manager-counter';

/** The marks of managers, with the rules of the real worker. `isAlive` asks the host for a process by its name. */
export class SimMarks implements EpochFiles, ManagerFiles {
  readonly #process: SimProcess;
  readonly #worker: DiskWorker;
  readonly #pid: number;
  readonly #isAlive: (pid: number) => boolean;
  #epoch = 0;

  constructor(process: SimProcess, worker: DiskWorker, pid: number, isAlive: (pid: number) => boolean) {
    this.#process = process;
    this.#worker = worker;
    this.#pid = pid;
    this.#isAlive = isAlive;
  }

  leftManager(): Promise<FoundManager | null> {
    const { host } = this.#process;
    return this.#worker.call({
      name: 'read the signature',
      kind: 'read',
      run: (view) => {
        const text = view.read(signature);
        if (text === null) return null;
        const left: LeftManager = JSON.parse(text);
        const isOfThisBoot = left.host === host.name;
        return { left, isOfThisBoot, isAlive: isOfThisBoot && this.#isAlive(left.pid) };
      },
    });
  }

  readCounter(): Promise<number | null> {
    return this.#worker.call({
      name: 'read the counter',
      kind: 'read',
      run: (view) => {
        const [epoch, counter] = view.read(counterFile)?.split(' ').map(Number) ?? [];
        return epoch === undefined || counter === undefined ? null : epoch * 2 ** 30 + counter;
      },
    });
  }

  createEpoch(epoch: number): Promise<boolean> {
    const run = (view: DiskView): boolean => view.createExclusively(`${epochs}/${epoch}`, String(this.#pid));
    return this.#acting('take an epoch', () => this.#worker.call({ name: 'take an epoch', kind: 'write', run }));
  }

  async sign(epoch: number, hasEnded: boolean): Promise<void> {
    this.#epoch = epoch;
    const left: LeftManager = { host: this.#process.host.name, pid: this.#pid, epoch, hasEnded };
    await this.#acting('sign', () =>
      this.#worker.call({ name: 'sign', kind: 'write', run: (view) => view.put(signature, JSON.stringify(left)) }),
    );
  }

  leave(): Promise<void> {
    return this.sign(this.#epoch, true);
  }

  highestEpoch(): Promise<number> {
    return this.#worker.call({
      name: 'look for the highest epoch',
      kind: 'read',
      run: (view) => Math.max(0, ...view.list(epochs).map(Number)),
    });
  }

  writeCounter(counter: number): Promise<void> {
    return this.#worker.call({
      name: 'write the counter',
      kind: 'overwrite',
      run: (view) => view.put(counterFile, `${this.#epoch} ${counter}`),
    });
  }

  #acting<T>(what: string, call: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => this.#process.act(what, () => call().then(resolve, reject)));
  }
}
