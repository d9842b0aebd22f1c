import { describe, expect, test } from 'vitest';
import { anAccounting, anAllocation, bill, hourMs } from './an-accounting.ts';
import { accountCsv } from './report-csv.ts';
import { accountTable } from './report-tables.ts';
import { accountSentences } from './sentences.ts';

const [hpc] = anAccounting().clusters;
if (hpc === undefined) throw new Error('the accounting has a cluster');

describe('the sentences', () => {
  test('say the bill in node-hours and in the unit of the site, and what packing saved against a node for each run', () => {
    expect(accountSentences(anAccounting())).toEqual([
      '10.000 node-hours (480.0 core-h) were billed, all of it confirmed by the clusters.',
      'The work that was done could not have cost less than 7.500 node-hours: an efficiency of 75 %.',
      'What else was paid for most is nodes without any run: 25 % (2.500 node-hours).',
      'With a node for each run, the same runs would have cost 30.000 node-hours: packing saved 20.000 node-hours.',
    ]);
  });

  test('say what part of the bill moving runs together could have given back', () => {
    const whole = anAccounting();
    expect(accountSentences({ ...whole, total: { ...whole.total, recoverable: 0.12 } })[1]).toBe(
      'The work that was done could not have cost less than 7.500 node-hours: an efficiency of 75 %; moving runs together could have given back 12 % of the bill.',
    );
  });

  test('say what consolidation saved, and what it redid', () => {
    const consolidation = { moves: 3, nodes: 2, savedNodeSeconds: 9_360, redoneNodeSeconds: 1_440 };
    expect(accountSentences(anAccounting({ clusters: [{ ...hpc, consolidation }] })).at(-1)).toBe(
      'Consolidation of hpc: 3 runs were moved to empty 2 nodes, which saved about 2.600 node-hours and redid 0.400 node-hours.',
    );
  });

  test('keep to node-hours where clusters count in different units', () => {
    const clusters = [hpc, { ...hpc, name: 'gpu', billing: { unit: 'EUR', perNodeHour: 2 } }];
    expect(accountSentences(anAccounting({ clusters }))[0]).toBe('10.000 node-hours were billed, all of it confirmed by the clusters.');
  });
});

describe('the tables', () => {
  test('show the bill of each cluster in its own unit', () => {
    const clusters = [hpc, { ...hpc, name: 'gpu', billing: { unit: 'EUR', perNodeHour: 200 } }, { ...hpc, name: 'plain', billing: null }];
    const lines = accountTable('cluster', anAccounting({ clusters })).split('\n');
    expect(lines[0]).toMatch(/^CLUSTER +NODE-HOURS +BILL +PROVISIONAL /);
    expect(lines.slice(1, 4).map((line) => line.split(/ {2,}/).slice(0, 3))).toEqual([
      ['hpc', '10.000', '480.0 core-h'],
      ['gpu', '10.000', '2\u202f000 EUR'],
      ['plain', '10.000', '10.0 node-h'],
    ]);
  });

  test('show days, and have no column for a unit that says the same as node-hours', () => {
    const clusters = [{ ...hpc, billing: { unit: 'node-h', perNodeHour: 1 } }];
    expect(accountTable('day', anAccounting({ clusters })).split('\n').slice(0, 2).join('\n')).toMatch(
      /^DAY \(UTC\) +NODE-HOURS +PROVISIONAL .*\n2026-11-20 +2\.000 +0\.000 +75 %/,
    );
  });

  test('are empty where there is nothing', () => {
    expect(accountTable('allocation', anAccounting({ allocations: [] }))).toBe('');
  });
});

describe('CSV', () => {
  const rows = (text: string): readonly Record<string, string>[] => {
    const [header = '', ...lines] = text.trimEnd().split('\r\n');
    return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [header.split(',')[i] ?? '', cell])));
  };

  test('has times in node-seconds whose parts sum to the bill, and the bill in the unit of the site', () => {
    const [row = {}] = rows(accountCsv('cluster', anAccounting()));
    expect(row).toMatchObject({
      cluster: 'hpc',
      billed_node_seconds: '36000',
      bill: '480',
      unit: 'core-h',
      useful_node_seconds: '27000',
      idle_node_seconds: '9000',
      start_up_node_seconds: '0',
      alone_node_seconds: '108000',
      efficiency: '0.75',
      moves: '0',
    });
    const parts = ['useful', 'open', 'redone', 'failed', 'start_up', 'dispatch', 'closing', 'quantisation', 'fragmentation', 'idle'];
    expect(parts.reduce((sum, part) => sum + Number(row[`${part}_node_seconds`]), 0)).toBe(36_000);
  });

  test('has allocations with their job and host, and days', () => {
    expect(rows(accountCsv('allocation', anAccounting()))).toMatchObject([
      {
        allocation: 'hpc-00001',
        cluster: 'hpc',
        host: 'n1201',
        started: '2026-11-20T22:00:00.000Z',
        ended: '2026-11-21T08:00:00.000Z',
        bill: '480',
        unit: 'core-h',
      },
    ]);
    expect(rows(accountCsv('day', anAccounting())).map(({ day, billed_node_seconds: billed }) => [day, billed])).toEqual([
      ['2026-11-20', '7200'],
      ['2026-11-21', '28800'],
    ]);
  });

  test('quotes what has to be quoted, and gives no spreadsheet a formula', () => {
    const experiments = [
      { name: 'a,"b"', ...bill(1, { useful: 4 * hourMs }), allocations: 1, aloneNodeSeconds: 0 },
      { name: '+cmd', ...bill(1, { useful: 4 * hourMs }), allocations: 1, aloneNodeSeconds: 0 },
    ];
    const lines = accountCsv('experiment', anAccounting({ experiments })).split('\r\n');
    expect(lines[1]).toMatch(/^"a,""b""",3600,/);
    expect(lines[2]).toMatch(/^'\+cmd,3600,/);
  });

  test('leaves empty what has not happened', () => {
    const [row] = rows(
      accountCsv(
        'allocation',
        anAccounting({ allocations: [anAllocation('x', 0, {}, { jobId: null, host: null, startedAtMs: null, endedAtMs: null })] }),
      ),
    );
    expect(row).toMatchObject({ job: '', host: '', started: '', ended: '' });
  });
});
