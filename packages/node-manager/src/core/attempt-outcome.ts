import { signalNumbers } from '@juqueue/core';
import type { AttemptOutcome, StopCause } from '@juqueue/core';
import type { Exit } from '../spawner/spawner-messages.ts';

/** What the program left in its own files, as far as it was found in time. */
export interface LastWords {
  readonly checkpointAtMs: number | null;
  readonly progress: number | null;
  /** Why it failed: its error file, or the line of its output that says most. */
  readonly errorText: string | null;
  readonly hasErrorFile: boolean;
}

export const noLastWords: LastWords = { checkpointAtMs: null, progress: null, errorText: null, hasErrorFile: false };

export interface AttemptTimes {
  readonly startedAtMs: number | null;
  readonly endedAtMs: number;
}

/** The outcome of an attempt whose end was seen. `stopCause` is the cause for which it ended, if it was ours. */
export function seenOutcome(exit: Exit, times: AttemptTimes, stopCause: StopCause | null, words: LastWords): AttemptOutcome {
  return {
    kind: outcomeKind(exit),
    exitCode: exit.kind === 'exit' || exit.kind === 'not-started' ? exit.code : null,
    signal: exit.kind === 'signal' ? exit.signal : null,
    stopCause,
    startedAtMs: times.startedAtMs,
    endedAtMs: times.endedAtMs,
    checkpointAtMs: words.checkpointAtMs,
    progress: words.progress,
    detail: words.errorText === null ? describeExit(exit) : `${describeExit(exit)}: ${words.errorText}`,
  };
}

function outcomeKind(exit: Exit): AttemptOutcome['kind'] {
  switch (exit.kind) {
    case 'exit':
    case 'not-started':
      return 'exit';
    case 'signal':
      return exit.isOutOfMemory ? 'out-of-memory' : 'signal';
    case 'recalled':
      return 'never-started';
    case 'lost':
      return 'lost';
  }
}

/** The outcome of an attempt that died with its node, or that the node gave up. */
export function lostOutcome({ startedAtMs, endedAtMs }: AttemptTimes, because: string): AttemptOutcome {
  return {
    kind: 'lost',
    exitCode: null,
    signal: null,
    stopCause: null,
    startedAtMs,
    endedAtMs,
    checkpointAtMs: null,
    progress: null,
    detail: because,
  };
}

export function neverStartedOutcome(atMs: number, stopCause: StopCause | null, because: string): AttemptOutcome {
  return {
    kind: 'never-started',
    exitCode: null,
    signal: null,
    stopCause,
    startedAtMs: null,
    endedAtMs: atMs,
    checkpointAtMs: null,
    progress: null,
    detail: because,
  };
}

function describeExit(exit: Exit): string {
  switch (exit.kind) {
    case 'exit':
      return `exited with code ${exit.code}`;
    case 'signal':
      return exit.isOutOfMemory
        ? `killed by ${exit.signal}, most likely by the kernel because memory ran out`
        : `killed by signal ${describeSignal(exit.signal)}`;
    case 'not-started':
    case 'lost':
      return exit.detail;
    case 'recalled':
      return 'recalled before it was started';
  }
}

function describeSignal(signal: string): string {
  const number = signalNumbers[signal];
  return number === undefined ? signal : `${number} (${signal})`;
}
