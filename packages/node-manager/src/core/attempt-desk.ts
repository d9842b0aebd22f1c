import type { AttemptOutcome, EndedAttempt, HeldAttempt, NodeMessage, Nonce, RunId, SignalName, StartSpec, StopCause } from '@juqueue/core';
import { deviceWish, DeviceTable } from '../launch/devices.ts';
import { handScript } from '../launch/hand-script.ts';
import type { Holding, NodeContext } from '../launch/launch-plan.ts';
import { planLaunch } from '../launch/launch-plan.ts';
import type { AttemptName } from '@juqueue/core';
import { neverStartedOutcome, noLastWords, seenOutcome } from './attempt-outcome.ts';
import type { Deadlines } from './deadlines.ts';
import type { Executing, Held } from './held-attempt.ts';
import { describeHeld } from './held-attempt.ts';
import type { Conclusion, MemoryWish, NodePorts } from './node-ports.ts';
import type { SpawnerReport } from '../spawner/spawner-messages.ts';
import { nodeTimes } from './node-times.ts';
import { OutcomeBox } from './outcome-box.ts';
import { SlotTable } from './slot-table.ts';
import { graceOf } from './walltime.ts';

export interface AttemptDeskPorts extends Pick<NodePorts, 'clock' | 'storage' | 'spawners' | 'log'> {
  readonly deadlines: Deadlines;
  readonly context: NodeContext;
  /** Whether the cluster that ends this node signals its runs too, without asking us. */
  readonly areRunsSignalled: boolean;
  send(message: NodeMessage): void;
}

/** Why new attempts are not executed at present; their start is answered by `never-started`. */
export interface Closing {
  readonly cause: StopCause | null;
  readonly because: string;
}

/**
 * The attempts of a node: slots, the queue before them, stops and limits, and the way of each outcome to the manager. Its
 * owner has checked the lease and the epoch before it calls anything here.
 */
export class AttemptDesk {
  readonly #ports: AttemptDeskPorts;
  readonly #slots: SlotTable;
  readonly #devices: DeviceTable;
  readonly #held = new Map<RunId, Held>();
  readonly #queue: RunId[] = [];
  readonly #outcomes = new OutcomeBox();
  #nonce: Nonce;
  #closing: Closing | null = null;
  #isPaused = false;
  /** Why the cluster has signalled this node, once it has. */
  #signalled: StopCause | null = null;

  constructor(ports: AttemptDeskPorts, slots: number, nonce: Nonce) {
    this.#ports = ports;
    this.#slots = new SlotTable(slots);
    this.#devices = new DeviceTable(ports.context.devices);
    this.#nonce = nonce;
  }

  get isEmpty(): boolean {
    return this.#held.size === 0;
  }

  get hasExecuting(): boolean {
    return this.#held.size > this.#queue.length;
  }

  get hasUnacknowledged(): boolean {
    return !this.#outcomes.isEmpty;
  }

  get held(): readonly HeldAttempt[] {
    return [...this.#held.values()].map(describeHeld);
  }

  get ended(): readonly EndedAttempt[] {
    return this.#outcomes.pending;
  }

  get executing(): readonly Executing[] {
    return [...this.#held.values()].filter((held) => held.phase === 'executing');
  }

  /** From now on nothing starts; what waits is answered at once. The first reason stays. */
  close(closing: Closing): void {
    this.#closing ??= closing;
    for (const run of this.#queue.splice(0)) {
      const held = this.#held.get(run);
      if (held !== undefined) this.#tell(held.spec, neverStartedOutcome(this.#nowMs(), closing.cause, closing.because));
    }
  }

  /** What waits stays waiting, until `resume`. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#fill();
  }

  start(spec: StartSpec, slots: readonly number[]): void {
    const newest = this.#outcomes.newestAttempt(spec.run);
    if (spec.attempt < newest) return;
    if (spec.attempt === newest) {
      this.#repeat(spec);
      return;
    }
    this.#outcomes.noteAttempt(spec.run, spec.attempt);
    if (this.#closing !== null) {
      this.#tell(spec, neverStartedOutcome(this.#nowMs(), this.#closing.cause, this.#closing.because));
      return;
    }
    const lacking = this.#lacking(spec);
    if (lacking !== null) {
      this.#tell(spec, neverStartedOutcome(this.#nowMs(), null, lacking));
      return;
    }
    this.#held.set(spec.run, { phase: 'waiting', spec, wishedSlots: slots });
    this.#queue.push(spec.run);
    this.#fill();
  }

  /** A stop of an attempt that was never here is answered as well: should its start still come, it finds the answer. */
  stop(name: AttemptName, cause: StopCause, mode: 'save' | 'end', graceMs: number): void {
    const held = this.#find(name);
    if (held === null) {
      if (name.attempt <= this.#outcomes.newestAttempt(name.run)) return;
      this.#outcomes.noteAttempt(name.run, name.attempt);
      this.#tell(name, neverStartedOutcome(this.#nowMs(), cause, 'recalled before it arrived'));
      return;
    }
    if (held.phase === 'waiting') {
      this.#queue.splice(this.#queue.indexOf(name.run), 1);
      this.#tell(held.spec, neverStartedOutcome(this.#nowMs(), cause, 'recalled while it waited for a slot'));
      this.#fill();
    } else if (held.phase === 'executing') {
      this.#stopExecuting(held, cause, mode, graceMs);
    }
  }

  acknowledge(name: AttemptName): void {
    this.#outcomes.acknowledge(name.run, name.attempt);
  }

  onSpawner(report: SpawnerReport): void {
    const held = this.#find(report);
    if (held?.phase !== 'executing') return;
    if (report.kind === 'started') this.#started(held, report.pid, report.atMs);
    else this.#ended(held, report);
  }

  concluded(name: AttemptName, outcome: AttemptOutcome): void {
    const held = this.#find(name);
    if (held?.phase !== 'concluding' || held.doubt?.outcome != null) return;
    const { deadlines } = this.#ports;
    deadlines.clear(`last-words ${name.run}`);
    if (held.doubt === null) this.#tell(name, outcome);
    else if (this.#signalled !== null) this.#tell(name, { ...outcome, stopCause: this.#signalled });
    else {
      this.#held.set(name.run, { ...held, doubt: { outcome } });
      deadlines.set(`doubt ${name.run}`, nodeTimes.doubtMs, () => this.#tell(name, outcome));
    }
  }

  /**
   * The cluster has signalled this node and with it, where it does that, all runs. Those that died unasked a moment ago
   * died of it, and every end from now on comes after it; an exit with 0 would else be taken for the end of the work.
   */
  signalled(cause: StopCause): void {
    if (!this.#ports.areRunsSignalled) return;
    this.#signalled ??= cause;
    for (const held of [...this.#held.values()]) {
      if (held.phase !== 'concluding' || held.doubt?.outcome == null) continue;
      this.#ports.deadlines.clear(`doubt ${held.spec.run}`);
      this.#tell(held.spec, { ...held.doubt.outcome, stopCause: this.#signalled });
    }
  }

  /** SIGKILL for these attempts, or for all, because this node has lost its right to them. */
  kill(names: readonly AttemptName[]): void {
    for (const name of names) this.stop(name, 'node-lost', 'end', 0);
  }

  killAll(): void {
    this.kill([...this.#held.values()].map((held) => held.spec));
  }

  /** Null while it is held, and when it is not known any more. */
  outcomeOf(name: AttemptName): AttemptOutcome | null {
    return this.#outcomes.unacknowledged(name.run, name.attempt)?.outcome ?? null;
  }

  /** Starts over, empty, under a new name. Nothing may execute any more. What ended under the old name is still to be told. */
  renew(nonce: Nonce): void {
    this.#nonce = nonce;
    this.#closing = null;
  }

  #repeat(spec: StartSpec): void {
    const held = this.#find(spec);
    const ended = this.#outcomes.unacknowledged(spec.run, spec.attempt);
    if (ended !== null) this.#ports.send({ kind: 'ended', ...ended });
    else if (held?.phase === 'executing') this.#sayStarted(held);
  }

  #lacking(spec: StartSpec): string | null {
    if (spec.slotCount > this.#slots.size) return `needs ${spec.slotCount} slots, this node has ${this.#slots.size}`;
    const devices = spec.gpus ?? 0;
    return devices > this.#devices.size ? `needs ${devices} devices, this node has ${this.#devices.size}` : null;
  }

  #fill(): void {
    if (this.#isPaused) return;
    for (let run = this.#queue[0]; run !== undefined; run = this.#queue[0]) {
      const held = this.#held.get(run);
      if (held?.phase !== 'waiting') return;
      const holding = this.#take(run, held.spec, held.wishedSlots);
      if (holding === null) return;
      this.#queue.shift();
      const plan = planLaunch(held.spec, holding, this.#nonce, this.#ports.context, this.#nowMs());
      this.#held.set(run, {
        phase: 'executing',
        spec: held.spec,
        ...holding,
        files: plan.files,
        script: handScript(plan, this.#ports.context),
        pid: null,
        startedAtMs: null,
        stop: null,
        isKilled: false,
        isWatched: false,
      });
      this.#ports.spawners.start(plan);
    }
  }

  /** Slots and devices together, or nothing. */
  #take(run: RunId, spec: StartSpec, wishedSlots: readonly number[]): Holding | null {
    const slots = this.#slots.take(run, spec.slotCount, wishedSlots);
    if (slots === null) return null;
    const devices = this.#devices.take(run, deviceWish(spec, slots, this.#devices.size));
    if (devices !== null) return { slots, devices };
    this.#slots.release(run, slots);
    return null;
  }

  #started(held: Executing, pid: number, atMs: number): void {
    const { deadlines } = this.#ports;
    const { run, attempt, timeLimitMs } = held.spec;
    const started: Executing = { ...held, pid, startedAtMs: atMs };
    this.#held.set(run, started);
    this.#sayStarted(started);
    if (timeLimitMs !== null)
      deadlines.set(`limit ${run}`, timeLimitMs, () => this.stop({ run, attempt }, 'time-limit', 'end', graceOf(held.spec)));
    if (!deadlines.has('watch')) deadlines.set('watch', nodeTimes.watchAfterMs, () => this.#watch());
  }

  #sayStarted({ spec, slots, pid, startedAtMs }: Executing): void {
    if (pid === null || startedAtMs === null) return;
    this.#ports.send({ kind: 'started', run: spec.run, attempt: spec.attempt, slots, pid, startedAtMs });
  }

  /** Has those watched that have lived long enough; comes again while there are younger ones. */
  #watch(): void {
    const { deadlines, storage } = this.#ports;
    const old = this.#nowMs() - nodeTimes.watchAfterMs;
    let isYoungerLeft = false;
    for (const held of this.executing) {
      if (held.isWatched || held.startedAtMs === null) continue;
      if (held.startedAtMs > old) isYoungerLeft = true;
      else {
        this.#held.set(held.spec.run, { ...held, isWatched: true });
        const { run, attempt, attemptId } = held.spec;
        const devices = held.devices.map((device) => this.#ports.context.devices.list?.[device] ?? String(device));
        storage.watch({
          run,
          attempt,
          attemptId,
          files: held.files,
          startedAtMs: held.startedAtMs,
          logLimitBytes: logLimitOf(held.spec),
          script: held.script,
          devices,
          memory: this.#memoryWish(held.spec),
        });
      }
    }
    if (isYoungerLeft) deadlines.set('watch', nodeTimes.watchAfterMs, () => this.#watch());
  }

  #memoryWish({ memoryBytes, slotCount }: StartSpec): MemoryWish {
    return memoryBytes === undefined ? { kind: 'part', part: slotCount / this.#slots.size } : { kind: 'bytes', bytes: memoryBytes };
  }

  #stopExecuting(held: Executing, cause: StopCause, mode: 'save' | 'end', graceMs: number): void {
    const { deadlines, spawners, send } = this.#ports;
    const { run, attempt } = held.spec;
    // The first cause wins; only a saving, which may come to nothing, gives way to an end.
    if (held.stop?.mode === 'end' || (held.stop?.mode === 'save' && mode === 'save')) {
      if (mode === 'end' && graceMs === 0) this.#kill(held);
      return;
    }
    const stopping: Executing = { ...held, stop: { cause, mode } };
    this.#held.set(run, stopping);
    if (mode === 'end' && graceMs === 0) {
      this.#kill(stopping);
      return;
    }
    spawners.signal({ run, attempt }, signalFor(held.spec));
    deadlines.set(`grace ${run}`, graceMs, () => {
      const present = this.#find({ run, attempt });
      if (present?.phase !== 'executing') return;
      if (present.stop?.mode === 'save') {
        this.#held.set(run, { ...present, stop: null });
        send({ kind: 'stop-withdrawn', run, attempt });
      } else this.#kill(present);
    });
  }

  #kill(held: Executing): void {
    const { deadlines, spawners } = this.#ports;
    const { run, attempt } = held.spec;
    if (held.isKilled) return;
    this.#held.set(run, { ...held, isKilled: true });
    spawners.kill({ run, attempt });
    deadlines.set(`kill ${run}`, nodeTimes.killPatienceMs, () => spawners.abandon([{ run, attempt }]));
  }

  #ended(held: Executing, { exit, atMs, wasSignalled, output }: Extract<SpawnerReport, { kind: 'ended' }>): void {
    const { deadlines, storage } = this.#ports;
    const { run, attempt } = held.spec;
    for (const name of ['limit', 'grace', 'kill']) deadlines.clear(`${name} ${run}`);
    this.#slots.release(run, held.slots);
    this.#devices.release(run, held.devices);
    const isOurs = wasSignalled || exit.kind === 'recalled' || exit.kind === 'lost';
    const isUnasked = !isOurs && (exit.kind === 'signal' || exit.kind === 'exit');
    const isSuccess = exit.kind === 'exit' && exit.code === 0;
    const doubt = this.#ports.areRunsSignalled && isUnasked && !isSuccess && this.#signalled === null ? { outcome: null } : null;
    this.#held.set(run, { phase: 'concluding', spec: held.spec, slots: held.slots, pid: held.pid, startedAtMs: held.startedAtMs, doubt });
    const conclusion: Conclusion = {
      run,
      attempt,
      attemptId: held.spec.attemptId,
      files: held.files,
      script: held.script,
      logLimitBytes: logLimitOf(held.spec),
      definitionHash: held.spec.definitionHash ?? null,
      exit,
      startedAtMs: held.startedAtMs,
      endedAtMs: atMs,
      stopCause: isOurs ? (held.stop?.cause ?? null) : isUnasked ? this.#signalled : null,
      slots: held.slots,
      output,
    };
    // The next run first: its start takes milliseconds, and nothing about it depends on this one's outcome.
    this.#fill();
    storage.conclude(conclusion);
    deadlines.set(`last-words ${run}`, nodeTimes.lastWordsMs, () => {
      this.concluded({ run, attempt }, seenOutcome(exit, conclusion, conclusion.stopCause, noLastWords));
    });
  }

  /** Sends the outcome and writes it into the spool, at the same time; the manager takes whichever it gets. */
  #tell(name: AttemptName, outcome: AttemptOutcome): void {
    const ended: EndedAttempt = { run: name.run, attempt: name.attempt, outcome };
    this.#held.delete(name.run);
    this.#outcomes.add(ended);
    this.#ports.send({ kind: 'ended', ...ended });
    this.#ports.storage.append(this.#nonce, [{ kind: 'ended', ...ended }]);
  }

  #find(name: AttemptName): Held | null {
    const held = this.#held.get(name.run);
    return held?.spec.attempt === name.attempt ? held : null;
  }

  #nowMs(): number {
    return this.#ports.clock.nowMs();
  }
}

/** Managers of the first version do not say it. */
const logLimitBytes = 1024 ** 3;

function logLimitOf(spec: StartSpec): number {
  return spec.logLimitBytes ?? logLimitBytes;
}

/** What asks this run to save and end. */
function signalFor(spec: StartSpec): SignalName {
  return spec.checkpoint.kind === 'signal' ? spec.checkpoint.signal : 'TERM';
}
