import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestFolder, TestManager } from '@juqueue/testkit';
import { expect, test } from 'vitest';
import { juqueue } from './command-line.ts';

/** Starting and stopping a manager and its nodes takes a few seconds on a quiet machine. */
const busyMachineMs = 180_000;

/** A program of that name: it pulls from a file, and executes what stands behind the image. */
const apptainer = (registry: string): string => `#!/bin/bash
if [ "$1" = pull ]; then
  [ -e '${registry}' ] || { echo 'FATAL: could not reach the registry' >&2; exit 255; }
  cp '${registry}' "$3"
else
  until [[ $1 == *.sif ]]; do shift; done
  [ -e "$1" ] || exit 44
  shift
  exec "$@"
fi
`;

test(
  'no node is asked for before the image is there; images update pulls it, and the run executes in it',
  { timeout: busyMachineMs },
  async () => {
    using folder = new TestFolder({
      'clusters.yaml': 'local: { type: local, max_jobs: 1, num_slots: 2 }\n',
      'experiments/e.yaml':
        'name: e\nautostart: true\nruns:\n  - id: a\n    cluster: local\n    checkpoint: none\n    cmd: [sh, -c, echo from inside]\n    executor: { container: { runtime: apptainer, image: "docker://debian:12" } }\n',
    });
    const bin = join(folder.path, 'bin');
    const registry = join(folder.path, 'registry');
    mkdirSync(bin);
    writeFileSync(join(bin, 'apptainer'), apptainer(registry), { mode: 0o755 });
    const ask = (...args: readonly string[]) => juqueue([...args, '--work-dir', folder.workDir]);
    await using manager = await TestManager.start(folder, [], { ...process.env, PATH: `${bin}:${process.env['PATH']}` });

    const failed = await manager.until<{ readonly images: readonly { readonly state: string }[] }>(
      '/api/v1/images',
      ({ images }) => images[0]?.state === 'failed',
      60_000,
    );
    expect(failed.images).toMatchObject([{ name: 'apptainer docker://debian:12', trouble: 'FATAL: could not reach the registry' }]);
    expect((await ask('explain', 'e@a')).out).toContain(
      'e@a waits for its image docker://debian:12: it cannot be pulled: FATAL: could not reach the registry',
    );
    expect((await ask('status')).out).toContain('Runs wait for the image apptainer docker://debian:12');
    expect(await manager.json('/api/v1/accounting')).toMatchObject({ allocations: [] });
    expect((await ask('images', 'update')).code).toBe(7);

    writeFileSync(registry, 'image');
    expect(await ask('images', 'update')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^apptainer docker:\/\/debian:12 +ready /m),
    });
    expect((await ask('wait', 'e@a', '--timeout', '90s')).code).toBe(0);
    expect((await ask('logs', 'e@a')).out).toMatch(/^from inside$/m);
  },
);
