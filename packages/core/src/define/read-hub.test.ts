import { describe, expect, test } from 'vitest';
import { readClusters } from './cluster-definitions.ts';
import { readHubFile } from './read-hub.ts';

const local = 'local: { type: local, max_jobs: 1, num_slots: 2 }\n';
const read = (text: string) => readClusters('clusters.yaml', text, () => []);
const minimal = '{ url: "https://hub.example.org/", agent: jureca, secret_file: hub.secret, cluster: local }';

describe('hub: of clusters.yaml', () => {
  test('is no cluster, and clusters do not mind it', () => {
    const { clusters, hub, problems } = read(`${local}hub: ${minimal}\n`);
    expect(problems).toEqual([]);
    expect(clusters.map(({ name }) => name)).toEqual(['local']);
    expect(hub).toMatchObject({
      url: 'https://hub.example.org',
      agent: 'jureca',
      clusters: ['local'],
      maxJobs: 100,
      hostUsers: [],
      roots: [],
      images: null,
      buildFrom: [],
      profiles: [],
      proxy: null,
    });
    expect(read(local).hub).toBe('none');
  });

  test('a cluster may still be called hub', () => {
    expect(read('hub: { type: local, max_jobs: 1, num_slots: 2 }\n')).toMatchObject({ hub: 'none', clusters: [{ name: 'hub' }] });
  });

  test('profiles say how they execute; without a word their containers have no network and are never moved', () => {
    const { hub, problems } = read(`${local}hub:
  url: https://hub.example.org
  agent: jureca
  secret_file: hub.secret
  cluster: local
  profiles:
    text-embedding:v3/gpu: { image: /images/embed.sif, runtime: apptainer, entrypoint: [python3, /app/run.py], gpu: nvidia, resources: { gpus: 1, mem: 16GB }, time_limit: 2h, outputs: cluster }
    site/report: { host_entrypoint: [/opt/report] }
`);
    expect(problems).toEqual([]);
    expect(hub).toMatchObject({
      profiles: [
        {
          name: 'text-embedding:v3/gpu',
          execution: { kind: 'container', runtime: 'apptainer', image: '/images/embed.sif', network: 'none', gpu: 'nvidia' },
          entrypoint: ['python3', '/app/run.py'],
          resources: { slots: 1, gpus: 1, mem: 16e9 },
          timeLimitMs: 7_200_000,
          checkpoint: { kind: 'none' },
          outputs: 'cluster',
        },
        { name: 'site/report', execution: { kind: 'host' }, entrypoint: ['/opt/report'] },
      ],
    });
  });

  test.each([
    [`${minimal.replace('local', 'hpc')}`, "hub, cluster: there is no cluster 'hpc' in clusters.yaml"],
    [minimal.replace('agent: jureca', 'agnet: jureca'), "hub: key 'agent' is missing, expected a name"],
    [minimal.replace(' }', ', profiles: { a/b: { image: x.sif } } }'), "hub, profiles.a/b: key 'runtime' is missing"],
    [
      minimal.replace(' }', ', profiles: { a/b: { runtime: docker } } }'),
      "hub, profiles.a/b: expected either 'image' or 'host_entrypoint'",
    ],
    [
      minimal.replace(' }', ', profiles: { a/b: { host_entrypoint: [x], network: host } } }'),
      "hub, profiles.a/b: 'network' belongs to a container",
    ],
    [minimal.replace(' }', ', profiles: { ab: { host_entrypoint: [x] } } }'), "the profile 'ab' has no name of the form processor/profile"],
    [minimal.replace(' }', ', roots: [data] }'), 'hub, roots[0]: expected'],
    [minimal.replace(' }', ', images: { runtime: apptainer }, build_from: [git@host] }'), 'hub, build_from[0]: expected'],
    [minimal.replace(' }', ', build_from: [https://git.example.org/lab/] }'), "'build_from' needs 'images'"],
    [
      minimal.replace(' }', ', images: { runtime: podman }, build_from: [https://git.example.org/lab/] }'),
      "'build_from' needs 'images' with the runtime charliecloud",
    ],
  ])('with a mistake it stays as before, and the mistake is named: %s', (hub, message) => {
    const reading = read(`${local}hub: ${hub}\n`);
    expect(reading).toMatchObject({ hub: 'as-before', clusters: [{ name: 'local' }] });
    expect(reading.problems.map((problem) => problem.message)).toEqual(expect.arrayContaining([expect.stringContaining(message)]));
  });

  test.each(['https://hub.example.org/below', 'http://localhost:51236', 'http://127.0.0.1:51236/', 'http://[::1]:80'])(
    'takes the address %s',
    (url) => {
      expect(readHubFile('hub.yaml', minimal.replace('https://hub.example.org/', url)).problems).toEqual([]);
    },
  );

  test.each(['http://hub.example.org', 'http://localhost.example.org', 'http://127.0.0.1.example.org', 'ftp://hub.example.org'])(
    'refuses %s: what is said there could be read on the way',
    (url) => {
      expect(readHubFile('hub.yaml', minimal.replace('https://hub.example.org/', url)).problems).toMatchObject([
        { message: expect.stringContaining('url: expected an address that begins with https://, or http:// of this machine') },
      ]);
    },
  );

  test('names the repositories from which images are built', () => {
    expect(
      readHubFile(
        'hub.yaml',
        minimal.replace(' }', ', images: { runtime: apptainer }, build_from: [https://git.example.org/a/../lab/, "file:///srv/git/"] }'),
      ).definition,
    ).toMatchObject({ buildFrom: ['https://git.example.org/lab/', 'file:///srv/git/'] });
  });

  test('may stand in a file of its own', () => {
    expect(readHubFile('hub.yaml', minimal).definition).toMatchObject({ agent: 'jureca' });
    expect(readHubFile('hub.yaml', '[1]').problems).toMatchObject([{ message: "expected a mapping with 'url', found a list of 1" }]);
  });
});
