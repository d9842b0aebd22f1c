import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missingPackages } from '../../packages/testkit/src/system-packages/missing-packages.ts';
import { AgentSite, shell } from './agent-site.ts';
import type { RunningAgent } from './agent-site.ts';
import { makeBusyboxImage } from './busybox-image.ts';

const busyMachineMs = 120_000;
const missing = missingPackages('containers');

describe.skipIf(missing.length > 0)('container profiles on charliecloud', { timeout: busyMachineMs }, () => {
  let site: AgentSite;
  let agent: RunningAgent;
  let image: string;
  let repository: string;

  beforeAll(async () => {
    image = await mkdtemp(join(tmpdir(), 'juqueue-image-'));
    await makeBusyboxImage(image);
    repository = await mkdtemp(join(tmpdir(), 'juqueue-repository-'));
    await mkdir(join(repository, 'root'));
    await makeBusyboxImage(join(repository, 'root'));
    await writeFile(join(repository, 'Dockerfile'), 'FROM scratch\nCOPY root /\n');
    for (const args of [
      ['init', '-q'],
      ['add', '-A'],
      ['-c', 'user.name=a', '-c', 'user.email=a@example.org', 'commit', '-qm', 'an image'],
    ])
      execFileSync('git', ['-C', repository, ...args]);
    site = await AgentSite.start({
      hub: `images: { runtime: charliecloud }\nbuild_from: ['file://${repository}']\nprofiles:\n  tools:v1/shell: { image: ${image}, runtime: charliecloud }\n  tools:v1/cat: { image: ${image}, runtime: charliecloud, entrypoint: [cat], env: { FROM: profile } }\n`,
    });
    agent = site.serve();
  }, busyMachineMs);

  afterAll(async () => {
    await agent?.[Symbol.asyncDispose]();
    await site?.[Symbol.asyncDispose]();
    for (const folder of [image, repository]) await rm(folder, { recursive: true, force: true });
  });

  const run = async (line: string, more: object = {}) => {
    const job = await site.ended(await site.submit(shell(line, { profile: 'tools:v1/shell', ...more })));
    expect(job).toMatchObject({ status: 'finished' });
    return job.result?.stdoutTail ?? '';
  };

  test('see their run directory as /work, their inputs and variables, and nothing else of work-dir, home, network and processes', async () => {
    const out = await run(
      'pwd; cat input.json data; echo; ls /; cat /proc/net/dev | grep -c :; ls /proc | grep -c "^[0-9]"; ls "$OUTSIDE" /root 2>/dev/null | wc -l; echo "[$WANDB_API_KEY] [$LR]"',
      {
        input: { a: 1 },
        files: [{ kind: 'inline', path: 'data', contentBase64: Buffer.from('bytes').toString('base64'), mode: 0o644 }],
        env: { LR: "0.1 'x' $HOME", OUTSIDE: site.folder.workDir },
      },
    );
    const [place, inputs, ...rest] = out.trimEnd().split('\n');
    expect([place, inputs]).toEqual(['/work', '{"a":1}bytes']);
    expect(rest.slice(0, 8)).toEqual(['bin', 'dev', 'etc', 'home', 'proc', 'sys', 'tmp', 'work']);
    const [networks, processes, outside, variables] = rest.slice(8);
    expect(networks).toBe('1');
    expect(Number(processes)).toBeLessThan(12);
    expect(outside).toBe('0');
    expect(variables).toBe("[] [0.1 'x' $HOME]");
  });

  test('an image is built from the repository that the owner names, and executed', async () => {
    const built = { image: `git+file://${repository}#HEAD` };
    expect(await site.ended(await site.submit(shell('ls /; pwd', built)))).toMatchObject({
      status: 'finished',
      result: { stdoutTail: expect.stringContaining('/work') },
    });
    const other = await site.submit(shell('true', { image: 'git+file:///another', retries: 0 }));
    expect(await site.ended(other)).toMatchObject({
      status: 'dead',
      detail: expect.stringContaining('builds no images from file:///another'),
    });
  });

  test('variables of a job do not reach what stands around its container', async () => {
    expect(
      await run('echo "$BASH_ENV $LD_PRELOAD"', {
        env: { BASH_ENV: '/work/evil', LD_PRELOAD: '/work/evil.so' },
        files: [{ kind: 'inline', path: 'evil', contentBase64: Buffer.from('echo outside').toString('base64'), mode: 0o755 }],
      }),
    ).toBe('/work/evil /work/evil.so\n');
  });

  test('a program of the profile takes the command as its arguments', async () => {
    const job = await site.ended(
      await site.submit({ profile: 'tools:v1/cat', command: { kind: 'argv', argv: ['input.json'] }, input: [1, 2] }),
    );
    expect(job.result?.stdoutTail).toBe('[1,2]');
  });

  test('links that a job leaves are not followed into its outputs', async () => {
    const job = await site.ended(
      await site.submit(
        shell('ln -s /etc/shadow stolen 2>/dev/null || busybox ln -s /etc/shadow stolen; echo kept > made; echo "{}" > output.json', {
          profile: 'tools:v1/shell',
        }),
      ),
    );
    const { outputArtifact } = job.result ?? {};
    const { body } = await site.ada('GET', `/artifacts/${outputArtifact}/files`);
    expect((body as unknown as { files: readonly { path: string }[] }).files.map(({ path }) => path)).toEqual(['made', 'output.json']);
    expect((await site.ada('GET', `/artifacts/${outputArtifact}/files/made`)).body['text']).toBe('kept\n');
  });

  test('nobody without a word of the owner executes outside of a container', async () => {
    const id = await site.submit(shell('echo outside'));
    await site.until(id, ({ status }) => status === 'queued');
    expect(await site.job(id)).toMatchObject({ status: 'queued', attempts: 0 });
    await site.ada('POST', `/jobs/${id}/cancel`);
  });
});
