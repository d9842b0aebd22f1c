import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { juqueue } from '../../packages/cli/test/command-line.ts';
import type { Overview } from '../../packages/client/src/index.ts';
import { TestManager } from '../../packages/testkit/src/manager/test-manager.ts';
import { agentProcesses } from './agent-processes.ts';
import { AgentSite, shell } from './agent-site.ts';

const patienceMs = 180_000;

test(
  'with hub: in clusters.yaml the manager keeps an agent: shown, restarted when killed, ended with it, taken over after a kill',
  { timeout: patienceMs },
  async () => {
    await using site = await AgentSite.start({ hub: 'host_users: [ada]\n' });
    const { folder } = site;
    site.serveByManager();
    await site.manager.until<Overview>(
      '/api/v1/overview',
      ({ hubAgent }) => hubAgent?.state === 'running' && hubAgent.sentence?.startsWith('serves ') === true,
      60_000,
    );
    expect((await juqueue(['status', '--work-dir', folder.workDir])).out).toMatch(/^hub http:.*, agent site running: serves /m);
    expect(await site.ended(await site.submit(shell('true')))).toMatchObject({ status: 'finished' });

    const [first = 0] = agentProcesses(folder.workDir);
    process.kill(first, 'SIGKILL');
    await expect.poll(() => agentProcesses(folder.workDir).some((pid) => pid !== first), { timeout: 60_000 }).toBe(true);

    // The manager dies and another one comes: its agent goes on with the job that executes.
    const id = await site.submit(shell('until [ -e go ]; do sleep 0.2; done; echo went'));
    await site.until(id, ({ status }) => status === 'running');
    await site.manager.end('SIGKILL');
    await sleep(500);
    expect(agentProcesses(folder.workDir).length).toBeGreaterThan(0);
    site.manager = await TestManager.start(folder);
    folder.writeBelow(`hub-site/${id}-1/go`, '');
    expect(await site.ended(id, 90_000)).toMatchObject({ status: 'finished', attempts: 1, result: { stdoutTail: 'went\n' } });

    await site.manager.end();
    await expect.poll(() => agentProcesses(folder.workDir), { timeout: 30_000 }).toEqual([]);
  },
);
