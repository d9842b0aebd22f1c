import type { Accounting, AllocationAccount, LedgerParts } from '@juqueue/client';
import { exitCodes } from '../exit-codes.ts';
import { nodeHours, nodeTime, percent } from '../output/node-time.ts';
import { table } from '../output/table.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';

/** What was billed, by cluster and experiment and with --allocations by allocation, where it went, and what that means. */
export async function report(context: VerbContext, options: { readonly allocations?: boolean }): VerbResult {
  const isJson = context.options.json === true;
  const accounting = await wholeAccounting(context, isJson || options.allocations === true);
  const { terminal } = context;
  if (isJson) {
    printJson(terminal, accounting);
    return exitCodes.ok;
  }
  const { clusters, experiments, unattributed, allocations } = accounting;
  if (clusters.length > 0) terminal.out(`${accountTable('CLUSTER', clusters)}\n`);
  const attributed = unattributed.billedSlotMs === 0 ? experiments : [...experiments, { name: '(no run)', ...unattributed }];
  if (attributed.length > 0) terminal.out(`${accountTable('EXPERIMENT', attributed)}\n`);
  if (options.allocations === true && allocations.length > 0) terminal.out(`${allocationTable(allocations)}\n`);
  terminal.out(sentences(accounting).map((sentence) => `${sentence}\n`).join(''));
  return exitCodes.ok;
}

/** All pages as one; the figures are those of the first. */
async function wholeAccounting(context: VerbContext, withAllocations: boolean): Promise<Accounting> {
  const { client } = await context.connect();
  const first = await client.call('getAccounting', { query: { limit: withAllocations ? 1000 : 1 } });
  const allocations = [...first.allocations];
  for (let cursor = first.nextCursor; withAllocations && cursor !== null; ) {
    const page = await client.call('getAccounting', { query: { cursor, limit: 1000 } });
    allocations.push(...page.allocations);
    cursor = page.nextCursor;
  }
  return { ...first, allocations, nextCursor: null };
}

/** The parts as people ask for them. */
const columns: readonly (readonly [heading: string, parts: readonly (keyof LedgerParts)[]])[] = [
  ['>USEFUL', ['useful']],
  ['>OPEN', ['open']],
  ['>REDONE', ['redone']],
  ['>FAILED', ['failed']],
  ['>START-UP', ['startUp']],
  ['>EMPTY', ['dispatch', 'closing', 'quantisation', 'fragmentation', 'idle']],
];

interface Row {
  readonly name: string;
  readonly billedNodeSeconds: number;
  readonly provisionalNodeSeconds: number;
  readonly billedSlotMs: number;
  readonly partsSlotMs: LedgerParts;
  readonly efficiency?: number | null;
}

function accountTable(heading: string, rows: readonly Row[]): string {
  const hasEfficiency = rows.some((row) => row.efficiency !== undefined);
  const cells = rows.map((row) => [
    row.name,
    nodeHours(row.billedNodeSeconds),
    nodeHours(row.provisionalNodeSeconds),
    ...columns.map(([, parts]) => percent(parts.reduce((sum, part) => sum + row.partsSlotMs[part], 0), row.billedSlotMs)),
    ...(hasEfficiency ? [percent(row.efficiency ?? 0, row.efficiency == null ? 0 : 1)] : []),
  ]);
  return table([heading, '>NODE-HOURS', '>PROVISIONAL', ...columns.map(([name]) => name), ...(hasEfficiency ? ['>EFFICIENCY'] : [])], cells);
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

function sentences({ total }: Accounting): readonly string[] {
  const { billedNodeSeconds, provisionalNodeSeconds, lowerBoundNodeSeconds, efficiency, billedSlotMs, partsSlotMs } = total;
  if (billedNodeSeconds === 0) return ['Nothing has been billed yet.'];
  const provisional = provisionalNodeSeconds === 0 ? 'all of it confirmed by the clusters' : `${nodeTime(provisionalNodeSeconds)} of it provisional until the clusters confirm the ends`;
  const part = (name: keyof LedgerParts): string => `${percent(partsSlotMs[name], billedSlotMs)} (${nodeTime((billedNodeSeconds * partsSlotMs[name]) / billedSlotMs)})`;
  const [worst] = wasteParts.toSorted((a, b) => partsSlotMs[b] - partsSlotMs[a]);
  return [
    `${nodeTime(billedNodeSeconds)} were billed, ${provisional}.`,
    `The work that was done could not have cost less than ${nodeTime(lowerBoundNodeSeconds)}: an efficiency of ${percent(efficiency ?? 0, 1)}.`,
    ...(worst === undefined || partsSlotMs[worst] === 0 ? [] : [`What else was paid for most is ${wasteMeaning[worst]}: ${part(worst)}.`]),
  ];
}

/** What each part that is neither work nor about to be means for people. */
const wasteMeaning = {
  redone: 'work that stops and dead nodes undid',
  failed: 'attempts that failed or were cancelled',
  startUp: 'nodes that started up or shut down',
  dispatch: 'slots that stood free while a run waited',
  closing: 'free slots of nodes that took no new runs',
  quantisation: 'free slots of the last node that was needed',
  fragmentation: 'free slots that moving runs together would give back',
  idle: 'nodes without any run',
} as const satisfies Partial<Record<keyof LedgerParts, string>>;

const wasteParts = Object.keys(wasteMeaning) as readonly (keyof typeof wasteMeaning)[];
