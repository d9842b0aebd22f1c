import { describe, expect, it } from 'vitest';
import type { AttemptOutcome } from '../model/run.ts';
import type { FencedAttempt } from './fence-orders.ts';
import type { FolderEvidence } from './settle-attempts.ts';
import { startPatience } from './manager-patience.ts';
import { settleAttempts } from './settle-attempts.ts';

const outcome = (kind: AttemptOutcome['kind']): AttemptOutcome => ({
  kind,
  exitCode: null,
  signal: null,
  stopCause: null,
  startedAtMs: null,
  endedAtMs: 0,
  checkpointAtMs: null,
  progress: null,
  detail: '',
});
const first = { run: 'e@a', attempt: 2 };
const second = { run: 'e@b', attempt: 1 };
const nothing: FolderEvidence = { ended: [], isClosed: false, fenceConfirmation: null };
const confirmed = (epoch: number, nonce: string, ...attempts: readonly FencedAttempt[]): FolderEvidence => ({
  ...nothing,
  fenceConfirmation: { epoch, nonce, attempts },
});
const lapsed = { kind: 'lapsed', silentMs: 180_000 } as const;
const silent = { kind: 'silent', silentMs: 60_000, lapsesInMs: 120_000 } as const;

function settle(evidence: FolderEvidence, verdict: typeof lapsed | typeof silent): readonly unknown[] {
  return settleAttempts([first, second], evidence, startPatience('n1', true, 0), verdict, 4);
}

describe('the end of an attempt is known', () => {
  it('by the node’s report, which outranks a lapsed lease', () => {
    const evidence = { ...nothing, ended: [{ ...first, outcome: outcome('exit') }] };
    expect(settle(evidence, silent)).toEqual([{ ...first, proof: 'reported', outcome: outcome('exit') }]);
    expect(settle(evidence, lapsed)).toEqual([
      { ...first, proof: 'reported', outcome: outcome('exit') },
      { ...second, proof: 'lease-lapsed' },
    ]);
  });

  it('not by a report of another attempt of the run', () => {
    expect(settle({ ...nothing, ended: [{ ...first, attempt: 1, outcome: outcome('exit') }] }, silent)).toEqual([]);
  });

  it('by a confirmation that names it with an outcome, in answer to our own order', () => {
    const killed = { ...first, outcome: outcome('signal') };
    expect(settle(confirmed(4, 'n1', killed, { ...second, outcome: null }), silent)).toEqual([
      { ...first, proof: 'fence-confirmed', outcome: outcome('signal') },
    ]);
    expect(settle(confirmed(3, 'n1', killed), silent)).toEqual([]);
    expect(settle(confirmed(4, 'n0', killed), silent)).toEqual([]);
  });

  it('by the word of node or guards that the nonce executes nothing', () => {
    expect(settle({ ...nothing, isClosed: true }, silent)).toEqual([
      { ...first, proof: 'nonce-closed' },
      { ...second, proof: 'nonce-closed' },
    ]);
  });

  it('and not by silence that has not lapsed', () => {
    expect(settle(nothing, silent)).toEqual([]);
  });
});
