import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestFolder, TestManager } from '../../packages/testkit/src/index.ts';

/** A run as `/api/v1/runs` answers it. */
export interface RunAnswer {
  readonly id: string;
  readonly status: string;
  readonly reason: string;
  readonly detail: string | null;
  readonly attempt: number;
  readonly node: string | null;
}

export interface NodeAnswer {
  readonly id: string;
  readonly jobId: string | null;
  readonly host: string | null;
  readonly allocationStatus: string;
  readonly nodeStatus: string | null;
  readonly occupants: readonly (string | null)[];
  readonly waitingFor: string | null;
}

export interface AttemptAnswer {
  readonly attempt: number;
  readonly pid: number | null;
  readonly node: string;
  readonly outcome: { readonly kind: string; readonly exitCode: number | null; readonly stopCause: string | null } | null;
}

/** Waits until the runs of the experiment `e` satisfy the condition. */
export async function untilRuns(
  manager: TestManager,
  holds: (runs: readonly RunAnswer[]) => boolean,
  patienceMs = 60_000,
): Promise<readonly RunAnswer[]> {
  const { runs } = await manager.until<{ runs: readonly RunAnswer[] }>(
    '/api/v1/runs?limit=200',
    ({ runs }) => runs.length > 0 && holds(runs),
    patienceMs,
  );
  return runs;
}

export const all =
  (holds: (run: RunAnswer) => boolean) =>
  (runs: readonly RunAnswer[]): boolean =>
    runs.every(holds);

export const isExecuting = (run: RunAnswer): boolean => run.status === 'running' && run.reason === 'running';
export const isFinished = (run: RunAnswer): boolean => run.status === 'finished';
export const hasEnded = (run: RunAnswer): boolean => run.status === 'finished' || run.status === 'failed';

export async function untilNodes(
  manager: TestManager,
  holds: (nodes: readonly NodeAnswer[]) => boolean,
  patienceMs = 60_000,
): Promise<readonly NodeAnswer[]> {
  const { nodes } = await manager.until<{ nodes: readonly NodeAnswer[] }>('/api/v1/nodes', ({ nodes }) => holds(nodes), patienceMs);
  return nodes;
}

export async function attemptsOf(manager: TestManager, run: string): Promise<readonly AttemptAnswer[]> {
  const { attempts } = await manager.json<{ attempts: readonly AttemptAnswer[] }>(`/api/v1/runs/${encodeURIComponent(run)}/attempts`);
  return attempts;
}

/** Process id of each executing run, by its id. */
export async function pidsOf(manager: TestManager, runs: readonly RunAnswer[]): Promise<ReadonlyMap<string, number | null>> {
  return new Map(await Promise.all(runs.map(async ({ id }) => [id, (await attemptsOf(manager, id)).at(-1)?.pid ?? null] as const)));
}

/** The sentences of everything that happened so far, oldest first. */
export async function history(manager: TestManager): Promise<readonly string[]> {
  const response = await manager.request('/api/v1/events', { headers: { accept: 'application/x-ndjson' } });
  const lines = (await response.text()).split('\n').filter((line) => line !== '');
  return lines.map((line) => (JSON.parse(line) as { sentence: string }).sentence);
}

/** One step of `programs/steps.sh`. */
export interface TracedStep {
  readonly attempt: number;
  readonly pid: number;
  readonly atSeconds: number;
  readonly step: string;
}

/** What a run of the experiment `e` wrote down about itself, whoever executed it. */
export function readTrace(folder: TestFolder, run: string): readonly TracedStep[] {
  const lines = readFileSync(join(folder.workDir, 'e', run, 'trace'), 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line) => {
    const [attempt, pid, atSeconds, step = ''] = line.split(' ');
    return { attempt: Number(attempt), pid: Number(pid), atSeconds: Number(atSeconds), step };
  });
}

/** Steps of an attempt after a later one had begun. */
function overlaps(trace: readonly TracedStep[]): readonly string[] {
  return trace.flatMap((step, at) => {
    const earlier = trace
      .slice(0, at)
      .find((other) => other.attempt > step.attempt || (other.attempt === step.attempt && other.pid !== step.pid));
    return earlier === undefined
      ? []
      : [
          `attempt ${step.attempt} (process ${step.pid}) at ${step.atSeconds}, after attempt ${earlier.attempt} (process ${earlier.pid}) had begun`,
        ];
  });
}

/** What went wrong with the promise that a run ends once and no two of its attempts live at the same time. */
export function faults(trace: readonly TracedStep[]): readonly string[] {
  const ends = trace.filter(({ step }) => step === 'done').length;
  return [...(ends === 1 ? [] : [`it came to its end ${ends} times`]), ...overlaps(trace)];
}
