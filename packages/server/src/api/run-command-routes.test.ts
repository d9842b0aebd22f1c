import { describe, expect, test } from 'vitest';
import { aRun, aRunningRun, FakeManager } from '../../test/fake-manager.ts';
import { serveFake } from '../../test/serve-fake.ts';

function someRuns(): FakeManager {
  return new FakeManager()
    .add(aRun('sweep@a', { status: 'failed', reason: 'exit' }))
    .add(aRun('sweep@b', { status: 'failed', reason: 'signal' }))
    .add(aRunningRun('sweep@c'))
    .add(aRun('other@d', { status: 'inactive', reason: 'new' }));
}

describe('a command on runs', () => {
  test('reaches exactly the runs that the selector means', async () => {
    const manager = someRuns();
    await using server = await serveFake(manager);
    const answer = await server.send('POST', '/api/v1/runs:resume', { selector: { experiment: ['sweep'], state: ['failed'] } });
    expect(answer.json()).toEqual({ matched: 2, byStatus: { failed: 2 }, affected: 2, skippedCount: 0, skipped: [], operation: '3-1' });
    expect(manager.commands).toEqual([{ kind: 'resume-runs', runs: ['sweep@a', 'sweep@b'], by: 'api' }]);
  });

  test('leaves out the runs that it excepts, and counts without them', async () => {
    const manager = someRuns();
    await using server = await serveFake(manager);
    const answer = await server.send('POST', '/api/v1/runs:resume', {
      selector: { state: ['failed'] },
      except: ['sweep@a', 'other@none'],
      expectCount: 1,
    });
    expect(answer.json()).toMatchObject({ matched: 1, byStatus: { failed: 1 }, affected: 1 });
    expect(manager.commands).toEqual([{ kind: 'resume-runs', runs: ['sweep@b'], by: 'api' }]);
  });

  test('as a dry run counts and changes nothing', async () => {
    const manager = someRuns();
    await using server = await serveFake(manager);
    const answer = await server.send('POST', '/api/v1/runs:cancel', { selector: { q: '*@*' }, dryRun: true });
    expect(answer.json()).toMatchObject({ matched: 4, byStatus: { failed: 2, running: 1, inactive: 1 }, affected: 0 });
    expect(manager.commands).toEqual([]);
  });

  test('with another number of runs than expected is refused with 409 and changes nothing', async () => {
    const manager = someRuns();
    await using server = await serveFake(manager);
    const answer = await server.send('POST', '/api/v1/runs:resume', { selector: { state: ['failed'] }, expectCount: 3 });
    expect(answer.json()).toMatchObject({ status: 409, code: 'JQ_COUNT_CHANGED', detail: '2 runs match, expected 3.' });
    expect(manager.commands).toEqual([]);
  });

  test('with an empty selector is refused: every run has to be said', async () => {
    const manager = someRuns();
    await using server = await serveFake(manager);
    for (const selector of [{}, { q: '' }, { q: '  ', state: [] }]) {
      expect((await server.send('POST', '/api/v1/runs:cancel', { selector, force: true })).json()).toMatchObject({
        status: 400,
        code: 'JQ_BAD_SELECTOR',
      });
    }
    expect(manager.commands).toEqual([]);
  });

  test('without force leaves executing runs alone and says so', async () => {
    const manager = someRuns();
    await using server = await serveFake(manager);
    const answer = await server.send('POST', '/api/v1/runs:cancel', { selector: { q: 'sweep@*' }, reason: 'wrong data' });
    expect(answer.json()).toMatchObject({
      affected: 2,
      skippedCount: 1,
      skipped: [{ run: 'sweep@c', because: 'it is running, and force was not given' }],
    });
    expect(manager.commands[0]).toMatchObject({ kind: 'cancel-runs', force: false, reason: 'wrong data' });
  });

  test('that the engine refuses is answered with its reason', async () => {
    const manager = someRuns();
    manager.refusal = { code: 'JQ_STOPPING', message: 'The manager is stopping.', hint: null };
    await using server = await serveFake(manager);
    const answer = await server.send('POST', '/api/v1/runs:resume', { selector: { q: 'sweep@a' } });
    expect(answer.json()).toMatchObject({ status: 503, code: 'JQ_STOPPING' });
    expect(answer.headers['retry-after']).toBe('5');
  });

  test.each([
    ['a misspelt key', { selector: { states: ['failed'] } }, "unknown key 'states'"],
    ['a word for a truth value', { selector: { q: 'sweep@a' }, force: 'yes' }, 'body.force must be boolean'],
    ['no selector', { force: true }, "body lacks 'selector'"],
    ['a list for a body', [], 'body must be object'],
  ])('with %s is refused and names it', async (_name, body, detail) => {
    const manager = someRuns();
    await using server = await serveFake(manager);
    const answer = await server.send('POST', '/api/v1/runs:cancel', body);
    expect(answer.json()).toMatchObject({ status: 400, code: 'JQ_BAD_REQUEST', detail: expect.stringContaining(detail) });
    expect(manager.commands).toEqual([]);
  });

  test('of more than a megabyte is refused with 413', async () => {
    await using server = await serveFake(someRuns());
    const answer = await server.send('POST', '/api/v1/runs:resume', { selector: { q: 'x'.repeat(1_100_000) } });
    expect(answer.json()).toMatchObject({ status: 413, code: 'JQ_TOO_LARGE' });
  });
});

test('hold, release and priority act on selectors as the others do', async () => {
  const manager = new FakeManager().add(aRun('sweep@a')).add(aRun('sweep@b'));
  await using server = await serveFake(manager);
  const selector = { q: 'sweep@*' };
  await server.send('POST', '/api/v1/runs:hold', { selector, reason: 'later' });
  await server.send('POST', '/api/v1/runs:release', { selector });
  await server.send('POST', '/api/v1/runs:priority', { selector, priority: -3, expectCount: 2 });
  const runs = ['sweep@a', 'sweep@b'];
  expect(manager.commands).toEqual([
    { kind: 'hold-runs', runs, by: 'api', reason: 'later' },
    { kind: 'release-runs', runs, by: 'api' },
    { kind: 'prioritise-runs', runs, priority: -3, by: 'api' },
  ]);
  const refused = await server.send('POST', '/api/v1/runs:priority', { selector, priority: 'high' });
  expect([refused.statusCode, refused.json().detail]).toEqual([400, expect.stringContaining('body.priority')]);
});

describe('a command on runs can be undone', () => {
  const selector = { q: 'sweep@*' };

  async function undone(manager: FakeManager, verb: string, body: object = {}) {
    await using server = await serveFake(manager);
    const { operation } = (await server.send('POST', `/api/v1/runs:${verb}`, { selector, ...body })).json();
    manager.commands.length = 0;
    const answer = await server.send('POST', `/api/v1/operations/${operation}:undo`);
    expect((await server.send('POST', `/api/v1/operations/${operation}:undo`)).json()).toMatchObject({ code: 'JQ_NOT_FOUND' });
    return { commands: manager.commands, answer: answer.json() };
  }

  test('once: a hold by a release, a release by a hold, a resume by a cancel of what does not execute yet, a cancel by a resume', async () => {
    const manager = (): FakeManager => new FakeManager().add(aRun('sweep@a')).add(aRun('sweep@b'));
    const runs = ['sweep@a', 'sweep@b'];
    expect(await undone(manager(), 'hold')).toMatchObject({
      commands: [{ kind: 'release-runs', runs }],
      answer: { affected: 2, skippedCount: 0 },
    });
    expect(await undone(manager(), 'release')).toMatchObject({ commands: [{ kind: 'hold-runs', runs }] });
    expect(await undone(manager(), 'resume')).toMatchObject({ commands: [{ kind: 'cancel-runs', runs, force: false }] });
    expect(await undone(manager(), 'cancel', { force: true })).toMatchObject({ commands: [{ kind: 'resume-runs', runs }] });
  });

  test('another priority by those that the runs had', async () => {
    const withPriority = (id: string, priority: number) => aRun(id, { definition: { ...aRun(id).definition, priority } });
    const manager = new FakeManager().add(withPriority('sweep@a', 1)).add(withPriority('sweep@b', 5)).add(withPriority('sweep@c', 1));
    const { commands } = await undone(manager, 'priority', { priority: 9 });
    expect(commands).toMatchObject([
      { kind: 'prioritise-runs', runs: ['sweep@a', 'sweep@c'], priority: 1 },
      { kind: 'prioritise-runs', runs: ['sweep@b'], priority: 5 },
    ]);
  });

  test('a command that changed nothing has nothing to undo', async () => {
    await using server = await serveFake(new FakeManager());
    expect((await server.send('POST', '/api/v1/runs:hold', { selector })).json()).toMatchObject({ matched: 0, operation: null });
  });
});
