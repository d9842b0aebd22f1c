import type { ApiClient, ExperimentSummary } from '@juqueue/client';
import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { visibleText } from '../output/visible-text.ts';
import { bar } from '../output/bar.ts';
import type { Terminal } from '../output/terminal.ts';
import { shortDuration } from '../output/times.ts';
import { printJson } from '../verb.ts';
import type { VerbContext, VerbResult } from '../verb.ts';

export interface ProgressOptions {
  readonly once?: boolean;
  readonly interval?: number;
}

const defaultIntervalMs = 1_000;

/**
 * How far experiments are, until none has runs that are ready or running: bars, rate, time that is left with its range,
 * failures. On a terminal the lines are drawn over, the window's title and progress follow, and the end rings. Ends with
 * runsFailed when runs failed.
 */
export async function progress(context: VerbContext, names: readonly string[], options: ProgressOptions): VerbResult {
  const { client } = await context.connect();
  const { terminal } = context;
  const screen = new Screen(terminal, context.options.json === true);
  const first = await experimentsOf(client, names);
  const began = { atMs: context.nowMs(), finished: ended(first) };
  for (let experiments = first; ; experiments = await experimentsOf(client, names)) {
    const isOver = experiments.every(({ counts }) => counts.ready + counts.running === 0);
    if (context.options.json === true) printJson(terminal, { experiments });
    else
      screen.draw(
        experiments.map((experiment) => line(experiment, terminal)),
        summary(experiments, rate(experiments, began, context.nowMs())),
        doneShare(experiments),
      );
    if (isOver || options.once === true) {
      screen.end(isOver);
      return experiments.some(({ counts }) => counts.failed > 0) ? exitCodes.runsFailed : exitCodes.ok;
    }
    await context.sleep(options.interval === undefined ? defaultIntervalMs : options.interval * 1_000);
  }
}

async function experimentsOf(client: ApiClient, names: readonly string[]): Promise<readonly ExperimentSummary[]> {
  if (names.length > 0) return Promise.all(names.map((name) => client.call('getExperiment', { path: { name } })));
  const { experiments } = await client.call('listExperiments', { query: { limit: 1000 } });
  if (experiments.length === 0)
    throw new CommandError(
      exitCodes.noMatch,
      'JQ_EXPERIMENT_NOT_FOUND',
      'There is no experiment.',
      'juqueue reload reads the definitions again.',
    );
  return experiments;
}

function line({ name, runs, counts, remaining }: ExperimentSummary, terminal: Terminal): string {
  const done = counts.finished + counts.failed;
  const share = runs === 0 ? 0 : done / runs;
  const failed = counts.failed === 0 ? '' : `  ${terminal.tint('red', `${counts.failed} failed`)}`;
  const isOver = counts.ready + counts.running === 0;
  const left = isOver
    ? 'done'
    : remaining === null
      ? `${counts.running} running`
      : `${shortDuration(remaining.likelyMs)} left (${shortDuration(remaining.lowMs)} to ${shortDuration(remaining.highMs)})`;
  return `${name.padEnd(20).slice(0, 40)} ${bar(share, 20)} ${String(Math.floor(share * 100)).padStart(3)}%  ${done}/${runs}  ${left}${failed}`;
}

function summary(experiments: readonly ExperimentSummary[], runsPerHour: number | null): string {
  const sum = (status: keyof ExperimentSummary['counts']): number => experiments.reduce((total, { counts }) => total + counts[status], 0);
  const pace = runsPerHour === null ? '' : `, ${runsPerHour >= 10 ? Math.round(runsPerHour) : runsPerHour.toFixed(1)} runs an hour`;
  return `${sum('running')} running, ${sum('ready')} ready, ${sum('finished')} finished, ${sum('failed')} failed${pace}`;
}

/** Runs that ended since we look, by hour; null until one has. */
function rate(
  experiments: readonly ExperimentSummary[],
  began: { readonly atMs: number; readonly finished: number },
  nowMs: number,
): number | null {
  const count = ended(experiments) - began.finished;
  return count <= 0 || nowMs <= began.atMs ? null : (count * 3_600_000) / (nowMs - began.atMs);
}

function ended(experiments: readonly ExperimentSummary[]): number {
  return experiments.reduce((total, { counts }) => total + counts.finished + counts.failed, 0);
}

function doneShare(experiments: readonly ExperimentSummary[]): number {
  const runs = experiments.reduce((total, experiment) => total + experiment.runs, 0);
  return runs === 0 ? 0 : ended(experiments) / runs;
}

/** Draws over what it drew before, and tells the terminal how far it is; elsewhere a line whenever something has changed. */
class Screen {
  readonly #terminal: Terminal;
  readonly #isQuiet: boolean;
  #lines = 0;
  #lastLine = '';

  constructor(terminal: Terminal, isQuiet: boolean) {
    this.#terminal = terminal;
    this.#isQuiet = isQuiet;
  }

  draw(lines: readonly string[], summaryLine: string, share: number): void {
    if (!this.#terminal.isOutTerminal) {
      if (summaryLine !== this.#lastLine) this.#terminal.out(`${summaryLine}\n`);
      this.#lastLine = summaryLine;
      return;
    }
    const back = this.#lines === 0 ? '' : `\u001b[${this.#lines}A`;
    const percent = Math.floor(share * 100);
    // OSC 9;4 is the progress of the window in its task bar, OSC 2 its title.
    const told = `\u001b]9;4;1;${percent}\u0007\u001b]2;juqueue ${percent}%\u0007`;
    this.#terminal.raw(`${told}${back}${[...lines, summaryLine].map((text) => `\u001b[2K${visibleText(text)}\n`).join('')}`);
    this.#lines = lines.length + 1;
  }

  end(isOver: boolean): void {
    if (this.#terminal.isOutTerminal && !this.#isQuiet) this.#terminal.raw(`\u001b]9;4;0\u0007${isOver ? '\u0007' : ''}`);
  }
}
