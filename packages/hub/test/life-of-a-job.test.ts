import { expect, test, vi } from 'vitest';
import { aJob, goodResult, muchRoom, pull, TestHub } from './test-hub.ts';

// Each starts hubs and Redis as real processes, on machines that do other things too.
vi.setConfig({ testTimeout: 60_000 });

test('a job is submitted, offered to an agent, claimed, started, completed, and read by its owner alone', async () => {
  await using hub = await TestHub.start();
  const ada = await hub.person('ada', 'editor');
  const bob = await hub.person('bob', 'editor');
  const agent = await hub.agent('juwels');

  const submitted = await ada('POST', '/jobs', { ...aJob, name: 'first', input: { n: 1 } });
  expect(submitted).toMatchObject({ status: 201, body: { status: 'queued', owner: 'ada', attempts: 0, definition: { input: { n: 1 } } } });
  const id = String(submitted.body['id']);

  const [offer] = await pull(agent);
  expect(offer).toEqual({ id: `offer.${id}.1`, kind: 'offer', job: id, attempt: 1 });
  expect(await agent('POST', '/messages/ack', { ids: [offer?.id] })).toMatchObject({ status: 200 });
  const claimed = await agent('POST', `/jobs/${id}/attempts/1/claim`);
  expect(claimed).toMatchObject({
    status: 200,
    body: { attempt: 1, leaseMs: 120_000, job: { id, status: 'claimed', definition: { command: aJob.command } } },
  });
  expect(await agent('POST', `/jobs/${id}/attempts/1/claim`)).toMatchObject({ status: 200, body: { attempt: 1 } });

  expect(
    await agent('POST', `/jobs/${id}/attempts/1/started`, { run: 'hub@r1', node: 'jwc01', cluster: 'juwels', startedAtMs: 1 }),
  ).toMatchObject({ status: 200 });
  expect(await agent('POST', `/jobs/${id}/attempts/1/progress`, { phase: 'train', message: null, fraction: 0.5 })).toMatchObject({
    status: 200,
  });
  expect(await agent('POST', '/leases/renew', { held: [{ job: id, attempt: 1 }], room: muchRoom })).toMatchObject({
    body: { renewed: [{ job: id, attempt: 1 }], lost: [], cancelled: [] },
  });
  expect(await ada('GET', `/jobs/${id}`)).toMatchObject({
    body: { status: 'running', progress: { fraction: 0.5 }, attempt: { agent: 'juwels', place: { node: 'jwc01' } } },
  });
  expect(await ada('GET', `/jobs/${id}/result`)).toMatchObject({ status: 409, body: { code: 'JQ_JOB_STATE' } });

  expect(await agent('POST', `/jobs/${id}/attempts/1/complete`, goodResult())).toMatchObject({ status: 200 });
  expect(await agent('POST', `/jobs/${id}/attempts/1/complete`, goodResult())).toMatchObject({ status: 200 });
  expect(await ada('GET', `/jobs/${id}/result`)).toMatchObject({ status: 200, body: { exitCode: 0, output: { answer: 42 } } });
  const { body: page } = await ada('GET', '/jobs');
  expect(page).toMatchObject({ jobs: [{ id, result: { exitCode: 0, outcome: 'finished' } }] });
  expect(JSON.stringify(page), 'lists leave out what may be long').not.toMatch(/"output"|stdoutTail|stderrTail/);
  expect(await bob('GET', `/jobs/${id}`)).toMatchObject({ status: 404, body: { code: 'JQ_JOB_NOT_FOUND' } });

  const history = await ada('GET', `/jobs/${id}/history`);
  const events: readonly { kind: string; actor: string; status: string }[] = history.body['events'] ?? [];
  expect(events.map(({ kind, actor, status }) => [kind, actor, status])).toEqual([
    ['created', 'user:ada', 'created'],
    ['launched', 'user:ada', 'queued'],
    ['claimed', 'agent:juwels', 'claimed'],
    ['started', 'agent:juwels', 'running'],
    ['progress', 'agent:juwels', 'running'],
    ['completed', 'agent:juwels', 'finished'],
  ]);
});

test('the files that a job left are found at the address of the job', async () => {
  await using hub = await TestHub.start();
  const [ada, agent] = [await hub.person('ada', 'editor'), await hub.agent('juwels')];
  const id = String((await ada('POST', '/jobs', aJob)).body['id']);
  await pull(agent);
  await agent('POST', `/jobs/${id}/attempts/1/claim`);
  const artifact = String((await agent('POST', `/jobs/${id}/attempts/1/artifacts`, { name: 'outputs', type: 'output' })).body['id']);
  await agent('PUT', `/jobs/${id}/attempts/1/artifacts/${artifact}/files/a/b%20c.txt`, Buffer.from('left'));
  await agent('POST', `/jobs/${id}/attempts/1/artifacts/${artifact}/commit`, {});
  expect(await ada('GET', `/jobs/${id}/outputs`)).toMatchObject({ status: 409, body: { code: 'JQ_JOB_STATE' } });
  await agent('POST', `/jobs/${id}/attempts/1/complete`, goodResult({ outputArtifact: artifact }));
  expect((await ada('GET', `/jobs/${id}/outputs`)).body).toMatchObject({ files: [{ path: 'a/b c.txt' }] });
  expect((await ada('GET', `/jobs/${id}/outputs/a/b%20c.txt`)).body).toMatchObject({ text: 'left' });
});
