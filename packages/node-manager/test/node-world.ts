import type {
  AttemptName,
  Clock,
  FenceOrder,
  FencingTimes,
  ManagerMessage,
  NodeMessage,
  SignalName,
  SpoolRecord,
  StartSpec,
  StopCause,
  Timer,
} from '@juqueue/core';
import { defaultFencingTimes, encodeChallenge, encodeFenceOrder, protocolVersion, silentLog } from '@juqueue/core';
import { noLastWords, seenOutcome } from '../src/core/attempt-outcome.ts';
import { NodeCore } from '../src/core/node-core.ts';
import type { NodeFacts } from '../src/core/node-core.ts';
import type { NodePorts } from '../src/core/node-ports.ts';
import type { Exit } from '../src/spawner/spawner-messages.ts';
import { startSpec } from './test-node.ts';

/** Time that moves only when told; a freeze moves it without waking anybody. */
class HandClock implements Clock {
  #now = 0;
  #suspendedMs = 0;
  readonly #timers = new Set<{ readonly dueMs: number; readonly action: () => void }>();

  nowMs(): number {
    return 1_000_000_000 + this.#now + this.#suspendedMs;
  }

  monotonicMs(): number {
    return this.#now;
  }

  after(delayMs: number, action: () => void): Timer {
    const timer = { dueMs: this.#now + delayMs, action };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }

  freeze(ms: number): void {
    this.#now += ms;
  }

  /** The wall clock goes on, the monotonic one and with it all timers stand still. */
  suspend(ms: number): void {
    this.#suspendedMs += ms;
  }

  pass(ms: number): void {
    const untilMs = this.#now + ms;
    for (;;) {
      const next = [...this.#timers].filter((timer) => timer.dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs)[0];
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.dueMs);
      next.action();
    }
    this.#now = untilMs;
  }
}

type Body = ManagerMessage extends infer Message ? (Message extends { readonly epoch: number } ? Omit<Message, 'epoch'> : never) : never;

/** A NodeCore whose world is made of lists: what it asked of each port, and the means to answer. */
export class NodeWorld {
  readonly clock = new HandClock();
  readonly sent: NodeMessage[] = [];
  readonly started: string[] = [];
  readonly signals: [string, SignalName][] = [];
  readonly kills: string[] = [];
  readonly abandoned: string[] = [];
  readonly records: { readonly nonce: string; readonly record: SpoolRecord }[] = [];
  readonly echoes: string[] = [];
  readonly confirmations: string[] = [];
  readonly nonces: string[] = [];
  readonly reads: string[] = [];
  readonly overwrites: number[] = [];
  reconnects = 0;
  left: string | null = null;
  /** Whether the work-dir answers. */
  hasFiles = true;
  /** Whether the file system refuses heartbeats with an error. */
  refusesHeartbeats = false;
  /** Whether the manager answers heartbeats. */
  answersHeartbeats = true;
  /** Whether a kill ends the attempt at once. */
  killsWork = true;
  epoch = 1;
  readonly core: NodeCore;

  constructor(
    facts: {
      readonly slots?: number;
      readonly deadlineMs?: number;
      readonly endCause?: NodeFacts['endCause'];
      readonly devices?: readonly string[];
    } = {},
  ) {
    const { slots = 2, deadlineMs, endCause = 'manager-stop', devices: list = null } = facts;
    const context = {
      workDir: '/w',
      node: 'a1',
      host: 'h',
      slots,
      processors: { list: [], isDefault: false },
      user: { name: 'u', uid: 1000, gid: 100 },
      deadlineMs: deadlineMs === undefined ? null : this.clock.nowMs() + deadlineMs,
      devices: { variable: 'CUDA_VISIBLE_DEVICES', list },
      environment: {},
    } as const;
    this.core = new NodeCore(this.#ports(), { context, slots, pid: 1, found: { cpus: 8, memoryBytes: 1e9 }, endCause });
    this.core.begin();
  }

  get nonce(): string {
    return this.core.nonce;
  }

  /** Connects and is welcomed. */
  link(times: FencingTimes = defaultFencingTimes): this {
    this.core.onLinkUp();
    this.say({ kind: 'welcome', protocol: protocolVersion, times, idleTimeoutMs: 30_000 });
    return this;
  }

  say(body: Body, epoch = this.epoch): void {
    this.core.onMessage({ epoch, ...body } as ManagerMessage);
  }

  start(name: string, more: Partial<StartSpec> = {}, slots: readonly number[] = []): void {
    this.say({ kind: 'start', slots, spec: startSpec(name, ['true'], more) });
  }

  stop(name: string, cause: StopCause, mode: 'save' | 'end', graceMs = 10_000, attempt = 1): void {
    this.say({ kind: 'stop', run: `e@${name}`, attempt, cause, mode, graceMs });
  }

  /** The spawner has started it. */
  begins(name: string, attempt = 1): void {
    this.core.onSpawner({ kind: 'started', run: `e@${name}`, attempt, pid: 77, atMs: this.clock.nowMs() });
  }

  ends(name: string, exit: Exit = { kind: 'exit', code: 0 }, { wasSignalled = false, attempt = 1 } = {}): void {
    this.core.onSpawner({
      kind: 'ended',
      run: `e@${name}`,
      attempt,
      exit,
      atMs: this.clock.nowMs(),
      wasSignalled,
      output: { stdout: 0, stderr: 0 },
    });
  }

  /** The manager writes its challenge, and the node finds it. */
  share(): void {
    this.core.onStorage({
      kind: 'orders-read',
      nonce: this.nonce,
      challenge: encodeChallenge({ epoch: this.epoch, secret: 'abc' }),
      fence: null,
    });
  }

  fence(attempts: readonly AttemptName[], epoch = this.epoch): void {
    const order: FenceOrder = { epoch, nonce: this.nonce, attempts };
    this.core.onStorage({ kind: 'orders-read', nonce: this.nonce, challenge: null, fence: encodeFenceOrder(order) });
  }

  said<Kind extends NodeMessage['kind']>(kind: Kind): readonly Extract<NodeMessage, { kind: Kind }>[] {
    return this.sent.filter((message): message is Extract<NodeMessage, { kind: Kind }> => message.kind === kind);
  }

  #ports(): NodePorts {
    const later = (action: () => void): void => void this.clock.after(0, action);
    const key = ({ run, attempt }: AttemptName): string => `${run}#${attempt}`;
    return {
      clock: this.clock,
      log: silentLog,
      link: {
        open: () => undefined,
        send: (message) => {
          this.sent.push(message);
          if (message.kind === 'heartbeat' && this.answersHeartbeats)
            later(() => this.say({ kind: 'heartbeat-answer', number: message.number }));
        },
        reconnect: () => {
          this.reconnects += 1;
        },
        close: () => undefined,
      },
      storage: {
        openFolder: (nonce) => {
          this.nonces.push(nonce);
          if (this.hasFiles) later(() => this.core.onStorage({ kind: 'folder-opened', nonce }));
        },
        overwriteHeartbeat: (nonce, counter) => {
          this.overwrites.push(counter);
          if (this.hasFiles)
            later(() =>
              this.core.onStorage(
                this.refusesHeartbeats
                  ? { kind: 'overwrite-failed', nonce, because: 'EIO: i/o error' }
                  : { kind: 'heartbeat-overwritten', nonce, counter },
              ),
            );
        },
        append: (nonce, records) => {
          this.records.push(...records.map((record) => ({ nonce, record })));
          const attempts = records.flatMap((record) => (record.kind === 'ended' ? [record] : []));
          if (this.hasFiles)
            later(() =>
              this.core.onStorage({ kind: 'appended', nonce, attempts, isClosed: records.some((record) => record.kind === 'closed') }),
            );
        },
        readOrders: (nonce) => {
          this.reads.push(nonce);
        },
        writeChallengeEcho: (_nonce, challenge) => {
          this.echoes.push(challenge);
        },
        writeFenceConfirmation: (_nonce, confirmation) => {
          this.confirmations.push(confirmation);
        },
        watch: () => undefined,
        conclude: (conclusion) => {
          const { run, attempt, exit, stopCause } = conclusion;
          if (this.hasFiles)
            later(() =>
              this.core.onStorage({ kind: 'concluded', run, attempt, outcome: seenOutcome(exit, conclusion, stopCause, noLastWords) }),
            );
        },
      },
      spawners: {
        setup: () => undefined,
        start: (plan) => {
          this.started.push(key(plan));
        },
        signal: (name, signal) => {
          this.signals.push([key(name), signal]);
        },
        kill: (name) => {
          this.kills.push(key(name));
          if (this.killsWork)
            later(() =>
              this.core.onSpawner({
                kind: 'ended',
                run: name.run,
                attempt: name.attempt,
                exit: { kind: 'signal', signal: 'SIGKILL', isOutOfMemory: false },
                atMs: this.clock.nowMs(),
                wasSignalled: true,
                output: { stdout: 0, stderr: 0 },
              }),
            );
        },
        settled: () => undefined,
        leaseUntil: () => undefined,
        abandon: (names) => {
          this.abandoned.push(...names.map(key));
        },
      },
      newNonce: () => `n${this.nonces.length + 1}`,
      leave: (reason) => {
        this.left = reason;
      },
    };
  }
}
