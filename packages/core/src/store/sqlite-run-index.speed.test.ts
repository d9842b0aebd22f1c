import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunQuery, RunRow } from '../ports/run-index.ts';
import type { SqliteRunIndex } from './sqlite-run-index.ts';
import { everyRun } from '../select/selector.ts';
import { parseSelectorText } from '../select/parse-selector-text.ts';
import { runRowOf } from './run-samples.ts';
import { openRunIndex } from './sqlite-run-index.ts';
import { temporaryFolder } from './temporary-folder.ts';

describe('an index of 100 000 runs', () => {
  /** The goal is a page in 50 ms; a busy test machine gets ten times that. */
  const pageLimitMs = 500;

  it('is filled without holding up the event loop, and answers pages and counts soon', { timeout: 60_000 }, async () => {
    await using folder = await temporaryFolder();
    const { index } = await openRunIndex({ file: join(folder.path, 'index.sqlite'), journalSeq: 0 });
    const rows = Array.from({ length: 100_000 }, (_, i) => manyRow(i));
    let turns = 0;
    let longestGapMs = 0;
    let lastTurnMs = performance.now();
    const counting = setInterval(() => {
      turns += 1;
      longestGapMs = Math.max(longestGapMs, performance.now() - lastTurnMs);
      lastTurnMs = performance.now();
    }, 1);
    const beganMs = performance.now();
    index.apply(
      1,
      rows.map((row) => ({ kind: 'run', row })),
    );
    expect(await index.countRuns(everyRun)).toBe(100_000);
    console.log(`filled in ${(performance.now() - beganMs).toFixed(0)} ms, longest gap of the event loop ${longestGapMs.toFixed(0)} ms`);
    clearInterval(counting);
    expect(turns).toBeGreaterThan(10);
    // Answered when the transaction of the filling has ended.
    expect(await index.appliedSeq()).toBe(1);

    const report: string[] = [];
    for (const text of [
      '',
      'state:failed',
      'state:finished',
      'state:failed,running',
      'experiment:exp3',
      '*7777',
      'where:seed<10',
      'where:seed>10',
      'where:"lr<0.5 && opt=adam"',
      'node:n3 reason:running',
      'cluster:cpu state:ready',
    ]) {
      for (const sort of ['id', 'changed', 'started', 'parameters.lr', 'parameters.seed'] as const)
        report.push(await timedPage(index, text, sort));
    }
    console.log(report.join('\n'));
    await index.close();
  });

  async function timedPage(index: SqliteRunIndex, text: string, sort: RunQuery['sort']): Promise<string> {
    const parsed = parseSelectorText(text);
    if (parsed.kind !== 'selector') throw new Error(text);
    const query: RunQuery = { selector: parsed.selector, sort, descending: true, limit: 100, cursor: null };
    const beganMs = performance.now();
    const first = await index.listRuns(query);
    const second = await index.listRuns({ ...query, cursor: first.nextCursor });
    const tookMs = (performance.now() - beganMs) / 2;
    const countMs = performance.now();
    const count = await index.countRuns(parsed.selector);
    const facetsMs = performance.now();
    await index.countFacets(parsed.selector);
    const line = `'${text}' by ${sort}: ${tookMs.toFixed(1)} ms a page, ${(facetsMs - countMs).toFixed(1)} ms to count ${count}, ${(performance.now() - facetsMs).toFixed(1)} ms for facets`;
    expect(first.rows.length + second.rows.length, line).toBeGreaterThan(0);
    expect(tookMs, line).toBeLessThan(pageLimitMs);
    return line;
  }
});

function manyRow(i: number): RunRow {
  const state =
    i % 1_000 === 0
      ? ({ status: 'failed', reason: 'exit' } as const)
      : i % 500 === 1
        ? ({ status: 'running', reason: 'running' } as const)
        : i % 20 === 3
          ? ({ status: 'ready', reason: 'queued' } as const)
          : ({ status: 'finished', reason: 'exit' } as const);
  return runRowOf({
    ...state,
    experiment: `exp${i % 7}`,
    name: `lr${i % 10}_s${i}`,
    node: state.status === 'running' ? `n${Math.floor(i / 500) % 5}` : null,
    clusters: i % 3 === 0 ? ['gpu', 'cpu'] : ['gpu'],
    createdAtMs: 1e12 + i,
    changedAtMs: 1e12 + ((i * 7_919) % 100_000),
    startedAtMs: 1e12 + ((i * 31) % 100_000),
    parameters: { lr: (i % 10) / 10, seed: i, opt: i % 2 === 0 ? 'adam' : 'sgd', layers: i % 5, reg: (i % 3) / 10 },
  });
}
