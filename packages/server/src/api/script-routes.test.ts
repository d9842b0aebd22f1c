import { expect, test } from 'vitest';
import { aRun, FakeManager } from '../../test/fake-manager.ts';
import { serveFake } from '../../test/serve-fake.ts';

test('what an attempt executed is a script; a run or attempt without one says why', async () => {
  const fake = new FakeManager().add(aRun('sweep@a', { attempt: 2, status: 'finished', reason: 'exit' })).add(aRun('sweep@new'));
  const asked: unknown[] = [];
  fake.logs = {
    ...fake.logs,
    script: async (run, attempt) => {
      asked.push([run, attempt]);
      return attempt === 7 || run.run === 'new' ? null : { attempt: attempt ?? 2, script: '#!/bin/bash\n' };
    },
  };
  await using server = await serveFake(fake);
  expect((await server.get('/api/v1/runs/sweep@a/script')).json()).toEqual({ run: 'sweep@a', attempt: 2, script: '#!/bin/bash\n' });
  expect((await server.get('/api/v1/runs/sweep@a/script?attempt=1')).json()).toMatchObject({ attempt: 1 });
  const file = await server.get('/api/v1/runs/sweep@a/script.sh?attempt=1');
  expect([file.body, file.headers['content-type'], file.headers['content-disposition']]).toEqual([
    '#!/bin/bash\n',
    'text/x-shellscript; charset=utf-8',
    'attachment; filename="sweep@a-1.sh"',
  ]);
  expect((await server.get('/api/v1/runs/sweep@new/script.sh')).json()).toMatchObject({ code: 'JQ_NOT_FOUND' });
  asked.splice(-2);
  expect(asked).toEqual([
    [{ experiment: 'sweep', run: 'a' }, null],
    [{ experiment: 'sweep', run: 'a' }, 1],
  ]);
  expect((await server.get('/api/v1/runs/sweep@a/script?attempt=7')).json()).toMatchObject({
    status: 404,
    code: 'JQ_NOT_FOUND',
    detail: 'What attempt 7 of sweep@a executed is not on record; its newest attempt is 2.',
  });
  expect((await server.get('/api/v1/runs/sweep@new/script')).json()).toMatchObject({
    status: 404,
    detail: 'sweep@new has not executed anything yet.',
  });
});
