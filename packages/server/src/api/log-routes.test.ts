import { expect, test } from 'vitest';
import { aRun, FakeManager } from '../../test/fake-manager.ts';
import { serveFake } from '../../test/serve-fake.ts';
import type { LogPart } from '../logs/log-window.ts';

test('a log is answered as it is, with its place and size in headers', async () => {
  const manager = new FakeManager().add(aRun('sweep@a'));
  const asked: unknown[] = [];
  const bytes = Buffer.from([0x1b, 0x5b, 0x31, 0x6d, 0xff, 0x00, 0x3c]);
  manager.logs = {
    read: async (experiment, run, stream, part: LogPart) => {
      asked.push([experiment, run, stream, part]);
      return { size: 100, from: 93, bytes };
    },
  };
  await using server = await serveFake(manager);
  const answer = await server.get('/api/v1/runs/sweep@a/logs/stderr?from=93&bytes=7');
  expect(answer.rawPayload).toEqual(bytes);
  expect(answer.headers).toMatchObject({ 'content-type': 'text/plain; charset=utf-8', 'juqueue-log-from': '93', 'juqueue-log-size': '100', 'x-content-type-options': 'nosniff' });
  await server.get('/api/v1/runs/sweep@a/logs/stdout?tail=20');
  await server.get('/api/v1/runs/sweep@a/logs/stdout');
  expect(asked).toEqual([
    ['sweep', 'a', 'stderr', { kind: 'from', from: 93, bytes: 7 }],
    ['sweep', 'a', 'stdout', { kind: 'tail', lines: 20 }],
    ['sweep', 'a', 'stdout', { kind: 'from', from: 0, bytes: 65_536 }],
  ]);
});

test.each(['/logs/juqueue', '/logs/..%2Fstdout', '/logs/stdout?from=-1', '/logs/stdout?bytes=0', '/logs/stdout?tail=x'])('%s is not a part of a log', async (path) => {
  await using server = await serveFake(new FakeManager().add(aRun('sweep@a')));
  expect((await server.get(`/api/v1/runs/sweep@a${path}`)).statusCode).toBe(400);
});
