import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { TestFolder, TestManager } from '../packages/testkit/src/manager/test-manager.ts';

const runCount = 100_000;
/** Goals hold for a machine that does nothing else; elsewhere five times as much is still no accident of the machine. */
const slack = 5;

const files = {
  'clusters.yaml': 'local: { type: local, max_jobs: 0, num_slots: 2 }\n',
  'experiments/e.yaml': `name: e\nautostart: true\ndefaults: { cluster: local, cmd: ["true"], checkpoint: none }\nmatrix: { i: { from: 1, to: ${runCount} } }\nid: "r{i}"\n`,
};

/** CPU time of all threads of a process so far; a busy machine stretches the clock and not this. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

describe('with 100 000 runs', { timeout: 300_000 }, () => {
  test('a restart serves within 3 s, and a cancel of 20 000 takes at most 5 s in which other questions are answered', async () => {
    using folder = new TestFolder(files);
    const first = await TestManager.start(folder);
    await first.end('SIGKILL');

    const restartedMs = Date.now();
    await using manager = await TestManager.start(folder);
    const restartSeconds = (Date.now() - restartedMs) / 1_000;
    const workedSeconds = cpuSeconds(manager.process.pid ?? 0);

    let isCancelling = true;
    let longestAnswerMs = 0;
    const asking = (async () => {
      while (isCancelling) {
        const askedMs = performance.now();
        expect((await manager.request('/api/v1/runs?limit=5')).status).toBe(200);
        longestAnswerMs = Math.max(longestAnswerMs, performance.now() - askedMs);
        await sleep(20);
      }
    })();
    const cancelledMs = performance.now();
    const response = await manager.request('/api/v1/runs:cancel', {
      method: 'POST',
      body: JSON.stringify({ selector: { where: ['i<=20000'] } }),
    });
    const cancelSeconds = (performance.now() - cancelledMs) / 1_000;
    isCancelling = false;
    await asking;

    process.stdout.write(
      `${runCount} runs: restart ${restartSeconds.toFixed(1)} s (${workedSeconds.toFixed(1)} s of CPU in all threads); cancel of 20 000 in ${cancelSeconds.toFixed(1)} s, longest answer meanwhile ${longestAnswerMs.toFixed(0)} ms\n`,
    );
    expect(await response.json()).toMatchObject({ affected: 20_000 });
    expect(Math.min(restartSeconds, workedSeconds)).toBeLessThan(3 * slack);
    expect(cancelSeconds).toBeLessThan(5 * slack);
    expect(longestAnswerMs).toBeLessThan(1_000 * slack);
  });
});
