import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestManager } from '../../packages/testkit/src/index.ts';
import { waitUntil } from '../../packages/testkit/src/index.ts';
import { expect, test } from 'vitest';
import { describeOnSlurm, SlurmStage, stepsProgram } from './slurm-stage.ts';
import type { TracedStep } from './run-answers.ts';
import { all, attemptsOf, hasEnded, history, isExecuting, pidsOf, readTrace, untilNodes, untilRuns } from './run-answers.ts';

/** Short times, so that every end of a lease is seen: a silent node is given up after 15 + 10 + 0 + 20 s. */
const fencing = { lease: '15s', fs_staleness: '0s', link_patience: '30s' };
const givenUpMs = 45_000;
/** Long enough for every fault below; `finish` ends them. */
const steps = 1_500;
const patienceMs = 150_000;

interface Stage extends AsyncDisposable {
  readonly stage: SlurmStage;
  readonly manager: TestManager;
  readonly host: string;
}

/** Two runs execute on one node, and the cluster has a second node for them. `third` keeps a second node linked. */
async function twoRunsOnOneNode({ third = false } = {}): Promise<Stage> {
  const ids = third ? ['a', 'b', 'c'] : ['a', 'b'];
  const runs = Object.fromEntries(ids.map((id) => [id, { cmd: [stepsProgram, steps] }]));
  const stage = await SlurmStage.open({
    nodeCount: 2,
    cluster: { num_slots: 2, max_jobs: 2, consolidation: 'off', scaling_policy: 'maximize_running', ...fencing },
    runs,
  });
  const manager = await stage.startManager();
  const executing = await untilRuns(manager, all(isExecuting), patienceMs);
  const nodes = await untilNodes(
    manager,
    (found) => found.length === (third ? 2 : 1) && found.every(({ nodeStatus }) => nodeStatus === 'connected'),
    patienceMs,
  );
  const node = executing.find(({ id }) => id === 'e@a')?.node;
  await sleep(2_000);
  return {
    stage,
    manager,
    host: nodes.find(({ id }) => id === node)?.host ?? '',
    [Symbol.asyncDispose]: async () => {
      await manager[Symbol.asyncDispose]();
      await stage[Symbol.asyncDispose]();
    },
  };
}

function finish(stage: SlurmStage, ...runs: readonly string[]): void {
  for (const run of runs) stage.folder.writeBelow(`e/${run}/finish`, '');
}

/** Seconds in which an attempt still worked after a later one had begun; 0 when it did not. */
function overlapSeconds(trace: readonly TracedStep[], later: number): number {
  const beganAt = trace.find(({ attempt }) => attempt === later)?.atSeconds ?? Infinity;
  const lastBefore = Math.max(0, ...trace.filter(({ attempt }) => attempt < later).map(({ atSeconds }) => atSeconds));
  return Math.max(0, lastBefore - beganAt);
}

const isAtAttempt =
  (attempt: number) =>
  (run: { readonly attempt: number; readonly reason: string }): boolean =>
    run.attempt === attempt && run.reason === 'running';

describeOnSlurm('With a lease of 15 s', () => {
  test('a node that is frozen until its runs have started elsewhere ends them within a second of its thaw, and nothing that it says counts', async () => {
    await using on = await twoRunsOnOneNode();
    const { stage, manager, host } = on;
    await stage.slurm.freezeNode(host);
    const frozenMs = Date.now();
    await untilRuns(manager, (runs) => runs.filter(({ id }) => id !== 'e@c').every(isAtAttempt(2)), patienceMs);
    const settledMs = Date.now() - frozenMs;
    await sleep(1_000);
    const thawedAtSeconds = Date.now() / 1_000;
    await stage.slurm.thawNode(host);
    await sleep(5_000);
    const overlaps = ['a', 'b'].map((run) =>
      Math.max(
        0,
        Math.max(
          0,
          ...readTrace(stage.folder, run)
            .filter(({ attempt }) => attempt === 1)
            .map(({ atSeconds }) => atSeconds),
        ) - thawedAtSeconds,
      ),
    );
    process.stdout.write(
      `frozen node: its runs executed elsewhere after ${Math.round(settledMs / 1_000)} s; after its thaw they went on for ${overlaps.map((seconds) => `${seconds.toFixed(2)} s`).join(' and ')}\n`,
    );
    expect(settledMs).toBeGreaterThan(givenUpMs - 16_000);
    for (const seconds of overlaps) expect(seconds).toBeLessThan(1);
    finish(stage, 'a', 'b');
    expect(await untilRuns(manager, all(hasEnded), patienceMs)).toMatchObject([
      { status: 'finished', attempt: 2 },
      { status: 'finished', attempt: 2 },
    ]);
    expect((await attemptsOf(manager, 'e@a')).map(({ outcome }) => outcome?.kind)).toEqual(['lost', 'exit']);
  });

  test('a node that is frozen and thawed before its lease ends keeps its runs', async () => {
    await using on = await twoRunsOnOneNode();
    const { stage, manager, host } = on;
    const pids = await pidsOf(manager, await untilRuns(manager, all(isExecuting)));
    await stage.slurm.freezeNode(host);
    await sleep(8_000);
    await stage.slurm.thawNode(host);
    await sleep(20_000);
    expect(await pidsOf(manager, await untilRuns(manager, all(isAtAttempt(1))))).toEqual(pids);
    finish(stage, 'a', 'b');
    expect(await untilRuns(manager, all(hasEnded), patienceMs)).toMatchObject([
      { status: 'finished', attempt: 1 },
      { status: 'finished', attempt: 1 },
    ]);
  });

  test('a node that loses only its link goes on: what ends is read from the work-dir, the rest is fenced after link_patience', async () => {
    await using on = await twoRunsOnOneNode({ third: true });
    const { stage, manager, host } = on;
    await stage.slurm.partitionNetwork(host);
    await sleep(3_000);
    finish(stage, 'a');
    await untilRuns(manager, (runs) => runs.some(({ id, status }) => id === 'e@a' && status === 'finished'), patienceMs);
    await untilRuns(manager, (runs) => runs.some((run) => run.id === 'e@b' && isAtAttempt(2)(run)), patienceMs);
    expect((await history(manager)).join('\n')).toMatch(/1 attempt fenced/);
    expect(overlapSeconds(readTrace(stage.folder, 'b'), 2)).toBe(0);
    finish(stage, 'b', 'c');
    const ended = await untilRuns(manager, all(hasEnded), patienceMs);
    expect(ended.map(({ id, status, attempt }) => [id, status, attempt])).toEqual([
      ['e@a', 'finished', 1],
      ['e@b', 'finished', 2],
      ['e@c', 'finished', 1],
    ]);
  });

  test('a node that loses link and work-dir ends its runs, and only then they start elsewhere', async () => {
    await using on = await twoRunsOnOneNode();
    const { stage, manager, host } = on;
    const cutAtSeconds = Date.now() / 1_000;
    await stage.slurm.partitionNetwork(host);
    await stage.slurm.hideWorkDir(host, stage.folder.workDir);
    await untilRuns(manager, all(isAtAttempt(2)), patienceMs);
    await sleep(1_000);
    const traces = ['a', 'b'].map((run) => readTrace(stage.folder, run));
    for (const trace of traces) {
      expect(overlapSeconds(trace, 2)).toBe(0);
      const stoppedAfter = Math.max(...trace.filter(({ attempt }) => attempt === 1).map(({ atSeconds }) => atSeconds)) - cutAtSeconds;
      process.stdout.write(
        `cut off from everything a node ended a run after ${stoppedAfter.toFixed(1)} s, and it started elsewhere after ${((trace.find(({ attempt }) => attempt === 2)?.atSeconds ?? 0) - cutAtSeconds).toFixed(1)} s\n`,
      );
      expect(stoppedAfter).toBeLessThan(26);
    }
    finish(stage, 'a', 'b');
    expect(await untilRuns(manager, all(hasEnded), patienceMs)).toMatchObject([
      { status: 'finished', attempt: 2 },
      { status: 'finished', attempt: 2 },
    ]);
  });

  test('nodes find a manager that is killed and started again at another address, and nothing starts anew', async () => {
    await using on = await twoRunsOnOneNode();
    const { stage, manager } = on;
    const pids = await pidsOf(manager, await untilRuns(manager, all(isExecuting)));
    const before = stage.folder.read('.juqueue/addresses.json');
    await manager.end('SIGKILL');
    await using second = await stage.startManager();
    await untilNodes(second, (nodes) => nodes.length === 1 && nodes.every(({ nodeStatus }) => nodeStatus === 'connected'), patienceMs);
    expect(stage.folder.read('.juqueue/addresses.json')).not.toBe(before);
    expect(await pidsOf(second, await untilRuns(second, all(isAtAttempt(1))))).toEqual(pids);
    expect(await stage.liveJobs()).toHaveLength(1);
    finish(stage, 'a', 'b');
    expect(await untilRuns(second, all(hasEnded), patienceMs)).toMatchObject([
      { status: 'finished', attempt: 1 },
      { status: 'finished', attempt: 1 },
    ]);
  });

  test('of two managers the one from another host refuses while the first lives, takes over when it stands still, and the first then ends', async () => {
    await using on = await twoRunsOnOneNode();
    const { stage, manager } = on;
    const pids = await pidsOf(manager, await untilRuns(manager, all(isExecuting)));
    const otherHost = ['unshare', '--uts', 'sh', '-c', 'hostname elsewhere; exec "$@"', 'sh'];
    const lock = join(stage.folder.workDir, '.lock');
    await expect(stage.startManager({}, otherHost)).rejects.toThrow(/is locked by the manager with process \d+/);
    // Many file systems know no locks between hosts: then the counter decides.
    rmSync(lock);
    await expect(stage.startManager({}, otherHost)).rejects.toThrow(/works on this work-dir/);

    manager.process.kill('SIGSTOP');
    rmSync(lock, { force: true });
    await using second = await stage.startManager({}, otherHost);
    manager.process.kill('SIGCONT');
    expect(await waitUntil('the first has ended', 60_000, () => manager.process.exitCode ?? undefined)).toBe(3);
    expect(manager.output).toContain('Another manager has taken over this work-dir');
    expect(await pidsOf(second, await untilRuns(second, all(isAtAttempt(1)), patienceMs))).toEqual(pids);
    finish(stage, 'a', 'b');
    expect(await untilRuns(second, all(hasEnded), patienceMs)).toMatchObject([
      { status: 'finished', attempt: 1 },
      { status: 'finished', attempt: 1 },
    ]);
  });
});
