import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Overview } from '../../packages/client/src/index.ts';
import { TestHub } from '../../packages/hub/test/test-hub.ts';
import { agentProcesses } from '../hub/agent-processes.ts';
import { describeOnSlurm, SlurmStage } from './slurm-stage.ts';

const leaseMs = 15_000;
const fenceMs = 5_000;

describeOnSlurm('A job of a hub on a node of Slurm', () => {
  test('goes on when the manager is stopped, and its result comes when another has started, after more than a lease', async () => {
    await using hub = await TestHub.start({ times: { watchMs: 200, leaseMs, fenceMs } });
    const ask = await hub.asManager();
    const ada = await hub.person('ada', 'editor');
    await using stage = await SlurmStage.open({ runs: {} });
    const { defDir, workDir } = stage.folder;
    const secret = join(defDir, 'hub.secret');
    await writeFile(secret, `${await hub.credential('site')}\n`, { mode: 0o600 });
    const clusters = JSON.parse(readFileSync(join(defDir, 'clusters.yaml'), 'utf8')) as object;
    stage.folder.define(
      'clusters.yaml',
      JSON.stringify({ ...clusters, hub: { url: hub.url, agent: 'site', secret_file: secret, cluster: 'hpc', host_users: ['ada'] } }),
    );
    const job = async (id: string) => (await ask('GET', `/jobs/${id}`)).body;

    await using left = new AsyncDisposableStack();
    left.defer(() => agentProcesses(workDir).forEach((pid) => process.kill(pid)));
    await using first = await stage.startManager();
    await first.until<Overview>('/api/v1/overview', ({ hubAgent }) => hubAgent?.sentence?.startsWith('serves ') === true, 60_000);
    const id = String(
      (await ada('POST', '/jobs', { command: { kind: 'argv', argv: ['sh', '-c', 'until [ -e go ]; do sleep 0.2; done; echo went'] } }))
        .body['id'],
    );
    await expect.poll(async () => (await job(id))['status'], { timeout: 120_000, interval: 500 }).toBe('running');

    await first.end();
    expect(first.output).toContain('The agent goes on, too: it keeps 1 job of the hub');
    await sleep(leaseMs + 2 * fenceMs);
    expect(await job(id)).toMatchObject({ status: 'running', attempts: 1 });

    await using second = await stage.startManager();
    stage.folder.writeBelow(`hub-site/${id}-1/go`, '');
    await expect.poll(async () => (await job(id))['status'], { timeout: 120_000, interval: 500 }).toBe('finished');
    expect(await job(id)).toMatchObject({ attempts: 1, result: { stdoutTail: 'went\n' } });

    await second.end();
    await expect.poll(() => agentProcesses(workDir), { timeout: 30_000 }).toEqual([]);
  });
});
