import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { FakeManager } from '../../test/fake-manager.ts';
import { serveFake } from '../../test/serve-fake.ts';

const anonymous = { authorization: '' };

test('the page is public, runs its own files only, and is asked for anew each time', async () => {
  await using server = await serveFake(new FakeManager());
  const page = await server.get('/', anonymous);
  expect([page.statusCode, page.headers['content-type'], page.body]).toEqual([200, 'text/html; charset=utf-8', '<!doctype html>\n']);
  const policy = String(page.headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("require-trusted-types-for 'script'");
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
  expect(page.headers['cache-control']).toBe('no-cache');
});

test('assets, whose names change with their content, are kept by the browser', async () => {
  await using server = await serveFake(new FakeManager());
  const asset = await server.get('/assets/index-a.js', anonymous);
  expect([asset.statusCode, asset.headers['content-type'], asset.headers['cache-control']]).toEqual([
    200,
    'application/javascript; charset=utf-8',
    'public, max-age=31536000, immutable',
  ]);
});

test('a browser that takes gzip gets what the build has zipped', async () => {
  await using server = await serveFake(new FakeManager());
  const asset = await server.get('/assets/index-a.css', { ...anonymous, 'accept-encoding': 'gzip, deflate, br' });
  expect([asset.headers['content-encoding'], asset.headers['content-type'], gunzipSync(asset.rawPayload).toString()]).toEqual([
    'gzip',
    'text/css; charset=utf-8',
    'body{}\n',
  ]);
});

test.each(['/assets/..%2F..%2Fserver.json', '/assets/.hidden.js', '/assets/a.map', '/assets/'])('%s is no asset', async (path) => {
  await using server = await serveFake(new FakeManager());
  expect((await server.get(path, anonymous)).statusCode).toBeGreaterThanOrEqual(400);
});

test('an asset of an earlier version is not found', async () => {
  await using server = await serveFake(new FakeManager());
  expect((await server.get('/assets/index-old.js', anonymous)).statusCode).toBe(404);
});
