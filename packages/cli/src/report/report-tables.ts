import type { Accounting, AllocationAccount, LedgerParts } from '@juqueue/client';
import { nodeHours, percent } from '../output/node-time.ts';
import { table } from '../output/table.ts';
import { rowsBy } from './account-rows.ts';
import type { AccountRow, Grouping } from './account-rows.ts';
import { amount, inUnit, isNewsBesideNodeHours, siteUnit } from './site-unit.ts';

/** The account divided by one thing, as a table for a terminal; empty when there is nothing to show. */
export function accountTable(grouping: Grouping, accounting: Accounting): string {
  if (grouping === 'allocation') return accounting.allocations.length === 0 ? '' : allocationTable(accounting.allocations);
  const rows = rowsBy(grouping, accounting);
  return rows.length === 0 ? '' : groupTable(headings[grouping], rows, billsOf(grouping, accounting));
}

const headings = { cluster: 'CLUSTER', experiment: 'EXPERIMENT', day: 'DAY (UTC)' } as const;

/** The parts as people ask for them. */
const columns: readonly (readonly [heading: string, parts: readonly (keyof LedgerParts)[]])[] = [
  ['>USEFUL', ['useful']],
  ['>OPEN', ['open']],
  ['>REDONE', ['redone']],
  ['>FAILED', ['failed']],
  ['>START-UP', ['startUp']],
  ['>EMPTY', ['dispatch', 'closing', 'quantisation', 'fragmentation', 'idle']],
];

/** The bill of a row in the site's unit; null where no row has one that says more than its node-hours. */
type Bills = ((row: AccountRow) => string) | null;

function billsOf(grouping: Grouping, accounting: Accounting): Bills {
  const common = siteUnit(accounting);
  if (grouping !== 'cluster')
    return isNewsBesideNodeHours(common) ? (row) => `${amount(inUnit(row.billedNodeSeconds, common))} ${common.unit}` : null;
  const units = new Map(accounting.clusters.map(({ name, billing }) => [name, billing]));
  if (![...units.values()].some(isNewsBesideNodeHours)) return null;
  return (row) => {
    const unit = units.get(row.name) ?? { unit: 'node-h', perNodeHour: 1 };
    return `${amount(inUnit(row.billedNodeSeconds, unit))} ${unit.unit}`;
  };
}

function groupTable(heading: string, rows: readonly AccountRow[], bills: Bills): string {
  const hasEfficiency = rows.some((row) => row.efficiency !== undefined);
  const cells = rows.map((row) => [
    row.name,
    nodeHours(row.billedNodeSeconds),
    ...(bills === null ? [] : [bills(row)]),
    nodeHours(row.provisionalNodeSeconds),
    ...columns.map(([, parts]) =>
      percent(
        parts.reduce((sum, part) => sum + row.partsSlotMs[part], 0),
        row.billedSlotMs,
      ),
    ),
    ...(hasEfficiency ? [percent(row.efficiency ?? 0, row.efficiency == null ? 0 : 1)] : []),
  ]);
  return table(
    [
      heading,
      '>NODE-HOURS',
      ...(bills === null ? [] : ['>BILL']),
      '>PROVISIONAL',
      ...columns.map(([name]) => name),
      ...(hasEfficiency ? ['>EFFICIENCY'] : []),
    ],
    cells,
  );
}

function allocationTable(rows: readonly AllocationAccount[]): string {
  const cells = rows.map((row) => [
    row.id,
    row.cluster,
    row.jobId ?? '-',
    row.host ?? '-',
    row.status,
    row.startedAtMs === null ? '-' : new Date(row.startedAtMs).toISOString(),
    String(Math.round(row.billedNodeSeconds)),
    row.isProvisional ? 'provisional' : 'confirmed',
    percent(row.partsSlotMs.useful, row.billedSlotMs),
  ]);
  return table(['ALLOCATION', 'CLUSTER', 'JOB', 'HOST', 'STATUS', 'STARTED', '>NODE-SECONDS', 'BILL', '>USEFUL'], cells);
}
