import type { HubDefinition, HubProfile } from '@juqueue/core';
import { describe, expect, test } from 'vitest';
import type { Job, JobDefinition } from '../model/job.ts';
import { capabilitiesOf, environmentFile, planJob, rowOf } from './job-row.ts';

const container = {
  kind: 'container',
  runtime: 'apptainer',
  image: '/images/embed.sif',
  network: 'none',
  bind: [],
  gpu: 'nvidia',
} as const;
const profile: HubProfile = {
  name: 'embed:v3/gpu',
  execution: container,
  entrypoint: ['python3', '/app/run.py'],
  env: { FROM: 'profile' },
  resources: { slots: 1, gpus: 1, mem: 16e9 },
  clusters: ['hpc'],
  timeMs: null,
  timeLimitMs: 7_200_000,
  checkpoint: { kind: 'none' },
  outputs: null,
  maxJobs: 10,
};
const hub: HubDefinition = {
  url: 'https://hub.example.org',
  agent: 'jureca',
  secretFile: '/s',
  caFile: null,
  proxy: null,
  clusters: ['hpc'],
  maxJobs: 100,
  profiles: [profile, { ...profile, name: 'site/report', execution: { kind: 'host' }, entrypoint: ['/opt/report'] }],
  images: null,
  buildFrom: [],
  hostUsers: ['grace'],
  roots: [],
  inputHosts: [],
  allowsPrivateInputs: false,
  maxInputBytes: 1e9,
  maxOutputBytes: 1e9,
};
const job = (definition: Partial<JobDefinition>, more: Partial<Job> = {}): Job =>
  ({
    id: 'j',
    owner: 'ada',
    definition: {
      profile: null,
      image: null,
      command: null,
      input: null,
      files: [],
      env: {},
      resources: { slots: 1 },
      timeLimitMs: null,
      ...definition,
    },
    order: { priority: 3, cluster: null },
    ...more,
  }) as Job;
const argv = (...words: readonly string[]) => ({ kind: 'argv', argv: words }) as const;
const paths = { fence: '/w/fence.sh', lease: '/w/lease', env: '/w/lease.env' };

function planned(of: Job, definition = hub) {
  const planning = planJob(definition, of);
  if (planning.kind === 'refused') throw new Error(planning.because);
  return planning.plan;
}

const row = (of: Job, definition = hub) => rowOf({ job: of, attempt: 1, run: 'j-1' }, planned(of, definition), [], paths);

describe('what an agent executes', () => {
  test('a profile with a program of its own takes the command as arguments, with the limits of both', () => {
    expect(row(job({ profile: 'embed:v3/gpu', command: argv('--rows', '$(id)'), timeLimitMs: 60_000 }))).toMatchObject({
      cmd: ['python3', '/app/run.py', '--rows', '$(id)'],
      resources: { gpus: 1, mem: '16000000000B' },
      time_limit: '60000ms',
      priority: 3,
      executor: { container: { image: '/images/embed.sif', network: 'none', cleanenv: true, args: ['--containall'] } },
    });
  });

  test.each<[string, Job, string]>([
    ['an unknown profile', job({ profile: 'x/y' }), "no profile 'x/y'"],
    ['a program of the cluster for a stranger', job({ profile: 'site/report' }), "'ada' is not among the host_users"],
    ['a command without a container for a stranger', job({ command: argv('id') }), "'ada' is not among the host_users"],
    ['an image without the wish of the owner', job({ image: 'docker://alpine', command: argv('id') }), 'executes no images'],
    [
      'a script for a program that takes none',
      job({ profile: 'embed:v3/gpu', command: { kind: 'script', script: 'x', interpreter: ['sh'] } }),
      'takes arguments and no script',
    ],
    [
      'more than the profile has',
      job({ profile: 'embed:v3/gpu', resources: { slots: 1, gpus: 4 } }),
      'asks for 4 gpus, and this profile has 1',
    ],
    [
      'another cluster',
      job({ profile: 'embed:v3/gpu' }, { order: { priority: 0, cluster: 'other' } as Job['order'] }),
      "wants the cluster 'other'",
    ],
    ['a variable of several lines', job({ profile: 'embed:v3/gpu', env: { A: 'a\nb' } }), "the variable 'A' cannot be given"],
  ])('is not %s', (_, of, because) => {
    expect(planJob(hub, of)).toMatchObject({ kind: 'refused', because: expect.stringContaining(because) });
  });

  test('an image is built from the repositories that the owner names, and no others', () => {
    const open = {
      ...hub,
      images: { ...profile, execution: { ...container, runtime: 'charliecloud' } as const },
      buildFrom: ['https://git.example.org/lab/'],
    };
    const built = planned(job({ image: 'git+https://git.example.org/lab/x.git#main', command: argv('id') }), open);
    expect(built.build).toMatchObject({ url: 'https://git.example.org/lab/x.git', ref: 'main' });
    expect(planJob(open, job({ image: 'git+https://git.example.org/other/x.git', command: argv('id') }))).toMatchObject({
      kind: 'refused',
      because: expect.stringContaining('builds no images from https://git.example.org/other'),
    });
    expect(planJob({ ...open, buildFrom: [] }, job({ image: 'git+https://git.example.org/lab/x.git', command: argv('id') }))).toMatchObject(
      { kind: 'refused' },
    );
    expect(capabilitiesOf(open).map(({ profile: name }) => name)).toContain('build');
    expect(capabilitiesOf({ ...open, buildFrom: [] }).map(({ profile: name }) => name)).not.toContain('build');
  });

  test("an image is the name of a registry's image, never a path, variable or option", () => {
    const open = { ...hub, images: { ...profile, execution: container } };
    const of = (image: string) => planJob(open, job({ image, command: argv('id') })).kind;
    expect(
      [
        'docker://python:3.13-slim',
        'oras://ghcr.io/a/b@sha256:0',
        '/home/owner/x.sif',
        '${HOME}/x',
        '--writable',
        'docker://x --bind /',
        'alpine',
      ].map(of),
    ).toEqual(['planned', 'planned', 'refused', 'refused', 'refused', 'refused', 'refused']);
  });

  test('without a container values of variables are the text that they are', () => {
    const of = job({ command: argv('env'), env: { A: '${secret:/etc/shadow} $${HOME} ${X:-y}' } }, { owner: 'grace' });
    expect(row(of)).toMatchObject({ executor: { env: { A: '$${secret:/etc/shadow} $$${HOME} $${X:-y}', JUQUEUE_HUB_LEASE: '/w/lease' } } });
    expect(row(of)).not.toHaveProperty('executor.container');
  });

  test('variables of a container reach nothing around it', () => {
    const env = { LD_PRELOAD: '/work/x.so', BASH_ENV: '/work/x' };
    const with_ = (runtime: 'apptainer' | 'charliecloud' | 'docker') => ({
      ...hub,
      profiles: [{ ...profile, execution: { ...container, runtime } }],
    });
    const of = job({ profile: 'embed:v3/gpu', env });
    for (const runtime of ['apptainer', 'charliecloud', 'docker'] as const) {
      const { executor } = row(of, with_(runtime)) as { executor: { env: object } };
      expect(Object.keys(executor.env)).not.toEqual(expect.arrayContaining(['LD_PRELOAD']));
    }
    expect(row(of, with_('apptainer'))).toMatchObject({ executor: { env: { APPTAINERENV_LD_PRELOAD: '/work/x.so' } } });
    expect(environmentFile({ ...container, runtime: 'docker' }, env)).toBe('LD_PRELOAD=/work/x.so\nBASH_ENV=/work/x\n');
    expect(environmentFile({ ...container, runtime: 'charliecloud' }, { A: "it's" })).toBe("A='it's'\n");
  });

  test('what it offers are its profiles, and the host only when somebody may use it', () => {
    expect(capabilitiesOf(hub).map((capability) => capability.profile)).toEqual(['embed:v3/gpu', 'site/report', 'host']);
    expect(capabilitiesOf({ ...hub, hostUsers: [] }).map((capability) => capability.profile)).toEqual(['embed:v3/gpu', 'site/report']);
  });
});
