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
    expect(answer.json()).toEqual({ matched: 2, byStatus: { failed: 2 }, affected: 2, skippedCount: 0, skipped: [] });
    expect(manager.commands).toEqual([{ kind: 'resume-runs', runs: ['sweep@a', 'sweep@b'], by: 'api' }]);
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
      expect((await server.send('POST', '/api/v1/runs:cancel', { selector, force: true })).json()).toMatchObject({ status: 400, code: 'JQ_BAD_SELECTOR' });
    }
    expect(manager.commands).toEqual([]);
  });

  test('without force leaves executing runs alone and says so', async () => {
    const manager = someRuns();
    await using server = await serveFake(manager);
    const answer = await server.send('POST', '/api/v1/runs:cancel', { selector: { q: 'sweep@*' }, reason: 'wrong data' });
    expect(answer.json()).toMatchObject({ affected: 2, skippedCount: 1, skipped: [{ run: 'sweep@c', because: 'it is running, and force was not given' }] });
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
