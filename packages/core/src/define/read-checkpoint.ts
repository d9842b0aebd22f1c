import type { CheckpointContract } from '../model/definition.ts';
import type { ShapeIssue } from './check-shape.ts';
import { durationMs } from './duration-text.ts';
import type { CheckpointSource } from './experiment-schema.ts';

/** Time that a run gets to save after the signal when it does not say. */
const defaultSaveGraceMs = 30_000;

const undeclared: CheckpointContract = { kind: 'undeclared' };

/** The contract that a run declares. A mapping is either periodic (`every`) or on request (`signal` and `exit_code`). */
export function readCheckpoint(source: CheckpointSource | undefined, report: (issue: ShapeIssue) => void): CheckpointContract {
  if (source === undefined) return undeclared;
  if (typeof source === 'string') return { kind: source };
  const { every, signal, grace, exit_code: exitCode } = source;
  if (every !== undefined && signal === undefined && grace === undefined && exitCode === undefined)
    return { kind: 'every', everyMs: durationMs(every) };
  if (every === undefined && signal !== undefined && exitCode !== undefined) {
    return { kind: 'signal', signal, graceMs: grace === undefined ? defaultSaveGraceMs : durationMs(grace), exitCode };
  }
  const found = Object.keys(source).join(', ') || 'nothing';
  const message = `expected {every: 10m}, or signal and exit_code with an optional grace, found ${found}`;
  report({ path: [], at: 'value', severity: 'error', code: 'wrong-value', message, hint: null });
  return undeclared;
}
