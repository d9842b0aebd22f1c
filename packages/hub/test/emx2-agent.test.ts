import { createHash, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { Emx2Hub } from '../src/agent/emx2-hub.ts';
import { HubRequests } from '../src/agent/hub-requests.ts';
import { nothingMissing } from '../src/agent/hub-port.ts';
import type { Held } from '../src/agent/hub-port.ts';
import { treeSha256 } from '../src/artifacts/model.ts';
import { goodResult, muchRoom, TestHub } from './test-hub.ts';
import type { Ask } from './test-hub.ts';

const limits = { timeout: 60_000 };
const never = new AbortController().signal;
const pulling = { max: 200, waitMs: 0, room: { ...muchRoom, openSlots: 200 } };
const capability = { profile: 'text-embedding:v3/gpu', maxConcurrent: 200, resources: { slots: 1 }, cluster: 'juwels' };

/** A hub that speaks EMX2 stands in for an EMX2 server: nothing below it is known to the agent's transport. */
async function emx2Server(): Promise<TestHub> {
  return TestHub.start({ adapters: ['emx2'] });
}

async function serving(server: TestHub) {
  const manager = await server.asManager();
  const secret = await server.credential('login-node');
  const requests = await HubRequests.open({
    url: server.url,
    agent: 'login-node',
    secret,
    caFile: null,
    proxy: null,
    env: {},
    protocol: 'emx2',
  });
  const hub = new Emx2Hub(requests, 'login-node');
  await hub.register({ hostname: 'login', version: '1', capabilities: [capability, { ...capability, profile: 'image' }], hostUsers: [] });
  const submit = async (more: object = {}): Promise<string> =>
    String((await manager('POST', '/jobs', { profile: 'text-embedding:v3/gpu', queue: 'emx2', ...more })).body['id']);
  return { hub, requests, manager, submit };
}

const statusOf = async (manager: Ask, id: string): Promise<unknown> => (await manager('GET', `/jobs/${id}`)).body;

test(
  'an agent serves an EMX2 server: offers of its profiles, claimed once, started, progress, the end with artifacts',
  limits,
  async () => {
    await using server = await emx2Server();
    const { hub, requests, manager, submit } = await serving(server);
    using _ = requests;
    const input = String((await manager('POST', '/artifacts', {})).body['id']);
    await manager('PUT', `/artifacts/${input}/files/a/in.txt`, new TextEncoder().encode('the input'));
    await manager('POST', `/artifacts/${input}/commit`, {});
    const parameters = { args: ['--text', `it's "quoted" $HOME`], environment: { A: 'x y' } };
    const id = await submit({
      input: parameters,
      timeLimitMs: 60_000,
      files: [{ kind: 'artifact', path: 'input/a', artifact: input, file: null }],
    });
    const [offer] = await hub.pull(pulling, never);
    expect(offer).toMatchObject({ kind: 'offer', job: id });
    const held: Held = { job: id, attempt: offer?.attempt ?? 0 };
    expect((await hub.pull(pulling, never))[0]).toEqual(offer);
    const { job } = await hub.claim(held);
    expect(job).toMatchObject({
      id,
      owner: 'manager',
      definition: {
        profile: 'text-embedding:v3/gpu',
        input: parameters,
        command: { kind: 'argv', argv: parameters.args },
        env: { A: 'x y' },
        timeLimitMs: 60_000,
      },
    });
    expect(await hub.pull(pulling, never)).toEqual([]);
    const artifact = await hub.artifact(held, input);
    expect(artifact).toMatchObject({ isCommitted: true, residence: { kind: 'hub' }, files: [{ path: 'a/in.txt', sizeBytes: 9 }] });
    expect(await textOf(await hub.download(held, input, 'a/in.txt'))).toBe('the input');
    for (let times = 0; times < 2; times++) await hub.started(held, { run: 'hub-x@r1', node: 'n1', cluster: 'juwels', startedAtMs: 1 });
    await hub.progress(held, { phase: 'embed', message: 'half', fraction: 0.5 });
    expect(await statusOf(manager, id)).toMatchObject({ status: 'running', progress: { phase: 'embed', fraction: 0.5 } });
    expect(await hub.renew({ held: [held, { job: '00000000-0000-7000-8000-000000000000', attempt: 1 }], room: muchRoom })).toMatchObject({
      renewed: [held],
      cancelled: [],
      lost: [{ attempt: 1 }],
    });

    const large = randomBytes(9 * 1024 * 1024);
    const files = [
      { path: 'large.bin', bytes: large },
      { path: 'sub/small.txt', bytes: Buffer.from('small') },
    ].map(({ path, bytes }) => ({ path, bytes, sha256: createHash('sha256').update(bytes).digest('hex'), sizeBytes: bytes.length }));
    const output = await hub.createArtifact(held, { name: 'output', type: 'output', residence: { kind: 'hub' }, metadata: {} });
    const [first, second] = files;
    if (first === undefined || second === undefined) throw new Error('two files');
    await hub.uploadLargeFile(held, output, first, async (offset, sizeBytes) => first.bytes.subarray(offset, offset + sizeBytes));
    await hub.uploadFile(held, output, second.path, second.sha256, second.bytes);
    await hub.commitArtifact(held, output, treeSha256(files), large.length + 5);
    for (let times = 0; times < 2; times++)
      await hub.complete(held, { ...goodResult({ outputArtifact: output }), outcome: 'finished', reason: 'exit' }, nothingMissing);
    expect(await statusOf(manager, id)).toMatchObject({ status: 'finished', result: { outputArtifact: output } });
    expect((await manager('GET', `/artifacts/${output}`)).body).toMatchObject({ owner: 'manager', status: 'committed', fileCount: 2 });
  },
);

test('a failure has its reason, a job cancelled there is cancelled here, one that another has is not taken', limits, async () => {
  await using server = await emx2Server();
  const { hub, requests, manager, submit } = await serving(server);
  using _ = requests;
  const ids = [await submit(), await submit(), await submit()];
  const offers = await hub.pull(pulling, never);
  const [failing, cancelled, taken] = ids.map((id): Held => ({ job: id, attempt: offers.find(({ job }) => job === id)?.attempt ?? 0 }));
  if (failing === undefined || cancelled === undefined || taken === undefined) throw new Error('three jobs');
  for (const held of [failing, cancelled]) await hub.claim(held);
  await hub.reportInfrastructureError(failing, { message: 'the image is missing' });
  expect(await statusOf(manager, failing.job)).toMatchObject({ status: 'failed', result: { stderrTail: 'the image is missing' } });
  await manager('POST', `/jobs/${cancelled.job}/cancel`);
  expect(await hub.pull(pulling, never)).toContainEqual(expect.objectContaining({ kind: 'cancel', job: cancelled.job }));
  expect(await hub.renew({ held: [cancelled], room: muchRoom })).toMatchObject({ cancelled: [cancelled] });
  await manager('POST', `/jobs/${taken.job}/cancel`);
  await expect(hub.claim(taken)).rejects.toMatchObject({ name: 'HubRefusal', status: 409 });
});

test('more than a hundred waiting jobs are all offered', { timeout: 120_000 }, async () => {
  await using server = await emx2Server();
  const { hub, requests, submit } = await serving(server);
  using _ = requests;
  const ids = await Promise.all(Array.from({ length: 120 }, () => submit()));
  expect(new Set((await hub.pull(pulling, never)).map(({ job }) => job))).toEqual(new Set(ids));
});

async function textOf(parts: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const part of parts) text += Buffer.from(part).toString();
  return text;
}
