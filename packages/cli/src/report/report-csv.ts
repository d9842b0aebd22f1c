import type { Accounting } from '@juqueue/client';
import { rowsBy } from './account-rows.ts';
import type { AccountRow, Grouping } from './account-rows.ts';
import { partNodeSeconds, partOrder } from './part-meanings.ts';
import { inUnit, siteUnit } from './site-unit.ts';

type Cell = string | number | null;

/** The account divided by one thing as CSV (RFC 4180): times in node-seconds, the bill in the site's unit. */
export function accountCsv(grouping: Grouping, accounting: Accounting): string {
  const lines = [
    header(grouping),
    ...rowsBy(grouping, accounting).map((row) => [...subject(grouping, row, accounting), ...figures(grouping, row, accounting)]),
  ];
  return lines.map((cells) => `${cells.map(field).join(',')}\r\n`).join('');
}

const allocationFacts = ['cluster', 'job', 'host', 'status', 'started', 'ended'] as const;
const clusterFacts = [
  'lower_bound_node_seconds',
  'efficiency',
  'moves',
  'nodes_emptied',
  'consolidation_saved_node_seconds',
  'consolidation_redone_node_seconds',
] as const;

function header(grouping: Grouping): readonly string[] {
  return [
    grouping,
    ...(grouping === 'allocation' ? allocationFacts : []),
    'billed_node_seconds',
    'provisional_node_seconds',
    'bill',
    'unit',
    ...partOrder.map((part) => `${part.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}_node_seconds`),
    ...(grouping === 'cluster' || grouping === 'experiment' ? ['alone_node_seconds'] : []),
    ...(grouping === 'cluster' ? clusterFacts : []),
  ];
}

function subject(grouping: Grouping, row: AccountRow, { allocations }: Accounting): readonly Cell[] {
  if (grouping !== 'allocation') return [row.name];
  const found = allocations.find(({ id }) => id === row.name);
  return [
    row.name,
    found?.cluster ?? null,
    found?.jobId ?? null,
    found?.host ?? null,
    found?.status ?? null,
    time(found?.startedAtMs),
    time(found?.endedAtMs),
  ];
}

function figures(grouping: Grouping, row: AccountRow, accounting: Accounting): readonly Cell[] {
  const cluster = grouping === 'cluster' ? accounting.clusters.find(({ name }) => name === row.name) : undefined;
  const allocation = grouping === 'allocation' ? accounting.allocations.find(({ id }) => id === row.name) : undefined;
  const clusterName = cluster?.name ?? allocation?.cluster;
  const unit = (clusterName === undefined
    ? siteUnit(accounting)
    : accounting.clusters.find(({ name }) => name === clusterName)?.billing) ?? { unit: 'node-h', perNodeHour: 1 };
  return [
    row.billedNodeSeconds,
    row.provisionalNodeSeconds,
    round(inUnit(row.billedNodeSeconds, unit)),
    unit.unit,
    ...partOrder.map((part) => round(partNodeSeconds(row, part))),
    ...(grouping === 'cluster' || grouping === 'experiment' ? [row.aloneNodeSeconds ?? null] : []),
    ...(cluster === undefined
      ? []
      : [
          cluster.lowerBoundNodeSeconds,
          cluster.efficiency === null ? null : round(cluster.efficiency),
          cluster.consolidation.moves,
          cluster.consolidation.nodes,
          cluster.consolidation.savedNodeSeconds,
          cluster.consolidation.redoneNodeSeconds,
        ]),
  ];
}

function time(ms: number | null | undefined): string | null {
  return ms == null ? null : new Date(ms).toISOString();
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

/** Quoted where it has to be. A text that a spreadsheet would take for a formula gets an apostrophe before it. */
function field(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
