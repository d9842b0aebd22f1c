import type { Event } from '@juqueue/client';
import { describe, expect, test } from 'vitest';
import { anAccounting, anAllocation, beginMs, bill, hourMs } from '../an-accounting.ts';
import { html } from './html.ts';
import { reportPage } from './report-page.ts';
import { LaneBook, meanShares, rowsOf } from './timeline-lanes.ts';
import type { Lane } from './timeline-lanes.ts';

function page(traits = {}, lanes: readonly Lane[] = []): string {
  return reportPage({ workDir: '/p/work', version: '1.0.0', accounting: anAccounting(traits), lanes });
}

function event(kind: string, atHours: number, subject: Partial<Event>): Event {
  return {
    seq: 1,
    atMs: beginMs + atHours * hourMs,
    kind,
    sentence: '',
    run: null,
    attempt: null,
    experiment: null,
    node: null,
    slots: null,
    ...subject,
  };
}

function lane(id: string, fromHours: number, toHours: number, traits: Partial<Lane> = {}): Lane {
  return {
    allocation: anAllocation(id, toHours - fromHours, { useful: 4 * (toHours - fromHours) * hourMs }),
    fromMs: beginMs + fromHours * hourMs,
    toMs: beginMs + toHours * hourMs,
    helloAtMs: null,
    steps: [],
    ...traits,
  };
}

describe('the page', () => {
  test('loads nothing and runs nothing: no script, no address, and a policy that refuses both', () => {
    const text = page({}, [lane('hpc-00001', 0, 10)]);
    expect(text).toContain(`content="default-src &#39;none&#39;`.replaceAll('&#39;', "'"));
    expect(text).not.toMatch(/<script|<link|<img|<iframe|<object|\son\w+=|\b(src|href)=|url\(|@import|https?:\/\//i);
  });

  test('shows names as they are, whatever they are made of', () => {
    const experiments = [
      { name: '<script>alert(1)</script>"\'&', ...bill(10, { useful: 40 * hourMs }), allocations: 1, aloneNodeSeconds: 0 },
    ];
    const text = page({ experiments });
    expect(text).toContain('&#60;script&#62;alert(1)&#60;/script&#62;&#34;&#39;&#38;');
    expect(text).not.toContain('<script>');
  });

  test('has the figures, the parts with their meaning, every day and every table', () => {
    const text = page({}, [lane('hpc-00001', 0, 10)]);
    for (const part of [
      '10.000 node-h',
      '480.0 core-h',
      '75.0 %',
      'work that a finish or a checkpoint saved',
      '2026-11-20',
      '2026-11-21',
      'saved by packing',
      '20.000 node-h',
      'hpc-00001',
      'sweep',
    ])
      expect(text).toContain(part);
    expect(text.match(/<h2>[^<]*<\/h2>/g)).toEqual(
      ['In words', 'Where it went', 'By day', 'Nodes over time', 'By cluster', 'By experiment', 'By day', 'Allocations'].map(
        (heading) => `<h2>${heading}</h2>`,
      ),
    );
  });

  test('says so when nothing was billed', () => {
    const nothing = { ...bill(0, {}), allocations: 0, aloneNodeSeconds: 0, lowerBoundNodeSeconds: 0, efficiency: null, recoverable: null };
    const text = page({ total: nothing, clusters: [], experiments: [], days: [], allocations: [] });
    expect(text).toContain('<p>Nothing has been billed yet.</p>');
    expect(text).not.toMatch(/NaN|Infinity|<svg/);
  });

  test('stays a page that people can open with a thousand nodes that changed a hundred times each', () => {
    const steps = Array.from({ length: 100 }, (_, i) => ({ atMs: beginMs + (i / 10) * hourMs, taken: i % 5 }));
    const lanes = Array.from({ length: 1_000 }, (_, i) => lane(`hpc-${i}`, 0, 10, { steps }));
    const text = page({ allocations: lanes.map(({ allocation }) => allocation) }, lanes);
    expect(text.length).toBeLessThan(3_000_000);
    expect(text).toContain('up to 1000 nodes at a time');
    expect(text).toContain('the newest 500 of 1000 allocations');
  });
});

describe('markup', () => {
  test('escapes texts and keeps markup, alone and in lists', () => {
    expect(html`<b title="${'"><i>'}">${1}${[html`<i>${'&'}</i>`, html`!`]}</b>`.markup).toBe(
      '<b title="&#34;&#62;&#60;i&#62;">1<i>&#38;</i>!</b>',
    );
  });
});

describe('the lanes', () => {
  test('know which slots were taken when, from the history: from the start of a run to its end, or to the end of its node', () => {
    const book = new LaneBook();
    for (const told of [
      event('node-appeared', 1, { node: 'n1' }),
      event('run-placed', 1, { run: 'e@a', node: 'n1', slots: 1 }),
      event('run-placed', 1, { run: 'e@b', node: 'n1', slots: 0 }),
      event('run-started', 2, { run: 'e@a', slots: 1 }),
      event('run-started', 3, { run: 'e@b', slots: 2 }),
      event('run-ended', 4, { run: 'e@a' }),
      event('node-gone', 6, { node: 'n1' }),
      event('run-ended', 7, { run: 'e@b' }),
    ])
      book.follow(told);
    const [only] = book.lanes([anAllocation('n1', 8, {}), anAllocation('never', 0, {}, { startedAtMs: null })], beginMs);
    expect(only?.helloAtMs).toBe(beginMs + hourMs);
    expect(only?.steps.map(({ atMs, taken }) => [(atMs - beginMs) / hourMs, taken])).toEqual([
      [2, 1],
      [3, 3],
      [4, 2],
      [6, 0],
    ]);
  });

  test('take as few rows as there were nodes at a time', () => {
    const rows = rowsOf([lane('a', 0, 4), lane('b', 1, 3), lane('c', 3, 6), lane('d', 4, 5)]);
    expect(rows.map((row) => row.map(({ allocation }) => allocation.id))).toEqual([
      ['a', 'd'],
      ['b', 'c'],
    ]);
  });

  test('are drawn by the mean share of each interval', () => {
    const steps = [
      { atMs: 0, taken: 4 },
      { atMs: 50, taken: 2 },
      { atMs: 75, taken: 0 },
    ];
    expect(meanShares(steps, 4, 0, 100, 4)).toEqual([1, 1, 0.5, 0]);
    expect(meanShares(steps, 4, 0, 100, 1)).toEqual([0.625]);
    expect(meanShares([], 4, 0, 100, 2)).toEqual([0, 0]);
  });
});
