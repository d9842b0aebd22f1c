import type { ParameterFacet, Run } from '@juqueue/client';

/** A column of the list of runs. */
export interface Column {
  readonly id: string;
  readonly label: string;
  /** What the server sorts by. */
  readonly sort: string | null;
  readonly widthPx: number;
  readonly isNumber: boolean;
  /** The name of the parameter that it shows. */
  readonly parameter: string | null;
}

/** More columns than these nobody compares; people choose others by name. Runs of several experiments share few parameters. */
const mostParameterColumns = 6;
const mostSharedColumns = 3;

const before: readonly Column[] = [
  { id: 'run', label: 'Run', sort: 'id', widthPx: 210, isNumber: false, parameter: null },
  { id: 'status', label: 'Status', sort: 'status', widthPx: 150, isNumber: false, parameter: null },
];

const after: readonly Column[] = [
  { id: 'took', label: 'Took', sort: 'duration', widthPx: 84, isNumber: true, parameter: null },
  { id: 'changed', label: 'Changed', sort: 'changed', widthPx: 84, isNumber: true, parameter: null },
  { id: 'detail', label: 'Reason', sort: null, widthPx: 260, isNumber: false, parameter: null },
  { id: 'node', label: 'Node', sort: 'node', widthPx: 110, isNumber: false, parameter: null },
  { id: 'attempt', label: 'Attempt', sort: 'attempt', widthPx: 84, isNumber: true, parameter: null },
];

/** The width of the names that are listed, within these; what they leave goes to the reason. */
const nameWidthPx = { least: 120, most: 320, ofLetter: 8.2, padding: 28 };

/** On a phone the name of a run and its status are seen together, the rest by a swipe. */
const narrowWidthPx: Readonly<Record<string, number>> = { run: 124, status: 128 };

/** The columns for what is listed: a parameter that varies has one, what is equal everywhere is said once. */
export function columnsFor(
  parameters: readonly ParameterFacet[],
  { isNarrow = false, isOneExperiment = false, isOfFailed = false, longestName = 0, chosen = null as readonly string[] | null } = {},
): readonly Column[] {
  const shown = (
    chosen === null
      ? mostTelling(parameters, isOneExperiment ? mostParameterColumns : mostSharedColumns)
      : parameters.filter(({ name }) => chosen.includes(name))
  ).map(({ name, values, minimum }): Column => {
    const longest = Math.max(name.length + 2, ...values.map(({ value }) => value.length));
    return {
      id: `parameters.${name}`,
      label: name,
      sort: `parameters.${name}`,
      widthPx: Math.min(180, 28 + 8 * longest),
      isNumber: minimum !== null,
      parameter: name,
    };
  });
  const named = before.map((column) =>
    column.id === 'run' && longestName > 0 ? { ...column, widthPx: widthOfNames(longestName) } : column,
  );
  // Who looks at failed runs wants to know why, before anything else.
  const columns = isOfFailed
    ? [...named, ...after.filter(isReason), ...shown, ...after.filter((column) => !isReason(column))]
    : [...named, ...shown, ...after];
  return isNarrow ? columns.map((column) => ({ ...column, widthPx: narrowWidthPx[column.id] ?? column.widthPx })) : columns;
}

function widthOfNames(longest: number): number {
  const { least, most, ofLetter, padding } = nameWidthPx;
  return Math.round(Math.min(most, Math.max(least, padding + ofLetter * longest)));
}

function isReason({ id }: Column): boolean {
  return id === 'detail';
}

/** Those that vary; where there are too many, those that most runs have. A parameter of too many values to be listed is one of many runs. */
function mostTelling(parameters: readonly ParameterFacet[], most: number): readonly ParameterFacet[] {
  const varying = parameters.filter(({ isVarying }) => isVarying);
  const runsWith = ({ values }: ParameterFacet): number =>
    values.length === 0 ? Number.POSITIVE_INFINITY : values.reduce((sum, { runs }) => sum + runs, 0);
  const kept = new Set([...varying].sort((a, b) => (runsWith(a) === runsWith(b) ? 0 : runsWith(b) - runsWith(a))).slice(0, most));
  return varying.filter((parameter) => kept.has(parameter));
}

/** Parameters that have the same value in all listed runs. */
export function sharedParameters(parameters: readonly ParameterFacet[]): readonly string[] {
  return parameters.flatMap(({ name, isVarying, values }) =>
    isVarying || values[0] === undefined ? [] : [`${name} = ${values[0].value}`],
  );
}

/** The keys of a row that the columns need; the less, the more rows a page holds. All parameters while nobody knows which are columns: asking twice takes longer. */
export function fieldsFor(columns: readonly Column[], areKnown = true): readonly string[] {
  const always = ['id', 'status', 'reason', 'detail', 'node', 'attempt', 'startedAtMs', 'endedAtMs', 'changedAtMs', 'exitCode'];
  if (!areKnown) return [...always, 'parameters'];
  return [...always, ...columns.flatMap(({ parameter }) => (parameter === null ? [] : [`parameters.${parameter}`]))];
}

/** A parameter of a row. Rows hold what was asked for, which may have been less than the columns want by now. */
export function parameterOf(run: Partial<Pick<Run, 'parameters'>>, name: string): string | number | boolean | undefined {
  return run.parameters?.[name];
}

/** How long the newest attempt has executed; null before its start. */
export function tookMs(run: Run, nowMs: number): number | null {
  if (run.startedAtMs === null) return null;
  if (run.endedAtMs !== null) return run.endedAtMs - run.startedAtMs;
  return run.status === 'running' ? nowMs - run.startedAtMs : null;
}

/** Why the run is as it is, without the exit code, which stands beside its status. */
export function reasonOf({ detail }: Pick<Run, 'detail'>): string {
  return (detail ?? '').replace(/^exited with code \d+(: |$)/, '');
}
