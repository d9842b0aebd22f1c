import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AgentSite, shell } from './agent-site.ts';

const busyMachineMs = 120_000;

test(
  'a credential that is rotated while a job executes ends the agent and not the job: its next start reads the new one and goes on',
  { timeout: busyMachineMs },
  async () => {
    await using site = await AgentSite.start({ hub: 'host_users: [ada]\n' });
    const id = await site.submit(shell('until [ -e go ]; do sleep 0.2; done; echo done'));
    const run = join(site.folder.workDir, 'hub-site', `${id}-1`);
    {
      await using agent = site.serve();
      await site.until(id, ({ status }) => status === 'running');
      const rotated = await site.ask('POST', '/agents/site/credentials/rotate', { overlapMs: 0 });
      await expect(agent.done).rejects.toThrow();
      await writeFile(join(site.folder.defDir, 'hub.secret'), `${String(rotated.body['secret'])}\n`, { mode: 0o600 });
    }
    expect(existsSync(run)).toBe(true);
    site.folder.writeBelow(`hub-site/${id}-1/go`, '');
    await using _next = site.serve();
    expect(await site.ended(id)).toMatchObject({ status: 'finished', attempts: 1, result: { stdoutTail: 'done\n' } });
  },
);
