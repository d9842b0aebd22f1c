import type { StopMode } from '@juqueue/core';

/** What it takes to act on a work-dir. */
export interface EngineOptions {
  readonly version: string;
  readonly workDir: string;
  /** Sets the damaged remainder of a journal aside instead of refusing to start. */
  readonly isRepairing: boolean;
  readonly isDebug: boolean;
  /** Sentences for the person who started it, in the order they happen. */
  readonly tell: (sentence: string) => void;
}

/** How a manager is started; every path is absolute. The command line fills it in, tests write it directly. */
export interface ManagerOptions extends EngineOptions {
  readonly defDir: string;
  /** Interpreter of Python definitions: a name on PATH, or an absolute path. */
  readonly python: string;
  /** TCP port of the HTTP interface; 0 lets the system choose, null opens no TCP port. */
  readonly port: number | null;
  /** Where the unix socket is made; null takes the default place in the work-dir (or its fallback). */
  readonly unixSocket: string | null;
  /** Address of the TCP port. */
  readonly listen: string;
  /** Host names besides the loopback ones that requests may name. */
  readonly allowedHosts: readonly string[];
  readonly isReadOnly: boolean;
  /** Program and arguments that start the agent of a hub; null: none is started, whatever `clusters.yaml` says. */
  readonly agentCommand: readonly string[] | null;
}

/** A manager that serves. */
export interface RunningManager {
  /** `http://localhost:<port>`; null without a TCP port. */
  readonly url: string | null;
  readonly socketPath: string | null;
  readonly token: string;
  /** Orderly stop. Calling it again changes nothing but a `leave` into a `release`. */
  stop(mode: StopMode): Promise<void>;
  /** Settles when the manager has ended, however that came about: the exit code of the process. */
  readonly done: Promise<number>;
}

/** Throws JuqueueError when it cannot start; then nothing is left behind. */
export type StartManager = (options: ManagerOptions) => Promise<RunningManager>;
