import { expect, test } from 'vitest';
import { aRun, FakeManager } from '../../test/fake-manager.ts';
import { serveFake } from '../../test/serve-fake.ts';

test('a log is answered as it is, with its place and size in headers', async () => {
  const manager = new FakeManager().add(aRun('sweep@a'));
  const asked: unknown[] = [];
  const bytes = Buffer.from([0x1b, 0x5b, 0x31, 0x6d, 0xff, 0x00, 0x3c]);
  manager.logs = {
    ...manager.logs,
    read: async ({ experiment, run, stream }, part, isRaw) => {
      asked.push([experiment, run, stream, part, isRaw]);
      return { size: 100, from: 93, next: 100, bytes };
    },
  };
  await using server = await serveFake(manager);
  const answer = await server.get('/api/v1/runs/sweep@a/logs/stderr?from=93&bytes=7');
  expect(answer.rawPayload).toEqual(bytes);
  expect(answer.headers).toMatchObject({
    'content-type': 'text/plain; charset=utf-8',
    'juqueue-log-from': '93',
    'juqueue-log-next': '100',
    'juqueue-log-size': '100',
    'x-content-type-options': 'nosniff',
  });
  await server.get('/api/v1/runs/sweep@a/logs/stdout?tail=20&raw=true');
  await server.get('/api/v1/runs/sweep@a/logs/stdout?fromEnd=true&bytes=9');
  await server.get('/api/v1/runs/sweep@a/logs/stdout');
  expect(asked).toEqual([
    ['sweep', 'a', 'stderr', { kind: 'from', from: 93, bytes: 7 }, false],
    ['sweep', 'a', 'stdout', { kind: 'tail', lines: 20 }, true],
    ['sweep', 'a', 'stdout', { kind: 'end', bytes: 9 }, false],
    ['sweep', 'a', 'stdout', { kind: 'from', from: 0, bytes: 65_536 }, false],
  ]);
});

test.each(['/logs/juqueue', '/logs/..%2Fstdout', '/logs/stdout?from=-1', '/logs/stdout?bytes=0', '/logs/stdout?tail=x'])(
  '%s is not a part of a log',
  async (path) => {
    await using server = await serveFake(new FakeManager().add(aRun('sweep@a')));
    expect((await server.get(`/api/v1/runs/sweep@a${path}`)).statusCode).toBe(400);
  },
);

test('a search of a log answers lines with their places, and where to go on', async () => {
  const manager = new FakeManager().add(aRun('sweep@a'));
  const asked: unknown[] = [];
  manager.logs = {
    ...manager.logs,
    search: async (log, search) => {
      asked.push([log, search]);
      return { size: 100, matches: [{ offset: 7, line: '\u001b[31merror' }], nextFrom: 20 };
    },
  };
  await using server = await serveFake(manager);
  expect((await server.get('/api/v1/runs/sweep@a/logs/stdout/search?text=error&ignoreCase=true')).json()).toEqual({
    size: 100,
    matches: [{ offset: 7, line: '\u001b[31merror' }],
    nextFrom: 20,
  });
  expect(asked).toEqual([
    [
      { experiment: 'sweep', run: 'a', stream: 'stdout' },
      { text: 'error', ignoresCase: true, from: 0, limit: 100 },
    ],
  ]);
  expect((await server.get('/api/v1/runs/sweep@a/logs/stdout/search')).json()).toMatchObject({
    code: 'JQ_BAD_REQUEST',
    detail: "querystring lacks 'text'.",
  });
});

test('a mistake of the server is told in short, with a code and without what it knows of our files', async () => {
  const manager = new FakeManager().add(aRun('sweep@a'));
  manager.logs = {
    ...manager.logs,
    read: async () => {
      throw new Error('EIO: /work/.juqueue/token');
    },
  };
  await using server = await serveFake(manager);
  const answer = await server.get('/api/v1/runs/sweep@a/logs/stdout');
  expect(answer.json()).toMatchObject({
    status: 500,
    code: 'JQ_INTERNAL',
    detail: 'The server made a mistake while answering this request.',
  });
  expect(answer.body).not.toContain('token');
});
