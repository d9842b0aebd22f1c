import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { DefinedRun, DurableEvent, RunDefinition } from '@juqueue/core';
import { Accounts, Changes, definitionHash, planTick, World } from '@juqueue/core';
import { testCluster, testRun } from '../fakes/engine-world.ts';

/** So that what is counted as heap is in use. */
setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** What the manager may take with a million runs in state. */
const goalBytes = 1.5e9;
const runCount = 1_000_000;
const runsPerExperiment = 100_000;
const nodes = 1_000;
const slots = 4;

/**
 * A million runs in the state of a manager, as they come from a journal: each with a definition of its own, nothing shared.
 * 1 000 nodes are full and 100 000 runs wait. Prints memory after each step and how long a decision takes.
 */
function bench(): void {
  const world = new World();
  const accounts = new Accounts();
  let atMs = 1_700_000_000_000;
  const tell = (event: DurableEvent): void => {
    atMs += 1;
    world.apply(event, atMs, new Changes());
    accounts.follow(event, atMs, world);
  };
  report('empty');
  tell({ kind: 'clusters-defined', clusters: [testCluster({ slotsPerNode: slots, nodeResources: { slots }, maxAllocations: nodes })] });
  for (let from = 0; from < runCount; from += runsPerExperiment) {
    const experiment = `sweep${from / runsPerExperiment}`;
    const added = Array.from({ length: runsPerExperiment }, (_, index) => fromJournal(definedRun(from + index)));
    tell({ kind: 'experiment-defined', experiment, autostart: from === 0, added, changed: [], removed: [] });
  }
  report(`${runCount} runs`);
  for (let i = 0; i < nodes; i += 1) addNode(tell, `c-${String(i + 1).padStart(5, '0')}`);
  let startedRuns = 0;
  const ready = [...(world.experiments.get('sweep0')?.runIds ?? [])].slice(0, nodes * slots - 50);
  for (const run of ready) {
    const node = `c-${String(Math.floor(startedRuns / slots) + 1).padStart(5, '0')}`;
    const place = { run, attempt: 1, slots: [startedRuns % slots] };
    tell({ kind: 'run-placed', ...place, node, nonce: node });
    tell({ kind: 'run-started', ...place, pid: 1, startedAtMs: atMs });
    startedRuns += 1;
  }
  report(`${nodes} nodes, ${startedRuns} runs on them, ${world.readyCount} ready`);
  const wallMs: number[] = [];
  const processorMs: number[] = [];
  for (let i = 0; i < 200; i += 1) {
    const beganMs = performance.now();
    const began = process.threadCpuUsage();
    planTick(world, atMs);
    const { user, system } = process.threadCpuUsage(began);
    wallMs.push(performance.now() - beganMs);
    processorMs.push((user + system) / 1_000);
  }
  for (const [clock, tookMs] of [
    ['by the clock', wallMs],
    ['of processor time', processorMs],
  ] as const) {
    const sorted = tookMs.toSorted((a, b) => a - b);
    console.log(`a decision takes ${(sorted[100] ?? 0).toFixed(1)} ms (median), ${(sorted[197] ?? 0).toFixed(1)} ms (p99) ${clock}`);
  }
  const bytes = report('after 200 decisions');
  console.log(bytes <= goalBytes ? 'within the goal of 1.5 GB' : 'above the goal of 1.5 GB');
  if (bytes > goalBytes) process.exitCode = 1;
}

function definedRun(index: number): DefinedRun {
  const definition: RunDefinition = {
    ...testRun(`lr${index % 1_000}_seed${index}`),
    cmd: ['python3', '/home/somebody/project/train.py', '--config', '/home/somebody/project/config.yaml'],
    parameters: { lr: (index % 1_000) / 1_000, seed: index, model: `resnet${index % 5}` },
    checkpoint: { kind: 'every', everyMs: 600_000 },
    executor: { ...testRun('template').executor, env: { OMP_NUM_THREADS: '8', WANDB_MODE: 'offline' }, venv: '/home/somebody/venv' },
  };
  return { definition, definitionHash: definitionHash(definition) };
}

/** As it is read again: no two runs share a part. */
function fromJournal(run: DefinedRun): DefinedRun {
  return JSON.parse(JSON.stringify(run)) as DefinedRun;
}

function addNode(tell: (event: DurableEvent) => void, id: string): void {
  tell({
    kind: 'allocation-requested',
    allocation: id,
    cluster: 'c',
    token: id,
    slots,
    resources: { slots },
    walltimeMs: null,
    leaseMs: null,
  });
  tell({ kind: 'allocation-submitted', allocation: id, jobId: id });
  tell({ kind: 'allocation-started', allocation: id, startedAtMs: 1_700_000_000_000, host: id });
  tell({ kind: 'node-appeared', node: id, nonce: id, host: id, pid: 1, deadlineMs: null });
}

/** Answers the resident memory: what the machine has to give, garbage that V8 has not given back included. */
function report(step: string): number {
  collectGarbage();
  const { rss, heapUsed } = process.memoryUsage();
  console.log(`${step}: ${(heapUsed / 1e6).toFixed(0)} MB of heap, ${(rss / 1e6).toFixed(0)} MB resident`);
  return rss;
}

bench();
