import { spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { hostname } from 'node:os';
import type { AllocationId, AllocationReport, AllocationRequest, NodeConfig, PollOutcome, SubmitOutcome } from '@juqueue/core';
import type { LocalRecord } from './local-record.ts';
import { LocalRecords } from './local-records-worker.ts';
import { findByArguments, isAlive, nameProcess } from './process-name-worker.ts';
import type { LocalWorkerData } from './local-worker-data.ts';

/** From the end of its walltime, or of its grace after a cancel, until a node that did not go by itself is killed. */
const killMarginMs = 15_000;

/** A start that left no process behind within this time has failed. */
const startMs = 10_000;

/**
 * NodeManager processes of this machine. They outlive the manager; a later one finds them by their records, and by process
 * number together with start time, so that a number that was given anew is never taken for a node.
 */
export class LocalNodes {
  readonly #options: LocalWorkerData;
  readonly #records: LocalRecords;
  /** When our own children ended, which is more exact than the next poll. */
  readonly #exitedAtMs = new Map<number, number>();

  constructor(options: LocalWorkerData) {
    this.#options = options;
    this.#records = new LocalRecords(options.workDir);
  }

  submit(request: AllocationRequest): SubmitOutcome {
    const { allocation, token, slots, walltimeMs } = request;
    const startedAtMs = Date.now();
    this.#records.forgetOld(startedAtMs);
    const deadlineMs = walltimeMs === null ? null : startedAtMs + walltimeMs;
    const config: NodeConfig = {
      version: 1,
      allocation,
      token,
      clusterKind: 'local',
      slots,
      deadlineMs,
      walltimeMs,
      environment: this.#options.environment,
      cudaDevices: null,
      linkKeyFile: this.#options.linkKeyFile,
    };
    this.#records.writePrivate(this.#records.path(allocation, 'config.json'), JSON.stringify(config));
    const record: LocalRecord = { allocation, token, process: null, startedAtMs, deadlineMs, cancelledAtMs: null, endedAtMs: null };
    this.#records.write(record);
    const pid = this.#start(allocation);
    if (pid === null) {
      this.#records.write({ ...record, endedAtMs: Date.now() });
      return { kind: 'held-back', message: 'this machine has no process to spare for another node' };
    }
    this.#records.write({ ...record, process: nameProcess(pid) });
    return { kind: 'submitted', jobId: String(pid) };
  }

  poll(tokens: readonly string[]): PollOutcome {
    const wanted = new Set(tokens);
    const records = this.#records.all().filter((record) => wanted.has(record.token));
    const known = new Set(records.map((record) => record.token));
    return {
      kind: 'answered',
      reports: records.map((record) => this.#report(this.#look(record))),
      missing: tokens.filter((token) => !known.has(token)),
    };
  }

  cancel(allocations: readonly AllocationId[]): void {
    const wanted = new Set(allocations);
    for (const record of this.#records.all()) {
      if (!wanted.has(record.allocation) || record.endedAtMs !== null || record.cancelledAtMs !== null) continue;
      const present = this.#look({ ...record, cancelledAtMs: Date.now() });
      this.#records.write(present);
      if (present.process !== null && present.endedAtMs === null) signal(present.process.pid, 'SIGTERM');
    }
  }

  /** The record as it is now: found, ended or killed, and written when that is news. */
  #look(record: LocalRecord): LocalRecord {
    if (record.endedAtMs !== null) return record;
    const process = record.process ?? findByArguments(['--allocation', record.allocation, '--work-dir', this.#options.workDir]);
    const nowMs = Date.now();
    if (process !== null && isAlive(process)) {
      const present = { ...record, process };
      if (record.process === null) this.#records.write(present);
      if (nowMs > this.#killAtMs(record)) signal(process.pid, 'SIGKILL');
      return present;
    }
    if (process === null && nowMs - record.startedAtMs < startMs) return record;
    const ended = { ...record, process, endedAtMs: (process === null ? null : this.#exitedAtMs.get(process.pid)) ?? nowMs };
    this.#records.write(ended);
    this.#sweep(record.allocation);
    return ended;
  }

  #killAtMs({ deadlineMs, cancelledAtMs }: LocalRecord): number {
    const byCancel = cancelledAtMs === null ? Infinity : cancelledAtMs + this.#options.graceMs;
    return Math.min(deadlineMs ?? Infinity, byCancel) + killMarginMs;
  }

  #report(record: LocalRecord): AllocationReport {
    const hasEnded = record.endedAtMs !== null;
    return {
      token: record.token,
      jobId: String(record.process?.pid ?? 0),
      state: hasEnded ? 'ended' : 'running',
      stateText: hasEnded ? 'ended' : 'running',
      waitingFor: null,
      startedAtMs: record.startedAtMs,
      endedAtMs: record.endedAtMs,
      host: hostname(),
      isConfirmed: true,
    };
  }

  /** Null when the system has no process to spare. */
  #start(allocation: AllocationId): number | null {
    const log = openSync(
      this.#records.path(allocation, 'log'),
      constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW,
      0o600,
    );
    try {
      const child = this.#spawn(
        ['--work-dir', this.#options.workDir, '--allocation', allocation, '--config', this.#records.path(allocation, 'config.json')],
        log,
      );
      const { pid } = child;
      if (pid === undefined) return null;
      child.on('exit', () => this.#exitedAtMs.set(pid, Date.now()));
      return pid;
    } finally {
      closeSync(log);
    }
  }

  /** Its guards normally did all this long before; this is for a node that died together with them. */
  #sweep(allocation: AllocationId): void {
    this.#spawn(['sweep', '--work-dir', this.#options.workDir, '--allocation', allocation], 'ignore');
  }

  /** In a session of its own: it outlives us, and what a terminal sends to us does not reach it. */
  #spawn(argv: readonly string[], log: number | 'ignore'): ReturnType<typeof spawn> {
    const child = spawn(process.execPath, [this.#options.program, ...argv], {
      cwd: '/',
      detached: true,
      env: nodeEnvironment(),
      stdio: ['ignore', log, log],
    });
    // Without a pid there was no start, and the caller sees that.
    child.on('error', () => undefined);
    child.unref();
    return child;
  }
}

/** Ours without what steers Node itself. */
function nodeEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'NODE_OPTIONS' && !name.startsWith('npm_')));
}

function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has just ended; the next look sees that.
  }
}
