import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { podmanUnsupportedReason, PrivatePodman } from '../../packages/testkit/src/containers/private-podman.ts';
import { AgentSite, shell } from './agent-site.ts';
import type { RunningAgent } from './agent-site.ts';
import { makeBusyboxImage } from './busybox-image.ts';

const busyMachineMs = 120_000;
const reason = podmanUnsupportedReason();

describe.skipIf(reason !== null)(
  `container profiles on podman${reason === null ? '' : ` (skipped: ${reason})`}`,
  { timeout: busyMachineMs },
  () => {
    let podman: PrivatePodman;
    let site: AgentSite;
    let agent: RunningAgent;
    let image: string;

    beforeAll(async () => {
      image = await mkdtemp(join(tmpdir(), 'juqueue-image-'));
      await makeBusyboxImage(image);
      podman = await PrivatePodman.open();
      podman.importImage(image, 'localhost/tools:1');
      const env = { PATH: podman.path };
      const profile = '{ image: localhost/tools:1, runtime: podman }';
      site = await AgentSite.start({ hub: `profiles:\n  tools:v1/shell: ${profile}\n`, env });
      agent = site.serve({ env });
    }, busyMachineMs);

    afterAll(async () => {
      await agent?.[Symbol.asyncDispose]();
      await site?.[Symbol.asyncDispose]();
      await podman?.[Symbol.asyncDispose]();
      await rm(image, { recursive: true, force: true });
    });

    test('see their run directory as /work, their inputs and variables, and nothing else of work-dir, home, network and processes', async () => {
      const line =
        'pwd; cat input.json data; echo; ls "$OUTSIDE" /root 2>/dev/null | wc -l; grep -c : /proc/net/dev; ls /proc | grep -c "^[0-9]"; echo "[$WANDB_API_KEY] [$LR] [$BASH_ENV]"; grep CapEff /proc/self/status; echo made > made; echo "{}" > output.json';
      const id = await site.submit(
        shell(line, {
          profile: 'tools:v1/shell',
          input: { a: 1 },
          files: [{ kind: 'inline', path: 'data', contentBase64: Buffer.from('bytes').toString('base64'), mode: 0o644 }],
          env: { LR: "0.1 'x' $HOME", OUTSIDE: site.folder.workDir, BASH_ENV: '/work/evil' },
        }),
      );
      const job = await site.ended(id, busyMachineMs);
      expect(job).toMatchObject({ status: 'finished', result: { exitCode: 0, output: {} } });
      const [place, inputs, outside, networks, processes, ...rest] = (job.result?.stdoutTail ?? '').trimEnd().split('\n');
      expect([place, inputs, outside, networks]).toEqual(['/work', '{"a":1}bytes', '0', '1']);
      expect(Number(processes)).toBeLessThan(12);
      expect(rest).toEqual(["[] [0.1 'x' $HOME] [/work/evil]", 'CapEff:\t0000000000000000']);
    });

    test('leave no container when their job is cancelled', async () => {
      const id = await site.submit(shell('sleep 600', { profile: 'tools:v1/shell' }));
      await site.until(id, ({ status }) => status === 'running', busyMachineMs);
      await expect.poll(() => podman.containers().length, { timeout: busyMachineMs, interval: 500 }).toBe(1);
      await site.ada('POST', `/jobs/${id}/cancel`);
      await site.ended(id, busyMachineMs);
      await expect.poll(() => podman.containers(), { timeout: busyMachineMs, interval: 500 }).toEqual([]);
    });
  },
);
