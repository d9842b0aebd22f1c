import { expect, test } from 'vitest';
import { aJob, pull, TestHub } from './test-hub.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test(
  'a job takes committed artifacts of its owner; its agent reads those and no others, and what it makes belongs to the owner',
  { timeout: 60_000 },
  async () => {
    await using hub = await TestHub.start();
    const ada = await hub.person('ada', 'editor');
    const bob = await hub.person('bob', 'editor');
    const input = String((await ada('POST', '/artifacts', { name: 'input' })).body['id']);
    const other = String((await ada('POST', '/artifacts', {})).body['id']);
    expect((await ada('PUT', `/artifacts/${input}/files/a/in.txt`, bytes('input'))).status).toBe(201);
    const job = { ...aJob, files: [{ kind: 'artifact', path: 'in', artifact: input, file: null }] };
    expect(await ada('POST', '/jobs', job)).toMatchObject({ status: 409, body: { code: 'JQ_ARTIFACT_STATUS' } });
    const created = await ada('POST', '/jobs?launch=false', job);
    expect(created.status).toBe(201);
    expect(await ada('POST', `/jobs/${String(created.body['id'])}/launch`)).toMatchObject({ status: 409 });
    expect((await ada('POST', `/artifacts/${input}/commit`, {})).status).toBe(200);
    expect(await bob('POST', '/jobs', job)).toMatchObject({ status: 404, body: { code: 'JQ_ARTIFACT_NOT_FOUND' } });
    expect((await ada('POST', `/jobs/${String(created.body['id'])}/launch`)).status).toBe(200);
    expect(await ada('DELETE', `/artifacts/${input}`)).toMatchObject({ status: 409, body: { code: 'JQ_ARTIFACT_STATUS' } });

    const agent = await hub.agent('juwels');
    const [offer] = await pull(agent);
    const held = `/jobs/${offer?.job}/attempts/${offer?.attempt}`;
    expect((await agent('GET', `${held}/artifacts/${input}`)).status).toBe(409);
    expect((await agent('POST', `${held}/claim`)).status).toBe(200);
    expect((await agent('GET', `${held}/artifacts/${input}/files/a/in.txt`)).body).toEqual({ text: 'input' });
    expect((await agent('GET', `${held}/artifacts/${other}`)).status).toBe(404);
    expect((await agent('PUT', `${held}/artifacts/${input}/files/more`, bytes('x'))).status).toBe(403);
    const output = String((await agent('POST', `${held}/artifacts`, { name: 'output' })).body['id']);
    expect((await agent('PUT', `${held}/artifacts/${output}/files/out.txt`, bytes('output'))).status).toBe(201);
    expect((await agent('POST', `${held}/artifacts/${output}/commit`, {})).status).toBe(200);
    expect((await ada('GET', `/artifacts/${output}/files/out.txt`)).body).toEqual({ text: 'output' });
    expect((await bob('GET', `/artifacts/${output}`)).status).toBe(404);
    const stranger = await hub.agent('other');
    expect(await stranger('GET', `${held}/artifacts/${input}`)).toMatchObject({ status: 409, body: { code: 'JQ_ATTEMPT_OVER' } });
  },
);
