import { sampleRunDefinition } from '../model/samples.ts';
import type { DefinedRun, StoredEvent } from '../model/events.ts';

/** A small event, as most are. */
export function endedEvent(seq: number): StoredEvent {
  return {
    seq,
    atMs: 1_700_000_000_000 + seq,
    event: {
      kind: 'run-ended',
      run: `sweep@lr0.001_s${seq}`,
      attempt: 1,
      outcome: {
        kind: 'exit',
        exitCode: 0,
        signal: null,
        stopCause: null,
        startedAtMs: 1_700_000_000_000,
        endedAtMs: 1_700_000_000_500,
        checkpointAtMs: null,
        progress: null,
        detail: 'exited with 0 – ünïcode, "quotes" and\nlines',
      },
    },
  };
}

/** An experiment of `count` runs in one event. */
export function definedEvent(seq: number, count: number): StoredEvent {
  const added = Array.from({ length: count }, (_, index) => definedRun(`lr0.001_s${index}`, index));
  return {
    seq,
    atMs: 1_700_000_000_000 + seq,
    event: { kind: 'experiment-defined', experiment: 'sweep', autostart: true, added, changed: [], removed: [] },
  };
}

function definedRun(name: string, seed: number): DefinedRun {
  return {
    definition: sampleRunDefinition(name, {
      cmd: ['python3', 'train.py'],
      parameters: { lr: 0.001, seed, optimizer: 'adam' },
      executor: { env: { MODE: 'train' }, venv: null, pythonSearchPath: [], prependScript: [], cuda: false },
    }),
    definitionHash: `hash-of-${name}`,
  };
}
