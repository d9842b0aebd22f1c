import { describe, expect, it } from 'vitest';
import { parseRunHistory } from './run-history.ts';

const outcome = {
  kind: 'exit',
  exitCode: 0,
  signal: null,
  stopCause: null,
  startedAtMs: 1,
  endedAtMs: 2,
  checkpointAtMs: null,
  progress: null,
  detail: 'exited with 0',
};

describe('the history of a run', () => {
  it('tells of its newest attempt, whatever the order', () => {
    const text = JSON.stringify({
      status: 'finished',
      attempts: [
        { attempt: 3, outcome, definitionHash: 'h' },
        { attempt: 2, outcome: { ...outcome, exitCode: 1 } },
      ],
    });
    expect(parseRunHistory('e@r', text)).toEqual({ run: 'e@r', attempt: 3, outcome, definitionHash: 'h' });
  });

  it('gives only the number where the end cannot be read', () => {
    expect(parseRunHistory('e@r', '{"attempts": [{"attempt": 2, "outcome": {"kind": "exploded"}}]}')).toEqual({
      run: 'e@r',
      attempt: 2,
      outcome: null,
      definitionHash: null,
    });
  });

  it('of the original tells by its status whether it had finished or failed', () => {
    expect(parseRunHistory('e@r', '{"status": "finished", "created_at": "2023-01-01T00:00:00Z"}')).toMatchObject({
      attempt: 1,
      outcome: { kind: 'exit', exitCode: 0, endedAtMs: Date.UTC(2023, 0, 1) },
    });
    expect(parseRunHistory('e@r', '{"status": "failed"}')).toMatchObject({ outcome: { exitCode: 1 } });
    expect(parseRunHistory('e@r', '{"status": "running"}')).toBeNull();
  });

  it.each(['', '{', '[]', '7', 'null', '{"attempts": 5}', '{"attempts": [{"attempt": -1}, null, {"attempt": "2"}]}'])(
    'of nonsense (%s) tells nothing',
    (text) => {
      expect(parseRunHistory('e@r', text)).toBeNull();
    },
  );
});
