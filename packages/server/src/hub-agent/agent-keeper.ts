import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Clock, HubDefinition, Log } from '@juqueue/core';

/** The agent of this manager, as people see it. */
export interface AgentView {
  readonly agent: string;
  readonly url: string;
  readonly state: 'running' | 'restarting';
  /** What it said last. */
  readonly sentence: string | null;
}

export interface AgentKeeperOptions {
  /** Program and arguments that start an agent; null: this manager has none to start. */
  readonly command: readonly string[] | null;
  readonly clock: Clock;
  readonly log: Log;
}

const firstPauseMs = 1_000;
const longestPauseMs = 60_000;
/** An agent that lived so long was well; its next end begins the pauses anew. */
const wellAfterMs = 60_000;
/** An orderly end is a matter of moments: jobs go on without it. */
const endPatienceMs = 10_000;

/**
 * Keeps an agent running beside the manager for as long as `clusters.yaml` names a hub: a process of its own, which speaks to the
 * manager as every client does. It is started anew when it ends, later each time, and when what it serves has changed.
 */
export class AgentKeeper implements AsyncDisposable {
  readonly #options: AgentKeeperOptions;
  #definition: HubDefinition | null = null;
  #child: ChildProcess | null = null;
  #restart: { cancel(): void } | null = null;
  #pauseMs = firstPauseMs;
  #sentence: string | null = null;
  #isClosed = false;
  #isLeft = false;

  constructor(options: AgentKeeperOptions) {
    this.#options = options;
  }

  get view(): AgentView | null {
    if (this.#definition === null || this.#options.command === null) return null;
    const { agent, url } = this.#definition;
    return { agent, url, state: this.#child === null ? 'restarting' : 'running', sentence: this.#sentence };
  }

  /** Takes what `clusters.yaml` says now; null without a hub. */
  define(definition: HubDefinition | null): void {
    if (JSON.stringify(definition) === JSON.stringify(this.#definition)) return;
    this.#definition = definition;
    this.#pauseMs = firstPauseMs;
    this.#restart?.cancel();
    this.#restart = null;
    // Its end starts the next one, when there is to be one.
    if (this.#child === null) this.#start();
    else this.#child.kill('SIGTERM');
  }

  /** The agent is not to end with us: jobs go on without a manager, and somebody has to keep their leases. */
  leave(): void {
    this.#isLeft = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#restart?.cancel();
    const child = this.#child;
    if (child === null) return;
    if (this.#isLeft) {
      child.stderr?.destroy();
      child.unref();
      return;
    }
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), endPatienceMs);
    await ended.finally(() => clearTimeout(late));
  }

  #start(): void {
    const { command, clock, log } = this.#options;
    const [program, ...args] = command ?? [];
    if (this.#isClosed || this.#definition === null || program === undefined) return;
    const startedAtMs = clock.nowMs();
    // In a session of its own: the Ctrl-C that is meant for us does not reach it.
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    this.#child = child;
    let rest = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines.filter((each) => each.trim() !== '')) {
        this.#sentence = line.trim();
        log.info(`agent: ${line.trim()}`);
      }
    });
    let isOver = false;
    const over = (how: string): void => {
      if (isOver) return;
      isOver = true;
      this.#child = null;
      if (this.#isClosed || this.#definition === null) return;
      this.#pauseMs = clock.nowMs() - startedAtMs >= wellAfterMs ? firstPauseMs : this.#pauseMs;
      log.warn(`the agent of ${this.#definition.url} ended (${how}); it is started again in ${this.#pauseMs / 1_000} s`);
      this.#restart = clock.after(this.#pauseMs, () => {
        this.#restart = null;
        this.#start();
      });
      this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2);
    };
    child.once('error', (error) => over(error.message));
    child.once('exit', (code, signal) => over(signal ?? `code ${code ?? 0}`));
  }
}
