import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { cachedImage } from '../../packages/core/src/index.ts';
import { missingPackages } from '../../packages/testkit/src/system-packages/missing-packages.ts';
import { AgentSite } from './agent-site.ts';
import { makeBusyboxImage } from './busybox-image.ts';
import { NoWayIn, noWayInTrouble } from './no-way-in.ts';
import { tlsFront } from './tls-front.ts';

const program = fileURLToPath(new URL('../../packages/cli/bin/juqueue.js', import.meta.url));
const image = 'docker://tools:v1';
const images = 'images: { runtime: charliecloud, resources: { cpus: 4 } }\n';

test(
  'jobs of the MarketPlace gateway with their files reach a private network and their results come back, by the connection that the agent opens and no broker',
  { timeout: 240_000 },
  async ({ skip }) => {
    const missing = missingPackages('containers');
    const trouble = missing.length > 0 ? `these packages are missing: ${missing.join(', ')}` : noWayInTrouble();
    if (trouble !== null) return skip(trouble);
    await using site = await AgentSite.start({ hub: images, adapters: ['marketplace'] });
    site.folder.define('clusters.yaml', 'local: { type: local, max_jobs: 1, num_slots: 4, resources: { cpus: 4 } }\n');
    // The cluster has the image already: nothing is asked of a registry.
    const cached = join(site.folder.workDir, cachedImage({ runtime: 'charliecloud', image }) ?? '');
    await mkdir(cached, { recursive: true });
    await makeBusyboxImage(cached);
    using network = new NoWayIn();
    await using front = await tlsFront(site.folder.path, network.outside, site.hub.url);
    site.folder.define(
      'hub.yaml',
      `url: ${front.url}\nagent: site\nsecret_file: ${join(site.folder.defDir, 'hub.secret')}\nca_file: ${front.caFile}\ncluster: local\n${images}`,
    );
    // The manager is reached by its unix socket, which knows no network.
    await using _agent = network.start(process.execPath, [
      program,
      'agent',
      'run',
      '--config',
      join(site.folder.defDir, 'hub.yaml'),
      '--work-dir',
      site.folder.workDir,
    ]);

    const key = String((await site.ada('POST', '/keys', {})).body['key']);
    const gateway = async (method: string, path: string, body?: object): Promise<Response> => {
      const isForm = body instanceof FormData;
      const answer = await fetch(`${site.hub.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
      });
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
      return answer;
    };
    await gateway('PUT', '/api/v1/user/create');
    const { jobid } = (await (
      await gateway('POST', '/api/v1/job/create', {
        job_name: 'relay',
        ntasks_per_node: 1,
        partition: 'debug',
        image,
        executable_cmd: 'tr a-z A-Z < "in put.txt" > out.txt; ls /proc/net/dev',
      })
    ).json()) as { jobid: string };
    const form = new FormData();
    form.append('file', new Blob(['the input\n']), 'in put.txt');
    await gateway('PUT', `/api/v1/file/upload/${jobid}`, form);
    await gateway('PATCH', `/api/v1/job/launch/${jobid}`);
    const stateOf = async () =>
      (await (await gateway('GET', `/api/v1/job/state/${jobid}`)).json()) as { state: string; files: { name: string }[] };
    for (const untilMs = Date.now() + 120_000; !['COMPLETED', 'FAILED'].includes((await stateOf()).state) && Date.now() < untilMs;)
      await sleep(200);
    const { state, files } = await stateOf();
    expect(state, JSON.stringify(await site.job(jobid))).toBe('COMPLETED');
    expect(files.map(({ name }) => name)).toEqual(['in put.txt', 'out.txt']);
    expect(await (await gateway('GET', `/api/v1/file/download/${jobid}?filename=out.txt`)).text()).toBe('THE INPUT\n');
    expect(await network.lets(22)).toBe(false);
  },
);
