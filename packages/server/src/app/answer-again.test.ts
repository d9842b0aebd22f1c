import { describe, expect, test } from 'vitest';
import { aRun, FakeManager } from '../../test/fake-manager.ts';
import { serveFake } from '../../test/serve-fake.ts';

describe('a POST with an Idempotency-Key', () => {
  const body = { selector: { q: 'sweep@*' } };
  const key = { 'idempotency-key': 'k1' };

  test('is done once, however often and however close together it comes, and answered each time', async () => {
    const manager = new FakeManager().add(aRun('sweep@a', { status: 'failed', reason: 'exit' }));
    await using server = await serveFake(manager);
    const answers = await Promise.all([1, 2, 3].map(() => server.send('POST', '/api/v1/runs:resume', body, key)));
    expect(answers.map((answer) => answer.json().affected)).toEqual([1, 1, 1]);
    expect(answers.filter((answer) => answer.headers['idempotency-replayed'] === 'true')).toHaveLength(2);
    expect(manager.commands).toHaveLength(1);
    await server.send('POST', '/api/v1/runs:resume', body, { 'idempotency-key': 'k2' });
    expect(manager.commands).toHaveLength(2);
  });

  test('with another body is refused', async () => {
    const manager = new FakeManager().add(aRun('sweep@a'));
    await using server = await serveFake(manager);
    await server.send('POST', '/api/v1/runs:resume', body, key);
    expect((await server.send('POST', '/api/v1/runs:resume', { selector: { q: 'other@*' } }, key)).json()).toMatchObject({
      status: 422,
      code: 'JQ_KEY_REUSED',
    });
  });

  test('that was refused is refused again, and one that met our own fault is tried again', async () => {
    const manager = new FakeManager().add(aRun('sweep@a'));
    manager.refusal = { code: 'JQ_STORE_UNAVAILABLE', message: 'no space', hint: null };
    await using server = await serveFake(manager);
    expect((await server.send('POST', '/api/v1/runs:resume', body, key)).statusCode).toBe(503);
    manager.refusal = null;
    expect((await server.send('POST', '/api/v1/runs:resume', body, key)).statusCode).toBe(200);
    const wrong = { ...body, expectCount: 9 };
    for (let i = 0; i < 2; i += 1)
      expect((await server.send('POST', '/api/v1/runs:cancel', wrong, key)).json()).toMatchObject({
        status: 409,
        code: 'JQ_COUNT_CHANGED',
      });
  });
});

test('a client that has an answer already is told that it is still the same', async () => {
  const manager = new FakeManager().add(aRun('sweep@a'));
  await using server = await serveFake(manager);
  const first = await server.get('/api/v1/runs');
  const tag = String(first.headers['etag']);
  const again = await server.get('/api/v1/runs', { 'if-none-match': `"other", W/${tag}` });
  expect([again.statusCode, again.body]).toEqual([304, '']);
  manager.add(aRun('sweep@b'));
  expect((await server.get('/api/v1/runs', { 'if-none-match': tag })).statusCode).toBe(200);
});
