import type { HubDefinition } from '@juqueue/core';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { AgentMessage, Room } from '../agent-protocol/messages.ts';
import type { AgentState } from './agent-state.ts';
import type { Held, HubPort } from './hub-port.ts';
import { HubRefusal, isNotAccepted } from './hub-port.ts';
import { ImageBuilder } from './image-builder.ts';
import { JobCarrier } from './job-carrier.ts';
import { capabilitiesOf, runOf } from './job-row.ts';
import { pause, Retrying } from './retrying.ts';
import { RowsFile } from './rows-file.ts';
import type { RunsPort } from './runs-port.ts';
import type { UrlInputs } from './url-inputs.ts';

export interface AgentOptions {
  readonly version: string;
  readonly definition: HubDefinition;
  readonly hub: HubPort;
  readonly runs: RunsPort;
  readonly inputs: UrlInputs;
  readonly state: AgentState;
  readonly defDir: string;
  readonly workDir: string;
  /** Takes no new jobs, and ends when those that it has are reported. */
  readonly isDraining: boolean;
  /** Ends when nothing is left to do at this moment: with jobs that go on and are found by the next start, or that end with it. */
  readonly isOnce: boolean;
  readonly doJobsGoOn: boolean;
  readonly log: (sentence: string) => void;
  readonly now?: () => number;
}

/** As long as the hub holds a pull back without a message. */
const pullWaitMs = 25_000;
/** Messages in one answer. */
const mostMessages = 16;
/** With no room for more jobs cancels come with the leases, which are then renewed this often. */
const fullRenewMs = 5_000;
/** The first lease is not known before the first claim. */
const firstRenewMs = 5_000;
/** What the fence on the node is earlier than the lease: clocks of machines differ, and the end takes its time. */
const fenceMarginMs = 10_000;
/** The share of a lease after which it is renewed. */
const renewShare = 1 / 3;

/**
 * Serves one hub: takes jobs, has them executed as runs of an experiment of its own, brings results back. All that it knows
 * is in its state folder, its definition file and at the hub, so it may end at any moment and another one goes on.
 */
export class Agent {
  readonly #options: AgentOptions;
  readonly #carriers = new Map<string, JobCarrier>();
  readonly #retrying = new Retrying();
  readonly #stop = new AbortController();
  readonly #rows: RowsFile;
  readonly #images: ImageBuilder;
  readonly #now: () => number;
  readonly #carried = new Set<Promise<void>>();
  #leaseMs: number | null = null;
  #hasPulled = false;
  #isAway = false;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#rows = new RowsFile(options.defDir, options.definition);
    this.#images = new ImageBuilder(join(options.state.folder, 'images'), options.log);
  }

  /** Jobs that are here. */
  get held(): readonly Held[] {
    return [...this.#carriers.values()].map((carrier) => carrier.held);
  }

  /** Ends soon; jobs go on and are found by the next start. */
  stop(): void {
    this.#stop.abort();
  }

  /** Serves until it is stopped, is drained, or (once) has nothing to do. Rejects when the hub does not accept this agent: its next start reads its credential anew. */
  async run(): Promise<void> {
    const { state, log, isDraining } = this.#options;
    const records = await state.records();
    await this.#rows.begin(
      new Map(records.flatMap(({ run, row, phase }) => (row === null || phase === 'reported' ? [] : [[run, row] as const]))),
    );
    const { signal } = this.#stop;
    for (const record of records) this.#carry(new JobCarrier(this.#world(), record));
    if (records.length > 0) log(`goes on with ${records.length} jobs`);
    try {
      // Leases first: jobs that execute do not wait until the hub has taken note of a restart.
      if (records.length > 0) await this.#renewOnce().catch((error: unknown) => this.#note(error));
      await this.#register();
      if (signal.aborted) return;
      log(`serves ${this.#options.definition.url} as ${this.#options.definition.agent}${isDraining ? ', and takes no new jobs' : ''}`);
      await Promise.race([Promise.all([this.#renew(), isDraining ? this.#untilEmpty() : this.#pull()]), this.#ended()]);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#stop.abort();
      await Promise.allSettled(this.#carried);
    }
  }

  #ended(): Promise<void> {
    return new Promise((resolve) => this.#stop.signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  #world(): ConstructorParameters<typeof JobCarrier>[0] {
    const { definition, hub, runs, inputs, state, workDir, log } = this.#options;
    return {
      definition,
      hub,
      runs,
      inputs,
      state,
      workDir,
      log,
      rows: this.#rows,
      images: this.#images,
      retrying: this.#retrying,
      stopping: this.#stop.signal,
      now: this.#now,
    };
  }

  #carry(carrier: JobCarrier): void {
    this.#carriers.set(carrier.run, carrier);
    const carried = carrier.carry().finally(() => {
      this.#carried.delete(carried);
      if (!this.#stop.signal.aborted) this.#carriers.delete(carrier.run);
    });
    this.#carried.add(carried);
    carried.catch((error: unknown) =>
      this.#options.log(`a job was left as it is: ${error instanceof Error ? error.message : String(error)}`),
    );
  }

  async #register(): Promise<void> {
    const { hub, definition, version } = this.#options;
    await this.#retrying.untilAnswered(
      () => hub.register({ hostname: hostname(), version, capabilities: capabilitiesOf(definition), hostUsers: definition.hostUsers }),
      this.#stop.signal,
    );
  }

  async #untilEmpty(): Promise<void> {
    while (this.#carriers.size > 0 && !this.#stop.signal.aborted) await pause(200, this.#stop.signal);
    this.#stop.abort();
  }

  /** Takes messages for as long as there is room for another job. */
  async #pull(): Promise<void> {
    const { hub, isOnce, definition } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const left = definition.maxJobs - this.#carriers.size;
      if (left <= 0 || (isOnce && this.#hasPulled && this.#isQuiet())) {
        if (isOnce && this.#isQuiet()) return this.stop();
        await pause(200, signal);
        continue;
      }
      try {
        const room = await this.#room();
        const messages = await hub.pull({ max: Math.min(mostMessages, left), waitMs: isOnce ? 0 : pullWaitMs, room }, signal);
        this.#hear();
        this.#hasPulled = true;
        await Promise.all(messages.map((message) => this.#take(message)));
        if (isOnce && messages.length === 0) await pause(200, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (isNotAccepted(error)) throw error;
        if (error instanceof HubRefusal && error.code === 'JQ_AGENT_UNKNOWN') await this.#register();
        else this.#note(error);
        await pause(1_000 + 2_000 * Math.random(), signal);
      }
    }
  }

  #isQuiet(): boolean {
    return [...this.#carriers.values()].every((carrier) => this.#options.doJobsGoOn && carrier.isResting);
  }

  async #room(): Promise<Room> {
    return this.#options.runs.room(this.#options.isDraining);
  }

  /** An offer is acknowledged when its row stands: what happens before is offered again. */
  async #take(message: AgentMessage): Promise<void> {
    const { hub, log, definition } = this.#options;
    const held: Held = { job: message.job, attempt: message.attempt };
    const present = this.#carriers.get(runOf(held.job, held.attempt));
    if (message.kind === 'cancel') present?.cancel();
    else if (this.#carriers.size >= definition.maxJobs && present === undefined)
      await hub.decline(held, `${definition.maxJobs} jobs are here, which is the most`);
    else if (present === undefined && !(await this.#claim(held))) log(`the job ${held.job} is not ours to take`);
    const carrier = this.#carriers.get(runOf(held.job, held.attempt));
    void (carrier?.staged ?? Promise.resolve())
      .then(() => this.#retrying.untilAnswered(() => hub.acknowledge([message.id]), this.#stop.signal))
      .catch((error: unknown) => this.#note(error));
  }

  /** Whether the job is ours. What is claimed is written down before anything is done about it. */
  async #claim(held: Held): Promise<boolean> {
    const { hub, state } = this.#options;
    const askedAtMs = this.#now();
    let answer: Awaited<ReturnType<HubPort['claim']>>;
    try {
      answer = await hub.claim(held);
    } catch (error) {
      if (error instanceof HubRefusal) return false;
      throw error;
    }
    const { job, attempt, leaseMs } = answer;
    const run = runOf(job.id, attempt);
    this.#leaseMs = leaseMs;
    if (this.#carriers.has(run)) return true;
    await state.writeLease(run, this.#leaseEnd(askedAtMs, leaseMs));
    const record = {
      job,
      attempt,
      run,
      phase: 'claimed',
      stagedPaths: [],
      end: null,
      outputArtifact: null,
      logArtifact: null,
      staysHere: false,
      row: null,
      startedAtMs: null,
    } as const;
    await state.save(record);
    this.#carry(new JobCarrier(this.#world(), record));
    return true;
  }

  #leaseEnd(askedAtMs: number, leaseMs: number): number {
    return askedAtMs + leaseMs - Math.min(fenceMarginMs, leaseMs / 8);
  }

  async #renew(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const isFull = this.#carriers.size >= this.#options.definition.maxJobs;
      await pause(
        Math.min((this.#leaseMs ?? firstRenewMs / renewShare) * renewShare, isFull || this.#options.isDraining ? fullRenewMs : Infinity),
        signal,
      );
      if (signal.aborted || this.#carriers.size === 0) continue;
      await this.#renewOnce().catch((error: unknown) => this.#note(error));
    }
  }

  /** The leases of all jobs in one request; each that is renewed reaches its node by the lease file. */
  async #renewOnce(): Promise<void> {
    const { hub, state } = this.#options;
    const carriers = [...this.#carriers.values()].filter((carrier) => carrier.isHeld);
    if (carriers.length === 0) return;
    const room = await this.#room().catch((): Room => ({ freeSlots: 0, openSlots: 0, nextFreeInMs: null, isDraining: true }));
    const askedAtMs = this.#now();
    const { leaseMs, renewed, lost, cancelled } = await hub.renew({ held: carriers.map((carrier) => carrier.held), room });
    this.#hear();
    this.#leaseMs = leaseMs;
    const isIn = (list: readonly Held[], { held }: JobCarrier): boolean =>
      list.some(({ job, attempt }) => job === held.job && attempt === held.attempt);
    for (const carrier of carriers) {
      // In none of the lists: the hub knows nothing of it.
      if (isIn(lost, carrier) || !(isIn(renewed, carrier) || isIn(cancelled, carrier))) {
        if (carrier.isHeld) carrier.lose();
        continue;
      }
      await state.writeLease(carrier.run, this.#leaseEnd(askedAtMs, leaseMs));
      if (isIn(cancelled, carrier)) carrier.cancel();
    }
  }

  #note(error: unknown): void {
    if (this.#isAway || this.#stop.signal.aborted) return;
    this.#isAway = true;
    this.#options.log(error instanceof Error ? error.message : String(error));
  }

  #hear(): void {
    if (this.#isAway) this.#options.log('the hub answers again');
    this.#isAway = false;
  }
}
