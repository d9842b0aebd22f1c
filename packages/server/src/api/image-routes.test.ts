import { expect, test } from 'vitest';
import { FakeManager } from '../../test/fake-manager.ts';
import { serveFake } from '../../test/serve-fake.ts';

const image = { name: 'apptainer docker://debian:12', state: 'ready', pulledAtMs: 5, bytes: 7, trouble: null } as const;

test('images are listed, and pulled anew on request: all, or those that are named', async () => {
  const fake = new FakeManager();
  fake.images.push(image);
  await using server = await serveFake(fake);
  expect((await server.get('/api/v1/images')).json()).toEqual({ images: [image] });
  expect((await server.send('POST', '/api/v1/images:update', {})).statusCode).toBe(200);
  expect((await server.send('POST', '/api/v1/images:update', { images: [image.name] })).statusCode).toBe(200);
  expect(fake.imageUpdates).toEqual([null, [image.name]]);
  expect((await server.send('POST', '/api/v1/images:update', { images: ['apptainer docker://debian:13'] })).json()).toMatchObject({
    status: 404,
    code: 'JQ_NOT_FOUND',
    hint: "Did you mean 'apptainer docker://debian:12'?",
  });
});
