import type { Command, EpochRight, FencingTimes, StopMode } from '@juqueue/core';
import { Engine, JuqueueError, protocolVersion, raiseEpoch, recover, showAlive, takeEpoch } from '@juqueue/core';
import { FakeIndex } from '../fakes/fake-index.ts';
import type { Host } from './host.ts';
import type { DiskClient } from './shared-disk.ts';
import { DiskWorker } from './shared-disk.ts';
import type { SimCluster } from './sim-cluster.ts';
import type { SimJournal, SimStore } from './sim-journal.ts';
import { SimLinkServer } from './sim-link-server.ts';
import { SimMarks } from './sim-marks.ts';
import { SimNodeFiles } from './sim-node-files.ts';
import { addressesFile } from './sim-node.ts';
import { SimProcess } from './sim-process.ts';
import type { Truth } from './truth.ts';

export interface SimManagerParts {
  readonly host: Host;
  readonly number: number;
  readonly disk: DiskClient;
  readonly journal: SimJournal;
  readonly cluster: SimCluster;
  readonly times: FencingTimes;
  readonly truth: Truth;
  /** Whether the process of this manager lives. */
  readonly isAlive: (number: number) => boolean;
  /** What a manager reads from its definitions at start. */
  readonly definitions: () => readonly Command[];
}

/** A manager: the real engine behind the real start, and around it a process, files and links of the simulated world. */
export class SimManager {
  readonly process: SimProcess;
  readonly server: SimLinkServer;
  readonly #parts: SimManagerParts;
  readonly #marks: SimMarks;
  #store: SimStore | null = null;
  #engine: Engine | null = null;
  #isServing = false;

  constructor(parts: SimManagerParts) {
    const { host, number, disk, truth, isAlive } = parts;
    this.#parts = parts;
    this.process = new SimProcess(host, `manager ${number}`, true);
    this.server = new SimLinkServer(this.process, `${host.name}:${number}`, truth);
    this.#marks = new SimMarks(this.process, new DiskWorker(this.process, disk), number, isAlive);
    host.timeline.tell(`manager ${number} starts on ${host.name}`);
    this.process.deliver(() => void this.#start().catch((error: unknown) => this.#end(error)));
  }

  /** Its engine takes commands. */
  get isServing(): boolean {
    return this.#isServing && this.process.isAlive;
  }

  /** As a client does it: `done` when the answer was a success. What was not answered may have happened all the same. */
  command(command: Command, done: (isTaken: boolean) => void): void {
    const { timeline } = this.process.host;
    this.process.deliver(() => {
      const engine = this.#engine;
      if (engine === null || !this.isServing) return;
      const seqBefore = this.#parts.truth.seq;
      void engine.command(command).then((outcome) => {
        const count = this.#store?.count ?? 0;
        this.process.act('answer a command', () => {
          timeline.tell(`${this.process.name} answers ${command.kind}: ${outcome.kind}`);
          if (outcome.kind === 'done' && outcome.affected.length > 0 && this.#parts.truth.seq === seqBefore)
            this.#parts.truth.broken(`${command.kind} was acknowledged, and nothing is in the journal`);
          if (outcome.kind === 'done') this.#store?.told(count);
          done(outcome.kind === 'done');
        });
      });
    });
  }

  /** Ctrl-C, SIGTERM or `juqueue stop`. */
  stop(mode: StopMode): void {
    this.process.deliver(() => {
      if (!this.isServing || this.#engine === null) return;
      this.process.host.timeline.tell(`${this.process.name} is to stop (${mode})`);
      this.#isServing = false;
      void this.#engine
        .stop(mode)
        .then(() => this.#marks.leave())
        .catch(() => undefined)
        .then(() => this.process.kill());
    });
  }

  async #start(): Promise<void> {
    const { host, number, disk, journal, cluster, times, truth, definitions } = this.#parts;
    const { process } = this;
    const worker = (): DiskWorker => new DiskWorker(process, disk);
    const tell = (sentence: string): void => host.timeline.tell(`${process.name}: ${sentence}`);
    const taken = await takeEpoch(this.#marks, process, times, tell, () => void showAlive(this.#marks, process, times));
    const store = await journal.open(process, worker());
    this.#store = store;
    const index = new FakeIndex();
    const recovered = await recover(store, index);
    const recordedEpoch = recovered.world.epoch;
    const right: EpochRight = recordedEpoch < taken.epoch ? taken : await raiseEpoch(this.#marks, taken, recordedEpoch, process);
    const files = worker();
    const provisions = worker();
    const announce = (): Promise<void> =>
      new Promise((resolve, reject) => {
        process.act('announce', () => {
          provisions
            .call({ name: 'write the addresses', kind: 'write', run: (view) => view.put(addressesFile, this.server.address) })
            .then(resolve, reject);
        });
      });
    let secrets = 0;
    const engine = new Engine(
      {
        store,
        index,
        link: this.server,
        nodeFiles: new SimNodeFiles(process, files),
        managerFiles: this.#marks,
        histories: { of: () => Promise.resolve([]) },
        clock: process,
        log: { info: tell, warn: tell },
        connectCluster: () => cluster.connect(process),
        newSecret: () => `${number.toString(16)}${(secrets += 1).toString(16).padStart(6, '0')}`,
        announce,
        onSuperseded: () => void process.after(50, () => process.kill()),
      },
      { right, host: host.name, pid: number, version: 'simulated', protocol: protocolVersion, times, findings: null },
      recovered,
    );
    this.#engine = engine;
    await announce();
    truth.managerHadTrouble();
    await engine.begin();
    for (const command of definitions()) await engine.command(command);
    tell(`serves as epoch ${right.epoch}`);
    this.#isServing = true;
  }

  /** A start that is refused or cannot read ends the process; a broken promise is one of ours. */
  #end(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.process.host.timeline.tell(`${this.process.name} ends: ${message}`);
    const isExpected = error instanceof JuqueueError || /^(EIO|ENOSPC)/.test(message);
    if (!isExpected)
      this.#parts.truth.broken(`${this.process.name} failed: ${error instanceof Error ? (error.stack ?? message) : message}`);
    this.process.kill();
  }
}
