import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { TestManager } from '../../packages/testkit/src/manager/test-manager.ts';
import { agentProcesses } from './agent-processes.ts';
import { AgentSite, shell } from './agent-site.ts';

const patienceMs = 240_000;

test(
  'with agent and manager killed, the node ends the job before the hub gives it away; then it executes elsewhere, once',
  { timeout: patienceMs },
  async () => {
    await using site = await AgentSite.start({ hub: 'host_users: [ada]\n', times: { leaseMs: 16_000, fenceMs: 8_000 } });
    site.serveByManager();
    const ticks = join(site.folder.path, 'ticks');
    const id = await site.submit(shell(`while :; do date +%s%3N >> '${ticks}'; sleep 0.2; done`, { retryDelayMs: 0 }));
    await site.until(id, ({ status }) => status === 'running');

    const agents = agentProcesses(site.folder.workDir);
    await site.manager.end('SIGKILL');
    for (const pid of agents) process.kill(pid, 'SIGKILL');
    const { attempt } = await site.until(id, ({ status }) => status === 'queued', 90_000);
    const givenAwayAtMs = Date.now();
    expect(attempt?.attempt ?? 1).toBe(1);
    await sleep(1_000);
    const lastTickMs = Number(readFileSync(ticks, 'utf8').trim().split('\n').at(-1));
    console.log(`the last sign of the job came ${givenAwayAtMs - lastTickMs} ms before it was given away`);
    expect(lastTickMs).toBeLessThan(givenAwayAtMs);

    site.manager = await TestManager.start(site.folder);
    await site.until(id, ({ attempts, status }) => attempts === 2 && status === 'running', 90_000);
    await site.ada('POST', `/jobs/${id}/cancel`);
    expect(await site.ended(id)).toMatchObject({ status: 'cancelled', attempts: 2 });
  },
);
