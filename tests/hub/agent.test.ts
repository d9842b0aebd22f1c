import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AgentSite, shell } from './agent-site.ts';
import type { RunningAgent } from './agent-site.ts';

const busyMachineMs = 120_000;

describe('an agent between a hub and a manager', { timeout: busyMachineMs }, () => {
  let site: AgentSite;
  let agent: RunningAgent;

  beforeAll(async () => {
    site = await AgentSite.start({ hub: 'host_users: [ada]\n' });
    agent = site.serve();
  }, busyMachineMs);

  afterAll(async () => {
    await agent[Symbol.asyncDispose]();
    await site[Symbol.asyncDispose]();
  });

  test('executes a job as a run: input and files are there, result, exit code and logs come back, nothing is left behind', async () => {
    const id = await site.submit({
      command: {
        kind: 'script',
        script: 'cat input.json data/rows; echo problem >&2; echo "{\\"sum\\": 3}" > output.json; echo "$LR ${HOME+home}"',
        interpreter: ['sh'],
      },
      input: { rows: [1, 2] },
      files: [{ kind: 'inline', path: 'data/rows', contentBase64: Buffer.from('a\nb\n').toString('base64'), mode: 0o644 }],
      env: { LR: '${HOME} $(id) {def_dir} ${secret:hub.secret}' },
    });
    const job = await site.ended(id);
    expect(job).toMatchObject({
      status: 'finished',
      reason: 'exit',
      attempts: 1,
      result: { exitCode: 0, output: { sum: 3 }, stderrTail: expect.stringContaining('problem\n') },
    });
    expect(job.result?.stdoutTail).toBe('{"rows":[1,2]}a\nb\n${HOME} $(id) {def_dir} ${secret:hub.secret} home\n');
    expect(await site.log(id)).toBe(job.result?.stdoutTail);
    expect(job.result?.place).toMatchObject({ cluster: 'local', run: `hub-site@${id}-1` });
    await expect.poll(() => existsSync(`${site.folder.workDir}/hub-site/${id}-1`), { timeout: 20_000 }).toBe(false);
    await expect.poll(() => readdirSync(`${site.folder.workDir}/.juqueue/hub/site/jobs`), { timeout: 20_000 }).toEqual([]);
  });

  test('outputs that are to stay on the cluster stay, and an artifact says where', async () => {
    const id = await site.submit(shell('echo kept > made', { outputResidence: 'cluster' }));
    const job = await site.ended(id);
    const directory = `${site.folder.workDir}/hub-site/${id}-1`;
    expect((await site.ada('GET', `/artifacts/${job.result?.outputArtifact}`)).body).toMatchObject({
      status: 'committed',
      fileCount: 1,
      residence: { kind: 'path', cluster: 'local', path: directory },
    });
    expect(readFileSync(`${directory}/made`, 'utf8')).toBe('kept\n');
  });

  test('a non-zero exit is final', async () => {
    const job = await site.ended(await site.submit(shell('exit 7')));
    expect(job).toMatchObject({ status: 'failed', attempts: 1, result: { outcome: 'failed', exitCode: 7 } });
  });

  test('a time limit ends the job and is its reason', async () => {
    expect(await site.ended(await site.submit(shell('sleep 600', { timeLimitMs: 1_000 })))).toMatchObject({
      status: 'failed',
      reason: 'time-limit',
    });
  });

  test('a cancel reaches the run', async () => {
    const id = await site.submit(shell('echo begun; sleep 600'));
    await site.until(id, ({ status }) => status === 'running');
    await site.ada('POST', `/jobs/${id}/cancel`);
    expect(await site.ended(id)).toMatchObject({ status: 'cancelled', reason: 'user-cancelled', attempts: 1 });
  });

  test('logs and progress are seen while it runs', async () => {
    const id = await site.submit(
      shell('echo first; echo "0.5 half of it" > "$JUQUEUE_PROGRESS_FILE"; until [ -e go ]; do sleep 0.2; done; echo last'),
    );
    await site.until(id, ({ progress }) => progress?.fraction === 0.5);
    await expect.poll(() => site.log(id), { timeout: 30_000 }).toBe('first\n');
    site.folder.writeBelow(`hub-site/${id}-1/go`, '');
    expect((await site.ended(id)).result?.stdoutTail).toBe('first\nlast\n');
  });
});
