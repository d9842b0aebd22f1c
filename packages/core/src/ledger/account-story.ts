import type { ClusterDefinition, RunDefinition } from '../model/definition.ts';
import type { DurableEvent } from '../model/events.ts';
import type { AttemptOutcome } from '../model/run.ts';
import { sampleCluster, sampleRunDefinition } from '../model/samples.ts';
import { Changes } from '../evolve/changes.ts';
import { World } from '../evolve/world.ts';
import { Accounts } from './accounts.ts';

export const beginMs = 1_700_000_000_000;

/** Tells a world and its accounts the same events, at times in ms since `beginMs`. For tests. */
export class AccountStory {
  readonly world = new World();
  readonly accounts = new Accounts();
  readonly told: { readonly event: DurableEvent; readonly atMs: number }[] = [];
  now = 0;

  constructor(slotsPerNode = 4, traits: Partial<ClusterDefinition> = {}) {
    this.tell({
      kind: 'clusters-defined',
      clusters: [sampleCluster({ name: 'c', type: 'slurm', slotsPerNode, consolidation: 'off', ...traits })],
    });
  }

  tell(...events: readonly DurableEvent[]): this {
    for (const event of events) {
      const atMs = beginMs + this.now;
      this.told.push({ event, atMs });
      this.world.apply(event, atMs, new Changes());
      this.accounts.follow(event, atMs, this.world);
    }
    return this;
  }

  at(ms: number): this {
    this.now = ms;
    return this;
  }

  /** Runs `experiment@name` that wait from now on. */
  define(experiment: string, names: readonly string[], traits: Partial<RunDefinition> = {}): this {
    const added = names.map((name) => ({ definition: sampleRunDefinition(name, { clusters: ['c'], ...traits }), definitionHash: name }));
    return this.tell({ kind: 'experiment-defined', experiment, autostart: true, added, changed: [], removed: [] });
  }

  request(id: string, slots = 4): this {
    return this.tell(
      {
        kind: 'allocation-requested',
        allocation: id,
        cluster: 'c',
        token: id,
        slots,
        resources: { slots },
        walltimeMs: null,
        leaseMs: null,
      },
      { kind: 'allocation-submitted', allocation: id, jobId: id },
    );
  }

  started(id: string, startedAt = this.now): this {
    return this.tell({ kind: 'allocation-started', allocation: id, startedAtMs: beginMs + startedAt, host: id });
  }

  hello(id: string): this {
    return this.tell({ kind: 'node-appeared', node: id, nonce: 'n', host: id, pid: 1, deadlineMs: null });
  }

  /** A node that is requested, started and there, all now. */
  node(id: string, slots = 4): this {
    return this.request(id, slots).started(id).hello(id);
  }

  start(run: string, node: string, ...slots: readonly number[]): this {
    const attempt = (this.world.run(run)?.attempt ?? 0) + 1;
    return this.tell(
      { kind: 'run-placed', run, attempt, node, nonce: 'n', slots },
      { kind: 'run-started', run, attempt, slots, pid: 1, startedAtMs: beginMs + this.now },
    );
  }

  end(run: string, outcome: Partial<AttemptOutcome> = {}): this {
    const { attempt = 0, execution = null } = this.world.run(run) ?? {};
    const ended: AttemptOutcome = {
      kind: 'exit',
      exitCode: 0,
      signal: null,
      stopCause: null,
      startedAtMs: execution?.startedAtMs ?? null,
      endedAtMs: beginMs + this.now,
      checkpointAtMs: null,
      progress: null,
      detail: 'told',
      ...outcome,
    };
    return this.tell({ kind: 'run-ended', run, attempt, outcome: ended });
  }

  gone(id: string): this {
    return this.tell({ kind: 'node-gone', node: id, nonce: 'n', proof: 'goodbye' });
  }

  allocationEnded(id: string, endedAt = this.now, isConfirmed = true): this {
    return this.tell({
      kind: 'allocation-ended',
      allocation: id,
      startedAtMs: this.world.allocation(id)?.startedAtMs ?? null,
      endedAtMs: beginMs + endedAt,
      state: 'COMPLETED',
      isConfirmed,
    });
  }

  accounting() {
    return this.accounts.at(this.world, beginMs + this.now);
  }

  billOf(id: string) {
    return this.accounts.billOf(id, this.world, beginMs + this.now);
  }
}
