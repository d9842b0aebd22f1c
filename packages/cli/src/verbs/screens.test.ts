import { describe, expect, test } from 'vitest';
import { EnoughSeen, KeptTerminal, scriptedContext } from '../../test/scripted-context.ts';
import { progress } from './progress.ts';
import { runs } from './runs.ts';
import { status } from './status.ts';

const counts = { inactive: 0, ready: 0, running: 0, finished: 0, failed: 0 };
const remaining = { lowMs: 9_600_000, likelyMs: 11_400_000, highMs: 15_600_000 };
const sweep = {
  name: 'sweep',
  autostart: true,
  heldBecause: null,
  budget: null,
  createdAtMs: 0,
  runs: 10,
  counts: { ...counts, ready: 4, running: 2, finished: 3, failed: 1 },
  expectedRunMs: 1,
  remaining,
};

describe('progress on a terminal', () => {
  const over = { ...sweep, counts: { ...counts, finished: 9, failed: 1 }, remaining: null };
  const answers = {
    '/api/v1/experiments': [
      { experiments: [sweep], nextCursor: null },
      { experiments: [over], nextCursor: null },
    ],
  };

  test('draws a bar with the time that is left, tells the window how far it is, and rings when it is over', async () => {
    const terminal = new KeptTerminal(true);
    expect(await progress(scriptedContext(terminal, answers), [], {})).toBe(10);
    const [first, second] = terminal.written;
    expect(first).toContain('\u001b]9;4;1;40\u0007\u001b]2;juqueue 40%\u0007');
    expect(first).toContain('sweep                ████████░░░░░░░░░░░░  40%  4/10  3h10m left (2h40m to 4h20m)  <red>1 failed</>');
    expect(first).toContain('2 running, 4 ready, 3 finished, 1 failed');
    // Two lines up: the bar and the sum are drawn over.
    expect(second).toContain('\u001b[2A\u001b[2Ksweep                ████████████████████ 100%  10/10  done');
    expect(second).toContain('21600 runs an hour');
    expect(second?.endsWith('\u001b]9;4;0\u0007\u0007')).toBe(true);
  });

  test('does not ring when it only looked once', async () => {
    const terminal = new KeptTerminal(true);
    await progress(scriptedContext(terminal, answers), [], { once: true });
    expect(terminal.written[0]?.endsWith('failed\n\u001b]9;4;0\u0007')).toBe(true);
  });
});

describe('runs --watch', () => {
  const a = { id: 'sweep@a', status: 'ready', reason: 'queued' };
  const b = { id: 'sweep@b', status: 'ready', reason: 'queued' };
  const page = (...rows: readonly object[]) => ({ runs: rows, nextCursor: null, total: rows.length });
  const answers = { '/api/v1/runs': [page(a, b), page(a, b), page({ ...a, status: 'running' }, b)] };

  async function watched(isTerminal: boolean, json: boolean): Promise<readonly string[]> {
    const terminal = new KeptTerminal(isTerminal);
    await expect(
      runs(scriptedContext(terminal, answers, { json, looks: 3 }), [], { watch: true, output: 'tsv', fields: 'id,status' }),
    ).rejects.toThrow(EnoughSeen);
    return terminal.written.slice(0, 3);
  }

  test('as JSON tells a line for each run at first, and then for each that changes', async () => {
    expect(await watched(false, true)).toEqual([
      `${JSON.stringify(a)}\n${JSON.stringify(b)}\n`,
      '',
      `${JSON.stringify({ ...a, status: 'running' })}\n`,
    ]);
  });

  test('on a terminal draws the list anew when something has changed', async () => {
    const [first, second, third] = await watched(true, false);
    expect([first?.startsWith('\u001b[H\u001b[2J'), second, third]).toEqual([
      true,
      '',
      '\u001b[H\u001b[2Jid\tstatus\nsweep@a\trunning\nsweep@b\tready\n',
    ]);
  });
});

describe('status', () => {
  const overview = {
    server: {
      version: '1.0.0',
      workDir: '/w',
      defDir: '/d',
      host: 'login1',
      pid: 7,
      startedAtMs: 940_000,
      epoch: 1,
      isReadOnly: false,
      isStopping: false,
    },
    seq: 1,
    runs: counts,
    remaining,
    runsOfUnknownTime: 12,
    experiments: 1,
    clusters: [],
    problems: 0,
    hasPendingPlan: false,
    storeTrouble: null,
    notices: [],
    hubAgent: null,
    refusedRequests: { count: 3, lastAtMs: 880_000 },
    decision: null,
    lastTickMs: null,
  };

  async function shown(changes: object): Promise<string> {
    const terminal = new KeptTerminal(false);
    await status(
      scriptedContext(terminal, {
        '/api/v1/overview': [{ ...overview, ...changes }],
        '/api/v1/experiments': [{ experiments: [sweep], nextCursor: null }],
      }),
    );
    return terminal.written.join('');
  }

  test('says how much time is left, of each experiment and of all, and of how many runs nobody knows it', async () => {
    const text = await shown({});
    expect(text).toMatch(/LEFT\nsweep +10 +4 +2 +3 +<red>1<\/> +0 +30% +3h10m\n/);
    expect(text).toContain('\nabout 3h10m left (2h40m to 4h20m), without 12 runs of unknown time\n');
    expect(await shown({ remaining: null })).not.toContain('about');
  });

  test('says that requests without a valid token were refused, and when the last one was', async () => {
    expect(await shown({})).toContain('<yellow>3 requests without a valid token refused, the last one 2m00s ago</>');
    expect(await shown({ refusedRequests: { count: 0, lastAtMs: null } })).not.toContain('refused');
  });
});
