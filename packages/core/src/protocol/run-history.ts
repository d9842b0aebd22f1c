import type { RunId } from '../model/ids.ts';
import type { AttemptOutcome } from '../model/run.ts';
import type { RunHistory } from '../engine/work-dir-findings.ts';
import { attemptOutcomeShape } from './message-shapes.ts';
import { isRecord } from './shapes.ts';

/**
 * Reads `juqueue-run.json`, which nodes write at each attempt's end. The original's file of that name knows no attempts: its
 * `status` counts as the end of one. Null when nothing can be learned from it.
 */
export function parseRunHistory(run: RunId, text: string): RunHistory | null {
  const content = jsonOf(text);
  if (!isRecord(content)) return null;
  const attempts = (Array.isArray(content['attempts']) ? content['attempts'] : [])
    .filter(isRecord)
    .filter(({ attempt }) => Number.isSafeInteger(attempt) && Number(attempt) > 0);
  const newest = attempts.reduce<Readonly<Record<string, unknown>> | null>(
    (high, entry) => (high === null || Number(entry['attempt']) > Number(high['attempt']) ? entry : high),
    null,
  );
  if (newest !== null) {
    const { attempt, outcome, definitionHash } = newest;
    const isKnown = attemptOutcomeShape(outcome, 'outcome') === null;
    return {
      run,
      attempt: Number(attempt),
      outcome: isKnown ? (outcome as AttemptOutcome) : null,
      definitionHash: typeof definitionHash === 'string' ? definitionHash : null,
    };
  }
  const exitCode = content['status'] === 'finished' ? 0 : content['status'] === 'failed' ? 1 : null;
  return exitCode === null
    ? null
    : { run, attempt: 1, outcome: outcomeOfOriginal(exitCode, Date.parse(String(content['created_at']))), definitionHash: null };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function outcomeOfOriginal(exitCode: number, createdAtMs: number): AttemptOutcome {
  const endedAtMs = Number.isFinite(createdAtMs) ? createdAtMs : 0;
  return {
    kind: 'exit',
    exitCode,
    signal: null,
    stopCause: null,
    startedAtMs: null,
    endedAtMs,
    checkpointAtMs: null,
    progress: null,
    detail: `${exitCode === 0 ? 'finished' : 'failed'} before this program knew it (juqueue-run.json)`,
  };
}
