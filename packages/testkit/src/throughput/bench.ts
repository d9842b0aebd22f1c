import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { openJournalStore, workDirPaths } from '@juqueue/core';
import type { StoredEvent } from '@juqueue/core';
import { TestFolder, TestManager } from '../manager/test-manager.ts';

/** How fast short runs follow each other, beside what xargs makes of this machine in the same minute. */
const runs = Number(process.argv[2] ?? 5_000);
const slots = availableParallelism();

const baseline = await xargsRate();
const ours = await juqueueRate();
console.log(`xargs -P${slots}   ${baseline.toFixed(0)} runs/s`);
console.log(`juqueue     ${ours.rate.toFixed(0)} runs/s  (${(ours.rate / baseline).toFixed(2)} of xargs; goal 0.5)`);
console.log(`gap between a run's end and the next start in its slot: median ${ours.medianGapMs} ms (goal 20 ms)`);

async function xargsRate(): Promise<number> {
  const numbers = Array.from({ length: runs }, (_, i) => `${i}\n`).join('');
  const beganMs = performance.now();
  const xargs = spawn('xargs', [`-P${slots}`, '-n1', '/bin/true'], { stdio: ['pipe', 'ignore', 'inherit'] });
  xargs.stdin.end(numbers);
  await once(xargs, 'exit');
  return (runs * 1000) / (performance.now() - beganMs);
}

async function juqueueRate(): Promise<{ readonly rate: number; readonly medianGapMs: number }> {
  using folder = new TestFolder({
    'clusters.yaml': `node:\n  type: local\n  max_jobs: 1\n  num_slots: ${slots}\n`,
    'experiments/short.yaml': `name: short\nautostart: true\ndefaults: { cluster: node, cmd: [/bin/true] }\nmatrix: { i: { from: 1, to: ${runs} } }\nid: "r{i}"\n`,
  });
  await using manager = await TestManager.start(folder);
  await manager.until<{ counts: { finished: number } }>('/api/v1/experiments/short', (answer) => answer.counts.finished === runs, 600_000);
  await manager.end();
  return measure(await journal(join(folder.workDir, workDirPaths.journal)));
}

async function journal(directory: string): Promise<readonly StoredEvent[]> {
  const opened = await openJournalStore({ directory });
  if (opened.kind === 'damaged') throw new Error('the journal of this bench is damaged');
  const events: StoredEvent[] = [];
  for await (const batch of opened.store.replay(1)) events.push(...batch);
  await opened.store.close();
  return events;
}

/** From the first start to the last end, and between neighbours in a slot, by the node's own clock. */
function measure(events: readonly StoredEvent[]): { readonly rate: number; readonly medianGapMs: number } {
  const started = new Map<string, { readonly slot: number; readonly startMs: number }>();
  const bySlot = new Map<number, { readonly startMs: number; readonly endMs: number }[]>();
  for (const { event } of events) {
    if (event.kind === 'run-started') started.set(event.run, { slot: event.slots[0] ?? 0, startMs: event.startedAtMs });
    if (event.kind !== 'run-ended') continue;
    const { slot, startMs } = started.get(event.run) ?? { slot: 0, startMs: event.outcome.startedAtMs ?? event.outcome.endedAtMs };
    const spans = bySlot.get(slot);
    if (spans === undefined) bySlot.set(slot, [{ startMs, endMs: event.outcome.endedAtMs }]);
    else spans.push({ startMs, endMs: event.outcome.endedAtMs });
  }
  const gaps: number[] = [];
  for (const spans of bySlot.values()) {
    spans.sort((a, b) => a.startMs - b.startMs);
    spans.forEach((span, i) => {
      const before = spans[i - 1];
      if (before !== undefined) gaps.push(span.startMs - before.endMs);
    });
  }
  gaps.sort((a, b) => a - b);
  const all = [...bySlot.values()].flat();
  const spanMs = Math.max(...all.map((span) => span.endMs)) - Math.min(...all.map((span) => span.startMs));
  return { rate: (all.length * 1000) / spanMs, medianGapMs: gaps[gaps.length >> 1] ?? 0 };
}
