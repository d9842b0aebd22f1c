import { Dice } from './dice.ts';
import type { FaultKind } from './faults.ts';
import { rollScenario } from './scenario.ts';
import { Site } from './site.ts';
import { formatInstant, Timeline } from './timeline.ts';

export interface SimulationResult {
  readonly seed: number;
  /** The first promise that was broken, as a sentence; null when all held. */
  readonly violation: string | null;
  /** The last lines of what happened. */
  readonly tail: readonly string[];
  readonly steps: number;
  readonly virtualMs: number;
  readonly attempts: number;
  readonly requeues: number;
  readonly longestOverlapMs: number;
}

/** How long after the end of all faults everything must be over; the longest patience of the rules is half an hour. */
const settleWithinMs = 4 * 3_600_000;

export interface SimulationOptions {
  /** Gets every line of the trace as it is made. */
  readonly print?: (line: string) => void;
  /** The only faults that the world knows, instead of those that its seed picks. */
  readonly only?: readonly FaultKind[] | null;
}

/** The world of one seed from its beginning to its end. Equal seeds give equal traces. */
export async function simulate(seed: number, { print, only }: SimulationOptions = {}): Promise<SimulationResult> {
  const dice = new Dice(seed);
  const timeline = new Timeline(print ?? null);
  const rolled = rollScenario(dice);
  const scenario = { ...rolled, faults: only ?? rolled.faults };
  timeline.tell(`seed ${seed}: ${scenario.runs.length} runs, faults: ${scenario.faults.join('; ') || 'none'}`);
  const site = new Site(scenario, timeline, dice);
  const { truth } = site;
  const onRejection = (reason: unknown): void =>
    truth.broken(
      `a promise was rejected and nobody looked: ${reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)}`,
    );
  process.on('unhandledRejection', onRejection);
  try {
    site.begin();
    while (truth.violation === null && !isOver(site)) {
      if (timeline.nowMs > scenario.faultsEndMs + settleWithinMs) {
        truth.broken(`${formatInstant(settleWithinMs)} after the last fault not everything is over: ${unfinished(site).join('; ')}`);
        break;
      }
      await timeline.step();
    }
  } catch (error) {
    truth.broken(error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    process.off('unhandledRejection', onRejection);
  }
  return {
    seed,
    violation: truth.violation,
    tail: timeline.tail,
    steps: timeline.steps,
    virtualMs: timeline.nowMs,
    attempts: [...truth.world.allRuns].reduce((sum, run) => sum + run.attempt, 0),
    requeues: truth.requeues,
    longestOverlapMs: truth.longestOverlapMs,
  };
}

function isOver(site: Site): boolean {
  return site.areFaultsOver && unfinished(site).length === 0;
}

/** What is not as it must be at the end: every run decided, nothing executing, nothing billed, nobody forgotten. */
function unfinished(site: Site): readonly string[] {
  const { world } = site.truth;
  const open: string[] = [];
  for (const { definition } of site.scenario.runs) {
    const run = world.run(`e@${definition.name}`);
    if (run === undefined) open.push(`${definition.name} is not known`);
    else if (run.status === 'ready' || run.status === 'running' || run.reason === 'user-cancelled')
      open.push(`${run.id} is ${run.status}/${run.reason}`);
  }
  for (const { run, attempt } of site.truth.executing) open.push(`${run}#${attempt} executes`);
  for (const job of site.cluster.openJobs) open.push(`${job} is billed`);
  for (const { process } of site.nodes) open.push(`${process.name} lives`);
  for (const allocation of world.allocations)
    open.push(`${allocation.id} is ${allocation.status}, its node ${allocation.node?.status ?? 'never came'}`);
  if (site.manager?.isServing !== true) open.push('no manager serves');
  return open;
}
