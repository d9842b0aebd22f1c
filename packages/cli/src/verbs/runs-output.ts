import type { Run } from '@juqueue/client';
import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { statusTint } from '../output/status-tint.ts';
import { table } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import { ago, shortDuration } from '../output/times.ts';

export const runFormats = ['table', 'wide', 'name', 'tsv'] as const;
export type RunFormat = (typeof runFormats)[number];

/** Columns of `-o tsv` when none are named: what scripts ask for. */
const tsvFields = ['id', 'status', 'reason', 'attempt', 'node', 'startedAtMs', 'endedAtMs', 'exitCode'];

/** Rows for people, or one line each for programs. `fields` names the columns, `parameters.<name>` for one parameter. */
export function formatRuns(
  rows: readonly Run[],
  format: RunFormat,
  fields: readonly string[] | null,
  terminal: Terminal,
  nowMs: number,
): string {
  if (format === 'name') return rows.map((run) => `${run.id}\n`).join('');
  if (format === 'tsv') {
    const columns = fields ?? tsvFields;
    return [columns, ...rows.map((run) => columns.map((field) => plain(run, field).replace(/[\t\n\r]/g, ' ')))]
      .map((cells) => `${cells.join('\t')}\n`)
      .join('');
  }
  if (fields !== null)
    return table(
      fields.map((field) => field.replace(/^parameters\./, '')),
      rows.map((run) => fields.map((field) => plain(run, field))),
    );
  return runTable(rows, format === 'wide', terminal, nowMs);
}

function runTable(rows: readonly Run[], isWide: boolean, terminal: Terminal, nowMs: number): string {
  const varying = varyingParameters(rows);
  const cells = rows.map((run) => [
    run.id,
    terminal.tint(statusTint[run.status], run.status),
    run.reason === run.status ? '' : run.reason,
    ...varying.map((name) => String(run.parameters[name] ?? '-')),
    String(run.attempt),
    run.node ?? '-',
    took(run, nowMs),
    ago(run.endedAtMs, nowMs),
    ...(isWide
      ? [
          run.exitCode === null ? '-' : String(run.exitCode),
          String(run.priority),
          String(run.slots),
          run.clusters.join(','),
          run.detail ?? '',
        ]
      : []),
  ]);
  const wide = isWide ? ['>EXIT', '>PRIORITY', '>SLOTS', 'CLUSTERS', 'DETAIL'] : [];
  return table(['RUN', 'STATUS', 'REASON', ...varying, '>TRY', 'NODE', '>TOOK', '>ENDED', ...wide], cells);
}

/** Parameters that differ between the rows, at most six: the others say nothing. */
function varyingParameters(rows: readonly Run[]): readonly string[] {
  const names = new Set(rows.flatMap((run) => Object.keys(run.parameters)));
  return [...names].filter((name) => new Set(rows.map((run) => run.parameters[name])).size > 1).slice(0, 6);
}

function took(run: Run, nowMs: number): string {
  if (run.startedAtMs === null) return '-';
  return shortDuration((run.endedAtMs ?? nowMs) - run.startedAtMs);
}

/** The value as it is, empty where there is none. */
function plain(run: Run, field: string): string {
  const value: unknown = field.startsWith('parameters.') ? run.parameters?.[field.slice('parameters.'.length)] : run[field as keyof Run];
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export function readFormat(text: string | undefined): RunFormat {
  const format = runFormats.find((known) => known === (text ?? 'table'));
  if (format !== undefined) return format;
  throw new CommandError(exitCodes.usage, 'JQ_BAD_REQUEST', `-o is '${text}', expected one of ${runFormats.join(', ')}.`);
}
