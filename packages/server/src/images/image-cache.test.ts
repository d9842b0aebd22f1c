import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cachedImage } from '@juqueue/core';
import { describe, expect, test } from 'vitest';
import { systemClock } from '@juqueue/http';
import { ImageCache } from './image-cache.ts';

const image = 'apptainer docker://ghcr.io/g/train:1';

interface Stage extends AsyncDisposable {
  readonly workDir: string;
  readonly cache: ImageCache;
  readonly told: string[];
  readonly changes: (readonly [string, string | null])[];
  /** What the registry answers: the content of the image, or null when it cannot be reached. */
  serve(content: string | null): Promise<void>;
  calls(): Promise<readonly string[]>;
  settled(): Promise<void>;
}

/** Programs of the runtimes' names on PATH, which write down how they are called and copy what the registry has. */
async function stage(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'juqueue-images-'));
  const workDir = join(folder, 'work');
  await mkdir(join(workDir, '.juqueue'), { recursive: true });
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const runtime = `#!/bin/sh
echo "$(basename "$0") $*" >> '${folder}/calls'
[ -e '${folder}/registry' ] || { echo 'FATAL: could not reach the registry' >&2; exit 255; }
case "$(basename "$0")" in
  apptainer) cp '${folder}/registry' "$3" ;;
  ch-convert) for last; do :; done; mkdir "$last" && cp '${folder}/registry' "$last/content" ;;
esac
`;
  for (const name of ['apptainer', 'ch-image', 'ch-convert']) {
    await writeFile(join(bin, name), runtime);
    await chmod(join(bin, name), 0o755);
  }
  const path = process.env['PATH'];
  process.env['PATH'] = `${bin}:${path}`;
  const told: string[] = [];
  const changes: (readonly [string, string | null])[] = [];
  const cache = new ImageCache(workDir, systemClock, (sentence) => told.push(sentence));
  cache.onChange((name, because) => changes.push([name, because]));
  return {
    workDir,
    cache,
    told,
    changes,
    serve: async (content) =>
      content === null ? rm(join(folder, 'registry'), { force: true }) : writeFile(join(folder, 'registry'), content),
    calls: async () => (await readFile(join(folder, 'calls'), 'utf8').catch(() => '')).split('\n').filter((line) => line !== ''),
    settled: async () => {
      await expect.poll(() => cache.views.every(({ state }) => state !== 'pulling'), { timeout: 20_000 }).toBe(true);
    },
    [Symbol.asyncDispose]: async () => {
      process.env['PATH'] = path;
      await cache[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function pathIn(workDir: string, name: string): string {
  const [runtime = '', reference = ''] = name.split(' ');
  return join(workDir, cachedImage({ runtime: runtime as 'apptainer', image: reference }) ?? '');
}

describe('images of registries', () => {
  test('are pulled once however often they are wanted, and runs wait until they are there', async () => {
    await using on = await stage();
    await on.serve('one');
    on.cache.want([image]);
    on.cache.want([image]);
    await on.settled();
    expect(await readFile(pathIn(on.workDir, image), 'utf8')).toBe('one');
    expect(on.changes).toEqual([
      [image, 'it is being pulled'],
      [image, null],
    ]);
    expect(await on.calls()).toEqual([`apptainer pull --force ${pathIn(on.workDir, image)}.new docker://ghcr.io/g/train:1`]);
    await using again = new ImageCache(on.workDir, systemClock, () => undefined);
    again.want([image]);
    await expect.poll(() => again.views[0]?.state, { timeout: 20_000 }).toBe('ready');
    expect(await on.calls()).toHaveLength(1);
  });

  test('are pulled anew on request; without the registry the one that is there stays, and it is said', async () => {
    await using on = await stage();
    await on.serve('one');
    on.cache.want([image]);
    await on.settled();
    await on.serve('two');
    await on.cache.update(null);
    expect(await readFile(pathIn(on.workDir, image), 'utf8')).toBe('two');
    await on.serve(null);
    await on.cache.update([image]);
    expect(await readFile(pathIn(on.workDir, image), 'utf8')).toBe('two');
    expect(on.cache.views).toMatchObject([{ name: image, state: 'ready', trouble: 'FATAL: could not reach the registry' }]);
    expect(on.changes.at(-1)).toEqual([image, null]);
    expect(on.told.at(-1)).toBe(
      `The image ${image} could not be pulled anew (FATAL: could not reach the registry); runs go on with the one that is there.`,
    );
  });

  test('that cannot be pulled keep their runs waiting and say why; nothing half is left', async () => {
    await using on = await stage();
    on.cache.want([image]);
    await on.settled();
    expect(on.changes.at(-1)).toEqual([image, 'it cannot be pulled: FATAL: could not reach the registry']);
    expect((await readdir(join(on.workDir, '.juqueue/images'))).filter((name) => !name.endsWith('.lock'))).toEqual([]);
    await on.serve('late');
    await on.cache.update([image]);
    expect(on.changes.at(-1)).toEqual([image, null]);
  });

  test('of charliecloud become folders in which the run directory has its place', async () => {
    await using on = await stage();
    await on.serve('root');
    const name = 'charliecloud docker://debian:12';
    on.cache.want([name]);
    await on.settled();
    const folder = pathIn(on.workDir, name);
    expect((await readdir(folder)).sort()).toEqual(['content', 'input', 'output', 'work']);
    expect(await on.calls()).toEqual(['ch-image pull debian:12', `ch-convert --in-fmt=ch-image --out-fmt=dir debian:12 ${folder}.new`]);
  });
});
