import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { juqueue } from '../../packages/cli/test/command-line.ts';
import { AgentSite, shell } from './agent-site.ts';

const busyMachineMs = 120_000;

describe('juqueue agent', { timeout: busyMachineMs }, () => {
  let site: AgentSite;
  const ask = (...args: readonly string[]) =>
    juqueue(['agent', ...args, '--config', join(site.folder.defDir, 'hub.yaml'), '--work-dir', site.folder.workDir], {
      env: { XDG_CONFIG_HOME: join(site.folder.path, 'config') },
    });

  beforeAll(async () => {
    site = await AgentSite.start({ hub: 'host_users: [ada]\nroots: [/nowhere]\n' });
  }, busyMachineMs);

  afterAll(async () => {
    await site?.[Symbol.asyncDispose]();
  });

  test('check names what is good and what is not, and fails when something is not', async () => {
    expect(await ask('check')).toMatchObject({
      code: 7,
      out:
        "good  definition: agent 'site', 0 profiles, without a container for ada\ngood  hub: " +
        site.hub.url +
        ' knows this agent\ngood  manager: it answers\nBAD   root /nowhere: it is no folder that we can read\n',
    });
    expect(await juqueue(['agent', 'check', '--work-dir', site.folder.workDir])).toMatchObject({
      code: 7,
      out: expect.stringContaining("has no key 'hub'"),
    });
  });

  test('register tells the hub what is offered', async () => {
    expect(await ask('register')).toMatchObject({ code: 0, out: 'The hub knows what this agent offers: host.\n' });
  });

  test('once takes what is offered and ends; the next once brings the result back', async () => {
    const id = await site.submit(shell('echo by cron'));
    expect((await ask('once')).code).toBe(0);
    expect((await site.job(id)).attempts).toBe(1);
    await expect
      .poll(
        async () => {
          await ask('once');
          return (await site.job(id)).status;
        },
        { timeout: 60_000 },
      )
      .toBe('finished');
    expect((await site.job(id)).result?.stdoutTail).toBe('by cron\n');
  });

  test('run --drain takes nothing new and ends when what is here is reported', async () => {
    const held = await site.submit(shell('sleep 3; echo held'));
    expect((await ask('once')).code).toBe(0);
    const later = await site.submit(shell('true'));
    expect((await ask('run', '--drain')).code).toBe(0);
    expect(await site.job(held)).toMatchObject({ status: 'finished', attempts: 1 });
    expect(await site.job(later)).toMatchObject({ status: 'queued', attempts: 0 });
    await site.ada('POST', `/jobs/${later}/cancel`);
  });

  test('--simulate finishes jobs without executing them', async () => {
    const id = await site.submit(shell(`echo executed > ${site.folder.path}/executed`));
    await expect
      .poll(
        async () => {
          await ask('once', '--simulate');
          return (await site.job(id)).status;
        },
        { timeout: 60_000 },
      )
      .toBe('finished');
    expect(() => readFileSync(join(site.folder.path, 'executed'))).toThrow('ENOENT');
  });

  test('install-service writes a unit and says how it is started', async () => {
    const { code, out } = await ask('install-service');
    expect(code).toBe(0);
    expect(out).toMatch(
      /systemctl --user daemon-reload\n {2}systemctl --user enable --now juqueue-agent-work\.service\n.*loginctl enable-linger/,
    );
    const unit = readFileSync(join(site.folder.path, 'config/systemd/user/juqueue-agent-work.service'), 'utf8');
    expect(unit).toMatch(
      new RegExp(`^ExecStart=".*" ".*juqueue\\.js" "agent" "run" "--work-dir" "${site.folder.workDir}" "--config" ".*hub\\.yaml"$`, 'm'),
    );
    expect(unit).toContain('Restart=always\n');
  });
});
