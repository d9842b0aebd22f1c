import { expect, test } from 'vitest';
import { aRun, FakeManager } from '../../test/fake-manager.ts';
import { serveFake } from '../../test/serve-fake.ts';

function manager(): FakeManager {
  const fake = new FakeManager();
  for (const lr of [1, 2, 3])
    fake.add(
      aRun(`sweep@r${lr}`, { status: 'failed', reason: 'exit', detail: `exited with code 1: ValueError: lr ${lr}`, changedAtMs: lr }),
    );
  return fake.add(aRun('other@x', { status: 'failed', reason: 'signal', detail: 'killed by signal 9 (SIGKILL)' })).add(aRun('sweep@fine'));
}

interface Group {
  readonly id: string;
}

test('equal failures are one group, with its number, an example and the id that selects its runs', async () => {
  await using server = await serveFake(manager());
  const { groups, ...numbers } = (await server.get('/api/v1/failures')).json() as { readonly groups: readonly Group[] };
  expect(numbers).toEqual({ groupCount: 2, runCount: 4 });
  expect(groups).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f]{12}$/),
      signature: 'exited with code 1: ValueError: lr <n>',
      count: 3,
      experiments: [{ name: 'sweep', count: 3 }],
      example: { run: 'sweep@r1', detail: 'exited with code 1: ValueError: lr 1' },
      lastAtMs: 3,
    },
    expect.objectContaining({ signature: 'killed by signal 9 (SIGKILL)', count: 1 }),
  ]);
  expect((await server.get(`/api/v1/runs?q=failure:${groups[0]?.id}`)).json()).toMatchObject({
    runs: [{ id: 'sweep@r1', failure: groups[0]?.id }, { id: 'sweep@r2' }, { id: 'sweep@r3' }],
  });
  expect((await server.get('/api/v1/runs?failure=xyz')).json()).toMatchObject({ status: 400, code: 'JQ_BAD_SELECTOR' });
});

test('one experiment can be asked for; one that does not exist is told with what was probably meant', async () => {
  await using server = await serveFake(manager());
  expect((await server.get('/api/v1/failures?experiment=other&limit=1')).json()).toMatchObject({
    groups: [{ count: 1, example: { run: 'other@x' } }],
    groupCount: 1,
    runCount: 1,
  });
  expect((await server.get('/api/v1/failures?experiment=swep')).json()).toMatchObject({
    status: 404,
    code: 'JQ_EXPERIMENT_NOT_FOUND',
    hint: "Did you mean 'sweep'?",
  });
});
