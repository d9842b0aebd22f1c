import type { Command } from '@juqueue/core';
import { Dice } from './dice.ts';
import { strike } from './faults.ts';
import { Host } from './host.ts';
import type { Connection } from './network.ts';
import { Network } from './network.ts';
import { Programs } from './program.ts';
import type { Scenario } from './scenario.ts';
import { DiskClient, SharedDisk } from './shared-disk.ts';
import { goodMood, SimCluster } from './sim-cluster.ts';
import { SimJournal } from './sim-journal.ts';
import type { SimLinkServer } from './sim-link-server.ts';
import { SimManager } from './sim-manager.ts';
import { SimNode } from './sim-node.ts';
import type { Timeline } from './timeline.ts';
import { Truth } from './truth.ts';

/** Clocks of hosts are off by up to this. */
const skewMaxMs = 300_000;

/** One simulated site: hosts, a work-dir, a cluster, managers, nodes, and somebody who uses them. */
export class Site {
  readonly timeline: Timeline;
  readonly scenario: Scenario;
  readonly network: Network;
  readonly cluster: SimCluster;
  readonly truth: Truth;
  readonly hosts: Host[] = [];
  readonly #dice: Dice;
  readonly #disk: SharedDisk;
  readonly #disks = new Map<Host, DiskClient>();
  readonly #journal: SimJournal;
  readonly #programs = new Programs();
  readonly #loginHosts: readonly Host[];
  readonly #managers: SimManager[] = [];
  /** What ends faults that last; all of them are called when the faults are over. */
  readonly #ends = new Set<() => void>();
  #areFaultsOver = false;

  constructor(scenario: Scenario, timeline: Timeline, dice: Dice) {
    this.scenario = scenario;
    this.timeline = timeline;
    this.#dice = dice;
    this.truth = new Truth(timeline, scenario.cacheMs);
    this.network = new Network(timeline, dice);
    this.#disk = new SharedDisk(scenario.cacheMs);
    this.#journal = new SimJournal(this.truth);
    this.#loginHosts = [this.#addHost('login1'), this.#addHost('login2')];
    for (const { definition, program } of scenario.runs) this.#programs.define(`e@${definition.name}`, program);
    this.cluster = new SimCluster(scenario.cluster, timeline, dice, this.truth, (request, jobId) => {
      const host = this.#addHost(`n${jobId}`);
      return new SimNode({
        host,
        request,
        disk: this.diskOf(host),
        network: this.network,
        managerAt: (address) => this.#serverAt(address),
        programs: this.#programs,
        truth: this.truth,
      });
    });
  }

  get areFaultsOver(): boolean {
    return this.#areFaultsOver;
  }

  /** NodeManagers that live. */
  get nodes(): readonly SimNode[] {
    return this.cluster.runningNodes;
  }

  /** The newest manager that lives. */
  get manager(): SimManager | null {
    return this.#managers.findLast(({ process }) => process.isAlive) ?? null;
  }

  get connections(): readonly Connection[] {
    return this.#managers.flatMap(({ server }) => [...server.connections].flatMap(({ connection }) => connection ?? []));
  }

  diskOf(host: Host): DiskClient {
    const known = this.#disks.get(host);
    if (known !== undefined) return known;
    const client = new DiskClient(host, this.#disk);
    this.#disks.set(host, client);
    return client;
  }

  begin(): void {
    void this.startManager();
    this.#watchManagers();
    if (this.scenario.faults.length > 0) this.#nextFault();
    this.#nextWish();
    this.timeline.after(this.scenario.faultsEndMs, () => this.#endFaults());
  }

  /** On a login host that lives, another than `not` if there is one. */
  startManager(not: Host | null = null): SimManager | null {
    const hosts = this.#loginHosts.filter((host) => !host.isDead && !host.isStalled && host !== not);
    if (hosts.length === 0) return null;
    const { scenario } = this;
    const host = this.#dice.pick(hosts);
    const manager = new SimManager({
      host,
      number: this.#managers.length + 1,
      disk: this.diskOf(host),
      journal: this.#journal,
      cluster: this.cluster,
      times: scenario.times,
      truth: this.truth,
      isAlive: (number) => this.#managers[number - 1]?.process.isAlive === true,
      definitions: () => this.#definitions(),
    });
    this.#managers.push(manager);
    return manager;
  }

  /** Does this after a while, at the latest when the faults are over. */
  until(ms: number, end: () => void): void {
    const once = (): void => {
      if (this.#ends.delete(once)) end();
    };
    this.#ends.add(once);
    this.timeline.after(ms, once);
  }

  thaw(host: Host): void {
    host.thaw();
    this.truth.thawed(host);
  }

  #addHost(name: string): Host {
    const host = new Host(name, this.timeline, this.#dice, this.#dice.chance(0.7) ? this.#dice.between(-skewMaxMs, skewMaxMs) : 0);
    this.hosts.push(host);
    return host;
  }

  #serverAt(address: string): SimLinkServer | null {
    return this.#managers.find(({ server }) => server.address === address)?.server ?? null;
  }

  #definitions(): readonly Command[] {
    const { cluster, runs } = this.scenario;
    return [
      { kind: 'define-clusters', clusters: [cluster] },
      {
        kind: 'define-experiment',
        definition: { name: 'e', autostart: true, runs: runs.map(({ definition }) => definition) },
        running: 'stop',
      },
    ];
  }

  /** Somebody who starts a manager again some time after the last one died. */
  #watchManagers(): void {
    this.timeline.after(this.#areFaultsOver ? 5_000 : this.#dice.between(1_000, 100_000), () => {
      if (this.manager === null) this.startManager();
      const { manager } = this;
      if (manager !== null && (manager.process.isStill || this.diskOf(manager.process.host).state !== 'well'))
        this.truth.managerHadTrouble();
      this.#watchManagers();
    });
  }

  #nextFault(): void {
    this.timeline.after(-Math.log(1 - this.#dice.next()) * this.scenario.meanFaultGapMs, () => {
      if (this.#areFaultsOver) return;
      strike(this.#dice.pick(this.scenario.faults), this, this.#dice);
      this.#nextFault();
    });
  }

  /** Somebody who cancels and resumes runs, and asks again when there was no answer. */
  #nextWish(): void {
    this.timeline.after(this.#dice.between(20_000, 300_000), () => {
      if (this.#areFaultsOver) {
        this.#resumeAll();
        return;
      }
      const run = `e@${this.#dice.pick(this.scenario.runs).definition.name}`;
      const wish: Command = this.#dice.chance(0.5)
        ? { kind: 'resume-runs', runs: [run], by: 'somebody' }
        : { kind: 'cancel-runs', runs: [run], force: this.#dice.chance(0.7), by: 'somebody', reason: null };
      if (this.manager?.isServing === true) this.manager.command(wish, () => undefined);
      this.#nextWish();
    });
  }

  /** In the end everything that was cancelled is wanted again, so that every run can be expected to end. */
  #resumeAll(): void {
    const { world } = this.truth;
    const cancelled = this.scenario.runs
      .map(({ definition }) => `e@${definition.name}`)
      .filter((run) => world.run(run)?.reason === 'user-cancelled');
    if (cancelled.length > 0) this.manager?.command({ kind: 'resume-runs', runs: cancelled, by: 'somebody' }, () => undefined);
    this.timeline.after(30_000, () => this.#resumeAll());
  }

  #endFaults(): void {
    this.timeline.tell('the faults are over');
    this.#areFaultsOver = true;
    for (const end of [...this.#ends]) end();
    this.cluster.mood = goodMood;
    for (const host of this.hosts) {
      if (host.isStalled) this.thaw(host);
      for (const side of ['node', 'manager'] as const) {
        this.network.heal(host.name, side);
        Object.assign(this.network.way(host.name, side), { slow: null, repeats: 0, swaps: 0 });
      }
      this.diskOf(host).become('well');
      for (const process of host.processes) process.continue();
    }
  }
}
