import { describe, expect, test } from 'vitest';
import { aCluster, anAllocation, aRun, aRunningRun, FakeManager } from '../../test/fake-manager.ts';
import { serveFake } from '../../test/serve-fake.ts';

const runDefA = {
  id: 'a',
  experiment_name: 'sweep',
  cluster: 'local',
  cmd: ['python3', 'train.py'],
  parameters: { lr: 0.1, deep: true, name: 'x' },
  parameter_format: 'argparse',
  depends_on: [],
  executor: { env: { MODE: 'fast' }, python_search_path: [], venv: null, prepend_script: [], cuda: false },
  check_heartbeat: false,
  is_abstract: false,
};

function someRuns(): FakeManager {
  const manager = new FakeManager()
    .add(aRun('sweep@a', { createdAtMs: Date.UTC(2026, 0, 2, 3, 4, 5, 6) }, { lr: 0.1, deep: true, name: 'x' }))
    .add(aRunningRun('sweep@b'));
  manager.clusters.set('local', aCluster());
  return manager;
}

describe('GET /experiments', () => {
  test('answers every run under its experiment, as the original did', async () => {
    await using server = await serveFake(someRuns());
    const answer = await server.get('/experiments');
    expect(answer.headers['content-type']).toContain('application/json');
    expect(Object.keys(answer.json())).toEqual(['sweep']);
    expect(answer.json().sweep.runs.a).toEqual({ status: 'ready', run_def: runDefA, created_at: '2026-01-02T03:04:05.006+00:00' });
    expect(answer.json().sweep.runs.b.status).toBe('running');
  });

  test('is an empty object when there is nothing', async () => {
    await using server = await serveFake(new FakeManager());
    expect((await server.get('/experiments')).json()).toEqual({});
  });

  test('of a thousand runs lets the event loop go on in between', async () => {
    const manager = new FakeManager();
    for (let i = 0; i < 1_000; i += 1) manager.add(aRun(`e${i % 3}@r${i}`));
    await using server = await serveFake(manager);
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 0);
    const answer = await server.get('/experiments');
    clearInterval(timer);
    expect(Object.values<{ runs: object }>(answer.json()).map((experiment) => Object.keys(experiment.runs).length)).toEqual([
      334, 333, 333,
    ]);
    expect(turns).toBeGreaterThan(1);
  });
});

test('GET /clusters answers nodes by number, with status, worker and slots', async () => {
  const manager = someRuns();
  manager.clusters.set('empty', aCluster('empty'));
  const alive = anAllocation('a1', ['sweep@a', null]);
  manager.allocations.push(
    alive,
    anAllocation('a2', [null], { node: null, status: 'submitted' }),
    anAllocation('a3', [null], { node: { ...alive.node!, id: 'a3', status: 'silent', occupants: [null] } }),
  );
  await using server = await serveFake(manager);
  expect((await server.get('/clusters')).json()).toEqual({
    local: {
      nodes_requested: 3,
      nodes: {
        0: {
          status: 'alive',
          worker: 'n1',
          slots: [
            { index: 0, occupant: 'sweep@a', run_def: runDefA },
            { index: 1, occupant: null, run_def: null },
          ],
        },
        1: { status: 'queued', worker: null, slots: [] },
        2: { status: 'dead', worker: 'n1', slots: [{ index: 0, occupant: null, run_def: null }] },
      },
    },
    empty: { nodes_requested: 0, nodes: {} },
  });
});

describe('PUT resume_runs and cancel_runs', () => {
  test('act on the runs that the body names', async () => {
    const manager = someRuns();
    await using server = await serveFake(manager);
    expect((await server.send('PUT', '/experiment/sweep/resume_runs', ['a'])).json()).toEqual({ success: true, reason: null });
    expect((await server.send('PUT', '/experiment/sweep/cancel_runs', { run_ids: ['a', 'b'], force: true })).json()).toEqual({
      success: true,
      reason: null,
    });
    expect(manager.commands).toMatchObject([
      { kind: 'resume-runs', runs: ['sweep@a'] },
      { kind: 'cancel-runs', runs: ['sweep@a', 'sweep@b'], force: true },
    ]);
  });

  test('name what is unknown, with status 200 and success false', async () => {
    const manager = someRuns();
    await using server = await serveFake(manager);
    const unknownRun = await server.send('PUT', '/experiment/sweep/resume_runs', ['a', 'zzz']);
    expect([unknownRun.statusCode, unknownRun.json()]).toEqual([200, { success: false, reason: "Experiment 'sweep' has no run 'zzz'." }]);
    const unknownExperiment = await server.send('PUT', '/experiment/nope/cancel_runs', { run_ids: ['a'], force: false });
    expect(unknownExperiment.json()).toEqual({ success: false, reason: "There is no experiment 'nope'." });
    expect(manager.commands).toEqual([]);
  });

  test('without force say why a running run was left alone', async () => {
    await using server = await serveFake(someRuns());
    const answer = await server.send('PUT', '/experiment/sweep/cancel_runs', { run_ids: ['b'], force: false });
    expect(answer.json()).toEqual({ success: true, reason: 'sweep@b: it is running, and force was not given' });
  });

  test.each([
    ['/experiment/sweep/resume_runs', { run_ids: ['a'] }, ['body']],
    ['/experiment/sweep/resume_runs', [1], ['body', '0']],
    ['/experiment/sweep/cancel_runs', { run_ids: ['a'] }, ['body', 'force']],
    ['/experiment/sweep/cancel_runs', { run_ids: 'a', force: true }, ['body', 'run_ids']],
  ])('%s with the body %j is answered 422 with its place', async (url, body, loc) => {
    await using server = await serveFake(someRuns());
    const answer = await server.send('PUT', url, body);
    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toEqual({ detail: [{ loc, msg: expect.any(String), type: expect.any(String) }] });
  });
});

test('rescale decides anew and sync asks the cluster; an unknown cluster is named', async () => {
  const manager = someRuns();
  await using server = await serveFake(manager);
  expect((await server.get('/clusters/local/rescale')).json()).toEqual({ success: true, reason: null });
  expect((await server.get('/clusters/local/sync')).json()).toEqual({ success: true, reason: null });
  expect([manager.ticksRequested, manager.pollsRequested]).toEqual([1, 1]);
  expect((await server.get('/clusters/nope/sync')).json()).toEqual({ success: false, reason: "There is no cluster 'nope'." });
});

test('stop gives every node back and answers the words of the original', async () => {
  const manager = someRuns();
  await using server = await serveFake(manager);
  expect((await server.send('PUT', '/juqueue/stop')).body).toBe('"Server stopped"');
  expect(manager.stops).toEqual(['release']);
});

test.each(['reload_experiments', 'reload_clusters'])('%s applies what is valid and tells the first error with its place', async (route) => {
  const manager = someRuns();
  await using server = await serveFake(manager);
  expect((await server.send('PUT', `/juqueue/${route}`)).json()).toEqual({ success: true, reason: null });
  const problem = {
    file: 'clusters.yaml',
    line: 9,
    column: 3,
    endColumn: null,
    excerpt: null,
    severity: 'error',
    code: 'unknown-key',
    message: "unknown key 'slot'.",
    hint: null,
  } as const;
  manager.definitions = {
    loadedAtMs: 5,
    problems: [problem, { ...problem, severity: 'warning' }, problem],
    plan: null,
    applied: null,
    files: [],
    notify: null,
    hub: null,
  };
  expect((await server.send('PUT', `/juqueue/${route}`)).json()).toEqual({
    success: false,
    reason: "clusters.yaml:9:3: unknown key 'slot'. (and 1 more) Everything valid was applied.",
  });
});
