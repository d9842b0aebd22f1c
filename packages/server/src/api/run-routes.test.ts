import { describe, expect, test } from 'vitest';
import { aRun, anAllocation, aRunningRun, FakeManager } from '../../test/fake-manager.ts';
import { serveFake } from '../../test/serve-fake.ts';

function sweep(count: number): FakeManager {
  const manager = new FakeManager();
  for (let i = 0; i < count; i += 1) manager.add(aRun(`sweep@r${String(i).padStart(4, '0')}`, {}, { lr: i / 10 }));
  return manager;
}

describe('the list of runs', () => {
  test('comes in pages whose cursors lead through all runs once', async () => {
    await using server = await serveFake(sweep(25));
    const seen: string[] = [];
    let cursor = '';
    for (let page = 0; page < 3; page += 1) {
      const answer = (await server.get(`/api/v1/runs?limit=10${cursor}`)).json();
      seen.push(...answer.runs.map((run: { id: string }) => run.id));
      cursor = `&cursor=${answer.nextCursor}`;
    }
    expect(seen).toHaveLength(25);
    expect(new Set(seen).size).toBe(25);
    expect(cursor).toBe('&cursor=null');
  });

  test('holds at most 200 rows when nothing is said, and never more than 1000', async () => {
    await using server = await serveFake(sweep(201));
    expect((await server.get('/api/v1/runs')).json().runs.length).toBeLessThanOrEqual(200);
    expect((await server.get('/api/v1/runs?limit=300')).json().runs).toHaveLength(201);
    const tooMany = await server.get('/api/v1/runs?limit=1001');
    expect(tooMany.json()).toMatchObject({ status: 400, code: 'JQ_BAD_REQUEST', detail: expect.stringContaining('querystring.limit') });
  });

  test('takes selector text, states and comparisons together', async () => {
    const manager = sweep(5).add(aRun('other@x', { status: 'failed', reason: 'exit' }));
    await using server = await serveFake(manager);
    const ids = async (query: string): Promise<string[]> =>
      (await server.get(`/api/v1/runs?${query}`)).json().runs.map((run: { id: string }) => run.id);
    expect(await ids('state=failed')).toEqual(['other@x']);
    expect(await ids('state=failed,ready&experiment=sweep&where=lr%3E0.25')).toEqual(['sweep@r0003', 'sweep@r0004']);
    expect(await ids('q=sweep@r0001%20state:ready')).toEqual(['sweep@r0001']);
    expect(await ids('experiment=sweep&experiment=other&sort=-id&limit=1')).toEqual(['sweep@r0004']);
  });

  test('says how many match only when asked, because counting costs', async () => {
    await using server = await serveFake(sweep(5));
    expect((await server.get('/api/v1/runs?limit=1')).json().total).toBeNull();
    expect((await server.get('/api/v1/runs?limit=1&count=true')).json().total).toBe(5);
  });

  test.each(['state=faild', 'where=lr%3C%3C3', 'q=status:failed', 'sort=size', 'limit=0', 'statee=failed'])(
    '%s is refused with a sentence that names it',
    async (query) => {
      await using server = await serveFake(sweep(1));
      const answer = await server.get(`/api/v1/runs?${query}`);
      expect(answer.statusCode).toBe(400);
      expect(answer.headers['content-type']).toContain('application/problem+json');
      expect(answer.json().detail).toMatch(/faild|lr<<3|status:|sort|limit|statee/);
    },
  );
});

describe('one run', () => {
  test('shows its definition, its executing attempt and its progress', async () => {
    const manager = new FakeManager().add(aRunningRun('sweep@lr=1e-3,s=2'));
    const usage = {
      samples: 2,
      cpuMs: 60_000,
      meanCores: 1,
      maxCores: 1.5,
      meanRssBytes: 1e9,
      maxRssBytes: 2e9,
      readBytes: 0,
      writtenBytes: 5,
      gpu: null,
    };
    manager.observations.set('sweep@lr=1e-3,s=2', {
      attempt: 1,
      progress: 0.4,
      progressText: 'epoch 4',
      checkpointAtMs: 4_000,
      fileChangedAtMs: null,
      usage,
    });
    await using server = await serveFake(manager);
    const answer = await server.get(`/api/v1/runs/${encodeURIComponent('sweep@lr=1e-3,s=2')}`);
    expect(answer.json()).toMatchObject({
      id: 'sweep@lr=1e-3,s=2',
      usage,
      status: 'running',
      directory: '/work/sweep/lr=1e-3,s=2',
      definition: { cmd: ['python3', 'train.py'], executor: { env: { MODE: 'fast' } } },
      execution: { node: 'a1', slots: [0], pid: 77, stopCause: null },
      progress: 0.4,
      progressText: 'epoch 4',
      checkpointAtMs: 4_000,
    });
  });

  test('says how long it is expected to take, and how that is known', async () => {
    const manager = new FakeManager();
    const declared = aRun('sweep@declared');
    manager.add({ ...declared, definition: { ...declared.definition, timeMs: 60_000 } });
    manager
      .add(aRun('sweep@learned', { status: 'failed', reason: 'exit' }))
      .learnedTimes.set('sweep@learned', { medianMs: 7_000, upperMs: 9_000, samples: 12, by: 'lr' });
    manager.add(aRun('sweep@unknown')).add({ ...declared, id: 'sweep@done', name: 'done', status: 'finished', reason: 'exit' });
    await using server = await serveFake(manager);
    const expected = async (name: string): Promise<unknown> => (await server.get(`/api/v1/runs/sweep@${name}`)).json().expected;
    expect(await expected('declared')).toEqual({ ms: 60_000, upperMs: 60_000, source: 'declared', by: null });
    expect(await expected('learned')).toEqual({ ms: 7_000, upperMs: 9_000, source: 'learned', by: 'lr' });
    expect(await expected('unknown')).toBeNull();
    expect(await expected('done')).toBeNull();
  });

  test('says of an executing one how much is left by the progress that it reports', async () => {
    const manager = new FakeManager().add(aRunningRun('sweep@a'));
    const elapsedMs = 90_000;
    await using server = await serveFake(manager, {
      clock: { nowMs: () => 3_100 + elapsedMs, monotonicMs: () => 0, after: () => ({ cancel: () => undefined }) },
    });
    manager.observations.set('sweep@a', { attempt: 1, progress: 0.5, progressText: null, checkpointAtMs: null, fileChangedAtMs: null });
    expect((await server.get('/api/v1/runs/sweep@a')).json().expected).toEqual({
      ms: elapsedMs,
      upperMs: elapsedMs,
      source: 'progress',
      by: null,
    });
  });

  test.each([
    ['sweep@nope', "Experiment 'sweep' has no run 'nope'."],
    ['nope@x', "There is no experiment 'nope', so no run 'nope@x'."],
    ['x', "'x' is not the id of a run; expected experiment@run."],
  ])('that does not exist (%s) is answered with what is unknown', async (id, detail) => {
    await using server = await serveFake(sweep(1));
    for (const path of ['', '/attempts', '/logs/stdout']) {
      expect((await server.get(`/api/v1/runs/${id}${path}`)).json()).toMatchObject({ status: 404, code: 'JQ_RUN_NOT_FOUND', detail });
    }
  });

  test('lists its attempts', async () => {
    const manager = sweep(1);
    const outcome = {
      kind: 'exit',
      exitCode: 7,
      signal: null,
      stopCause: null,
      startedAtMs: 1,
      endedAtMs: 2,
      checkpointAtMs: null,
      progress: null,
      detail: 'exit 7',
    } as const;
    manager.attempts.push({
      run: 'sweep@r0000',
      attempt: 1,
      node: 'a1',
      slots: [0],
      pid: 5,
      placedAtMs: 0,
      startedAtMs: 1,
      endedAtMs: 2,
      outcome,
    });
    await using server = await serveFake(manager);
    expect((await server.get('/api/v1/runs/sweep@r0000/attempts')).json()).toEqual({ attempts: manager.attempts });
  });
});

describe('fields', () => {
  test('answer only those keys, and single parameters', async () => {
    await using server = await serveFake(new FakeManager().add(aRun('sweep@a', {}, { lr: 0.1, seed: 3 })));
    expect((await server.get('/api/v1/runs?fields=status,parameters.lr&fields=attempt,parameters.none')).json().runs).toEqual([
      { id: 'sweep@a', status: 'ready', attempt: 0, parameters: { lr: 0.1 } },
    ]);
    expect((await server.get('/api/v1/runs?fields=parameters')).json().runs).toEqual([{ id: 'sweep@a', parameters: { lr: 0.1, seed: 3 } }]);
  });

  test('that runs do not have are refused, with the one that was meant', async () => {
    await using server = await serveFake(sweep(1));
    const answer = await server.get('/api/v1/runs?fields=staus');
    expect([answer.statusCode, answer.json()]).toMatchObject([400, { code: 'JQ_BAD_REQUEST', hint: "Did you mean 'status'?" }]);
  });
});

test('a page of up to 200 rows stays below 40 kB, and its cursor leads on', async () => {
  const manager = new FakeManager();
  for (let i = 100; i < 300; i += 1)
    manager.add(aRun(`sweep@r${i}`, { detail: 'why it is so '.repeat(10) }, { lr: 0.1, optimiser: 'adam', layers: 12 }));
  await using server = await serveFake(manager);
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const answer = await server.get(`/api/v1/runs?limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`);
    expect(answer.body.length).toBeLessThanOrEqual(40_000);
    seen.push(...answer.json().runs.map((run: { id: string }) => run.id));
    cursor = answer.json().nextCursor;
  }
  expect(new Set(seen).size).toBe(200);
  expect((await server.get('/api/v1/runs?limit=201')).json().runs).toHaveLength(200);
});

test('runs sort by parameters, down with a minus; an unknown key is named', async () => {
  await using server = await serveFake(sweep(3));
  expect((await server.get('/api/v1/runs?sort=-parameters.lr')).json().runs.map((run: { name: string }) => run.name)).toEqual([
    'r0002',
    'r0001',
    'r0000',
  ]);
  const refused = await server.get('/api/v1/runs?sort=lr');
  expect([refused.statusCode, refused.json().detail]).toEqual([400, expect.stringContaining('querystring.sort')]);
});

test('facets count the matching runs, and say which parameters vary', async () => {
  await using server = await serveFake(sweep(4).add(aRunningRun('sweep@x')));
  const facets = (await server.get('/api/v1/runs/facets?state=ready')).json();
  expect(facets).toMatchObject({
    total: 4,
    status: [
      { value: 'ready', runs: 4 },
      { value: 'running', runs: 1 },
    ],
    node: [],
    parameters: [{ name: 'lr', isVarying: true, minimum: 0, maximum: 0.3 }],
  });
  expect((await server.get('/api/v1/runs/facets?state=redy')).json()).toMatchObject({ code: 'JQ_BAD_SELECTOR' });
});

test('an unknown run or experiment is answered with the one that was meant', async () => {
  await using server = await serveFake(sweep(3));
  const hint = async (path: string): Promise<string> => (await server.get(`/api/v1/${path}`)).json().hint;
  expect(await hint('runs/sweep@r000')).toBe("Did you mean 'sweep@r0000'?");
  expect(await hint('runs/swep@r0001')).toBe("Did you mean 'sweep@r0001'?");
  expect(await hint('experiments/swep')).toBe("Did you mean 'sweep'?");
  expect(await hint('runs/other@x')).toContain('juqueue runs');
});

describe('the runs as CSV', () => {
  test('are those of the selector, with times as ISO 8601, a column for each parameter, and quotes where they are needed', async () => {
    const manager = new FakeManager()
      .add(
        aRun(
          'sweep@a',
          { status: 'failed', reason: 'exit', detail: 'said "no", twice', createdAtMs: 0, changedAtMs: 0 },
          { lr: 0.1, note: 'x,y' },
        ),
      )
      .add(aRun('sweep@b', { createdAtMs: 0, changedAtMs: 0 }, { lr: 1e-7 }))
      .add(aRun('other@c', {}, { depth: 3 }));
    await using server = await serveFake(manager);
    const answer = await server.get('/api/v1/runs.csv?experiment=sweep');
    expect([answer.headers['content-type'], answer.headers['content-disposition']]).toEqual([
      'text/csv; charset=utf-8',
      'attachment; filename="runs.csv"',
    ]);
    expect(answer.body.split('\r\n')).toEqual([
      'id,experiment,name,status,reason,detail,clusters,node,attempt,priority,slots,createdAt,changedAt,startedAt,endedAt,exitCode,failure,parameters.lr,parameters.note',
      expect.stringMatching(
        /^sweep@a,sweep,a,failed,exit,"said ""no"", twice",local,,0,0,1,1970-01-01T00:00:00.000Z,1970-01-01T00:00:00.000Z,,,,\w*,0.1,"x,y"$/,
      ),
      'sweep@b,sweep,b,ready,queued,,local,,0,0,1,1970-01-01T00:00:00.000Z,1970-01-01T00:00:00.000Z,,,,,1e-7,',
      '',
    ]);
  });

  test('come whole, however many there are', async () => {
    await using server = await serveFake(sweep(2_300));
    expect((await server.get('/api/v1/runs.csv')).body.split('\r\n')).toHaveLength(2_302);
  });

  test('of a selector that cannot be read are refused', async () => {
    await using server = await serveFake(sweep(1));
    expect((await server.get('/api/v1/runs.csv?where=lr')).json()).toMatchObject({ status: 400, code: 'JQ_BAD_SELECTOR' });
  });
});

test('the timeline of a run tells its phases with node, host and cluster', async () => {
  const manager = new FakeManager().add(aRunningRun('sweep@a'));
  manager.allocations.push(anAllocation('a1', ['sweep@a', null]));
  manager.attempts.push({
    run: 'sweep@a',
    attempt: 1,
    node: 'a1',
    slots: [0],
    pid: 77,
    placedAtMs: 3_000,
    startedAtMs: 3_100,
    endedAtMs: null,
    outcome: null,
  });
  manager.happen({ kind: 'run-stop-requested', run: 'sweep@a', attempt: 1, cause: 'walltime', graceMs: 1 }, 4_000);
  await using server = await serveFake(manager);
  const place = { attempt: 1, node: 'a1', cluster: 'local', host: 'n1' };
  expect((await server.get('/api/v1/runs/sweep@a/timeline')).json().phases).toEqual([
    { phase: 'waiting', fromMs: 1_000, toMs: 3_000, attempt: null, node: null, cluster: null, host: null, stopCause: null },
    { phase: 'starting', fromMs: 3_000, toMs: 3_100, ...place, stopCause: null },
    { phase: 'running', fromMs: 3_100, toMs: 4_000, ...place, stopCause: null },
    { phase: 'stopping', fromMs: 4_000, toMs: null, ...place, stopCause: 'walltime' },
  ]);
  expect((await server.get('/api/v1/runs/sweep@x/timeline')).json()).toMatchObject({ code: 'JQ_RUN_NOT_FOUND' });
});
