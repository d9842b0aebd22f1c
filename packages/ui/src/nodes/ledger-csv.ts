import type { Accounting, LedgerParts } from '@juqueue/client';
import { partNodeSeconds, partWords } from './parts.ts';

interface Account {
  readonly billedNodeSeconds: number;
  readonly billedSlotMs: number;
  readonly partsSlotMs: LedgerParts;
}

/** The bill by cluster, experiment and day as CSV (RFC 4180), in node-seconds; the parts of each row sum to what it was billed. */
export function ledgerCsv({
  clusters,
  experiments,
  unattributed,
  days,
}: Pick<Accounting, 'clusters' | 'experiments' | 'unattributed' | 'days'>): string {
  const rows: (readonly string[])[] = [
    ['kind', 'name', 'billedNodeSeconds', ...partWords.map(({ part }) => `${part}NodeSeconds`)],
    ...clusters.map((account) => row('cluster', account.name, account)),
    ...experiments.map((account) => row('experiment', account.name, account)),
    row('unattributed', '', unattributed),
    ...days.map((account) => row('day', account.day, account)),
  ];
  return rows.map((cells) => `${cells.join(',')}\r\n`).join('');
}

/** Names are path components and days: none needs quotes, save for commas. */
function row(kind: string, name: string, account: Account): readonly string[] {
  return [
    kind,
    name.includes(',') ? `"${name}"` : name,
    figure(account.billedNodeSeconds),
    ...partWords.map(({ part }) => figure(partNodeSeconds(account.partsSlotMs[part], account))),
  ];
}

function figure(seconds: number): string {
  return String(Math.round(seconds * 1_000) / 1_000);
}
