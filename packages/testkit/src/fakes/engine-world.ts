import type { AttemptOutcome, ClusterDefinition, RunDefinition, RunHistory, StoredEvent, WorkDirFindings } from '@juqueue/core';
import { defaultFencingTimes, Engine, protocolVersion, recover, silentLog, startEpoch } from '@juqueue/core';
import { sampleCluster, sampleRunDefinition } from '@juqueue/core/samples';
import { FakeClock } from './fake-clock.ts';
import { FakeCluster } from './fake-cluster.ts';
import { FakeIndex } from './fake-index.ts';
import { FakeLink } from './fake-link.ts';
import { FakeNodeFiles } from './fake-node-files.ts';
import { HeldStore } from './held-store.ts';

export function testCluster(more: Partial<ClusterDefinition> = {}): ClusterDefinition {
  return sampleCluster({ name: 'c', type: 'slurm', slotsPerNode: 2, maxAllocations: 4, graceMs: 5_000, consolidation: 'off', ...more });
}

export function testRun(name: string, more: Partial<RunDefinition> = {}): RunDefinition {
  return sampleRunDefinition(name, { clusters: ['c'], ...more });
}

/** The real engine with everything around it played by the test. Outlives its manager: `restart` is a kill -9 and a new start. */
export class EngineWorld {
  readonly clock = new FakeClock();
  readonly journal: (readonly StoredEvent[])[] = [];
  readonly files = new FakeNodeFiles();
  readonly index = new FakeIndex();
  readonly cluster: FakeCluster;
  store = new HeldStore();
  announcements = 0;
  link = new FakeLink();
  /** What the folders of runs tell. */
  histories: readonly RunHistory[] = [];
  /** Of the manager; nodes speak 1. */
  protocol = protocolVersion;
  highestEpoch = 0;
  isSuperseded = false;
  #secrets = 0;
  #engine: Engine | null = null;

  constructor(cluster: ClusterDefinition = testCluster()) {
    this.cluster = new FakeCluster(cluster, this.clock);
  }

  get engine(): Engine {
    if (this.#engine === null) throw new Error('the manager is not started');
    return this.#engine;
  }

  /** `findings`: what the work-dir knows beside a journal that has lost events. */
  async start(findings: WorkDirFindings | null = null): Promise<void> {
    this.highestEpoch += 1;
    const store = new HeldStore(this.journal);
    this.store = store;
    const recovered = await recover(store, this.index);
    const now = { monotonicMs: this.clock.monotonicMs(), wallMs: this.clock.nowMs() };
    this.link = new FakeLink();
    this.#engine = new Engine(
      {
        store,
        index: this.index,
        link: this.link,
        nodeFiles: this.files,
        managerFiles: { highestEpoch: async () => this.highestEpoch, writeCounter: async () => undefined },
        histories: {
          of: async (experiment, runs) => this.histories.filter(({ run }) => runs.some((name) => run === `${experiment}@${name}`)),
        },
        clock: this.clock,
        log: silentLog,
        connectCluster: () => this.cluster,
        newSecret: () => (this.#secrets += 1).toString(16).padStart(8, '0'),
        announce: async () => void (this.announcements += 1),
        onSuperseded: () => (this.isSuperseded = true),
      },
      {
        right: startEpoch(this.highestEpoch, true, now),
        host: 'login1',
        pid: 1,
        version: 'test',
        protocol: this.protocol,
        times: defaultFencingTimes,
        findings,
      },
      recovered,
    );
    await this.#engine.begin();
    await this.clock.advance(10);
  }

  /** The manager dies without a word and another one starts on the same work-dir. */
  async restart(findings: WorkDirFindings | null = null): Promise<void> {
    const dead = this.engine;
    this.link.onMessage(() => undefined);
    this.link.onClosed(() => undefined);
    await dead.halt();
    await this.start(findings);
  }

  async define(...runs: readonly RunDefinition[]): Promise<void> {
    await this.engineCommand({ kind: 'define-clusters', clusters: [this.cluster.definition] });
    await this.engineCommand({ kind: 'define-experiment', definition: { name: 'e', autostart: true, runs }, running: 'stop' });
    await this.clock.advance(100);
  }

  async engineCommand(command: Parameters<Engine['command']>[0]): Promise<Awaited<ReturnType<Engine['command']>>> {
    const outcome = this.engine.command(command);
    await this.clock.advance(100);
    return outcome;
  }

  /** The cluster starts an allocation, and its NodeManager says hello. Answers the node's id. */
  async nodeComes(number: number, nonce = `nonce${number}`): Promise<string> {
    const node = `c-${String(number).padStart(5, '0')}`;
    const token = this.engine.snapshot.allocation(node)?.token ?? '';
    this.cluster.start(token);
    this.link.hello(node, nonce, this.cluster.definition.slotsPerNode);
    await this.clock.advance(100);
    return node;
  }

  /** The node starts everything that it was told to and has not answered yet. */
  async startsAll(node: string): Promise<void> {
    for (const { spec, slots } of this.link.to(node, 'start')) {
      const run = this.engine.run(spec.run);
      if (run?.execution?.startedAtMs !== null || run.attempt !== spec.attempt) continue;
      this.link.say(node, { kind: 'started', run: spec.run, attempt: spec.attempt, slots, pid: 100, startedAtMs: this.clock.nowMs() });
    }
    await this.clock.advance(100);
  }

  async ends(node: string, name: string, outcome: Partial<AttemptOutcome> = {}): Promise<void> {
    const run = this.engine.run(`e@${name}`);
    this.link.say(node, {
      kind: 'ended',
      run: `e@${name}`,
      attempt: run?.attempt ?? 0,
      outcome: { ...exited(this.clock.nowMs()), ...outcome },
    });
    await this.clock.advance(100);
  }

  /** Heartbeats of these nodes while time passes. */
  async passTime(ms: number, ...beating: readonly string[]): Promise<void> {
    for (let passed = 0; passed < ms; passed += 5_000) {
      for (const node of beating) this.link.say(node, { kind: 'heartbeat', number: this.clock.nowMs() });
      await this.clock.advance(Math.min(5_000, ms - passed));
    }
  }

  of(name: string): string {
    const run = this.engine.run(`e@${name}`);
    return run === undefined ? 'gone' : `${run.status}/${run.reason}`;
  }
}

export function exited(endedAtMs: number): AttemptOutcome {
  return {
    kind: 'exit',
    exitCode: 0,
    signal: null,
    stopCause: null,
    startedAtMs: endedAtMs - 1_000,
    endedAtMs,
    checkpointAtMs: null,
    progress: null,
    detail: 'exited with 0',
  };
}
