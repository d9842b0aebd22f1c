import type { SlurmCall } from '@juqueue/cluster-slurm';
import { ledgerParts, nodeStatuses, runStatuses } from '@juqueue/core';
import type { Clock, EngineApi, RunStatus } from '@juqueue/core';
import { Gauge, Histogram, Registry } from 'prom-client';
import { summariseClusters } from '../api/cluster-summary.ts';
import { EventLoopDelay } from './event-loop-delay.ts';

/** From a tick of an empty manager to one that a person would notice. */
const tickSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];
/** From a quiet controller to the limits of our patience. */
const slurmSeconds = [0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120];

/**
 * What Prometheus is told. Counts are read from the state when it asks and cost what clusters, experiments and nodes are,
 * never what runs are; durations are noted as they happen.
 */
export class ManagerMetrics implements Disposable {
  readonly #registry = new Registry();
  readonly #delay = new EventLoopDelay();
  readonly #ticks = new Histogram({
    name: 'juqueue_tick_duration_seconds',
    help: 'How long decisions took.',
    buckets: tickSeconds,
    registers: [this.#registry],
  });
  readonly #slurmCalls = new Histogram({
    name: 'juqueue_slurm_call_duration_seconds',
    help: "How long commands of Slurm's took, by program and outcome (ok, failed, signalled, over-limit, not-started).",
    labelNames: ['program', 'outcome'],
    buckets: slurmSeconds,
    registers: [this.#registry],
  });
  readonly #gauges = {
    info: this.#gauge('juqueue_info', 'Always 1; says which version.', ['version']),
    runs: this.#gauge('juqueue_runs', 'Runs by status.', ['status']),
    experiments: this.#gauge('juqueue_experiments', 'Experiments.', []),
    allocations: this.#gauge('juqueue_allocations', 'Allocations that have not ended, by cluster and status.', ['cluster', 'status']),
    nodes: this.#gauge('juqueue_nodes', 'Nodes that are not gone, by cluster and status.', ['cluster', 'status']),
    slots: this.#gauge('juqueue_slots', 'Slots of those nodes, by cluster and state (taken, free).', ['cluster', 'state']),
    held: this.#gauge('juqueue_cluster_held', '1 while the cluster takes no submissions.', ['cluster']),
    billed: this.#gauge('juqueue_billed_node_seconds', 'What was billed so far, by cluster.', ['cluster']),
    ledger: this.#gauge(
      'juqueue_ledger_slot_seconds',
      'Where the billed slot-time went, by cluster and part; `open` becomes `useful` or `redone`.',
      ['cluster', 'part'],
    ),
    storeTrouble: this.#gauge('juqueue_store_trouble', '1 while the journal cannot be written.', []),
    delay: this.#gauge('juqueue_event_loop_delay_seconds', 'How late the event loop was since the last question.', ['quantile']),
    memory: this.#gauge('process_resident_memory_bytes', 'Resident memory of the manager.', []),
    cpu: this.#gauge('process_cpu_seconds', 'CPU time of the manager, user and system.', []),
  };

  readonly contentType = this.#registry.contentType;

  readonly noteTick = (tookMs: number): void => this.#ticks.observe(tookMs / 1_000);

  readonly noteSlurmCall = ({ program, outcome, tookMs }: SlurmCall): void =>
    this.#slurmCalls.observe({ program, outcome }, tookMs / 1_000);

  /** The whole in the text format of Prometheus. */
  async text(engine: EngineApi, clock: Clock, version: string): Promise<string> {
    for (const gauge of Object.values(this.#gauges)) gauge.reset();
    this.#gauges.info.set({ version }, 1);
    this.#gauges.storeTrouble.set(engine.health.storeTrouble === null ? 0 : 1);
    this.#setRuns(engine);
    this.#setClusters(engine);
    this.#setLedger(engine, clock);
    this.#setProcess();
    return await this.#registry.metrics();
  }

  [Symbol.dispose](): void {
    this.#delay[Symbol.dispose]();
  }

  #setRuns({ experiments }: EngineApi): void {
    const counts: Record<RunStatus, number> = { inactive: 0, ready: 0, running: 0, finished: 0, failed: 0 };
    for (const experiment of experiments.values()) for (const status of runStatuses) counts[status] += experiment.counts[status];
    for (const status of runStatuses) this.#gauges.runs.set({ status }, counts[status]);
    this.#gauges.experiments.set(experiments.size);
  }

  #setClusters({ snapshot, budgets }: EngineApi): void {
    for (const { name, allocations, slots, busySlots, heldBecause } of summariseClusters(snapshot, budgets)) {
      for (const [status, count] of Object.entries(allocations)) this.#gauges.allocations.set({ cluster: name, status }, count);
      for (const status of nodeStatuses) if (status !== 'gone') this.#gauges.nodes.set({ cluster: name, status }, 0);
      this.#gauges.slots.set({ cluster: name, state: 'taken' }, busySlots);
      this.#gauges.slots.set({ cluster: name, state: 'free' }, slots - busySlots);
      this.#gauges.held.set({ cluster: name }, heldBecause === null ? 0 : 1);
    }
    for (const { cluster, node } of snapshot.allocations)
      if (node !== null && node.status !== 'gone') this.#gauges.nodes.inc({ cluster, status: node.status });
  }

  #setLedger(engine: EngineApi, clock: Clock): void {
    const { clusters } = engine.accounts.at(engine.snapshot, clock.nowMs());
    for (const [cluster, { billedNodeMs, sums }] of clusters) {
      this.#gauges.billed.set({ cluster }, billedNodeMs / 1_000);
      for (const part of ledgerParts) this.#gauges.ledger.set({ cluster, part }, sums[part] / 1_000);
    }
  }

  #setProcess(): void {
    const { user, system } = process.cpuUsage();
    this.#gauges.cpu.set((user + system) / 1e6);
    this.#gauges.memory.set(process.memoryUsage.rss());
    const delays = this.#delay.take();
    if (delays === null) return;
    for (const [quantile, value] of [
      ['0.5', delays.p50],
      ['0.99', delays.p99],
      ['1', delays.max],
    ] as const)
      this.#gauges.delay.set({ quantile }, value);
  }

  #gauge(name: string, help: string, labelNames: readonly string[]): Gauge {
    return new Gauge({ name, help, labelNames: [...labelNames], registers: [this.#registry] });
  }
}
