import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadAgent } from './load-agent.ts';

const hub = 'url: https://hub.example.org\nagent: cluster-a\nsecret_file: hub.secret\ncluster: local\nprofiles: {}\n';

interface Folder extends AsyncDisposable {
  readonly path: string;
}

/** Definitions with this `clusters.yaml`, and the secret with this mode. */
async function definitions(clusters: string | null, secretMode = 0o600): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'juqueue-agent-'));
  if (clusters !== null) await writeFile(join(path, 'clusters.yaml'), clusters);
  await writeFile(join(path, 'hub.secret'), 'a secret\n');
  await chmod(join(path, 'hub.secret'), secretMode);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

const withHub = `local: { type: local, max_jobs: 1, num_slots: 1 }\nhub:\n${hub.replace(/^/gm, '  ').trimEnd()}\n`;

describe('what an agent is started with', () => {
  test('stands below hub in clusters.yaml, or in a file of its own; its secret is beside it', async () => {
    await using folder = await definitions(withHub);
    await writeFile(join(folder.path, 'agent.yaml'), hub);
    expect(await loadAgent(folder.path, null)).toMatchObject({
      definition: { agent: 'cluster-a', secretFile: join(folder.path, 'hub.secret') },
      secret: 'a secret',
    });
    expect(await loadAgent('/nowhere', join(folder.path, 'agent.yaml'))).toMatchObject({
      definition: { agent: 'cluster-a' },
      secret: 'a secret',
    });
  });

  test.each([
    ['no file', null, /clusters\.yaml cannot be read: ENOENT/],
    ['no hub', 'local: { type: local, max_jobs: 1, num_slots: 1 }\n', /clusters\.yaml has no key 'hub'/],
    ['a missing key', withHub.replace('agent: cluster-a', ''), /clusters\.yaml:\d+:\d+: hub: key 'agent' is missing/],
  ])('%s is refused with its place', async (_what, clusters, sentence) => {
    await using folder = await definitions(clusters);
    await expect(loadAgent(folder.path, null)).rejects.toMatchObject({
      problem: { code: 'JQ_DEFINITIONS_INVALID', message: expect.stringMatching(sentence) },
    });
  });

  test('a secret that others can read, that is a link or that is missing is refused', async () => {
    await using folder = await definitions(withHub, 0o640);
    const secret = join(folder.path, 'hub.secret');
    const refused = (sentence: RegExp) => ({ problem: { code: 'JQ_SECRET_NOT_PRIVATE', message: expect.stringMatching(sentence) } });
    await expect(loadAgent(folder.path, null)).rejects.toMatchObject(refused(/has mode 640, expected 600/));
    await rm(secret);
    await expect(loadAgent(folder.path, null)).rejects.toMatchObject(refused(/cannot be read: ENOENT/));
    await symlink('/etc/hostname', secret);
    await expect(loadAgent(folder.path, null)).rejects.toMatchObject(refused(/is a symbolic link/));
  });
});
