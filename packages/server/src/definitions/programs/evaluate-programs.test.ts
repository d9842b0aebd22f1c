import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { formatProblem } from '@juqueue/core';
import { describe, expect, test } from 'vitest';
import { DefinitionsLoader, readDefinitionsOnce } from '../definitions-loader.ts';
import { defaultLimits } from './interpreters.ts';

const clusters = 'local: {type: local, max_jobs: 2, num_slots: 4}\n';
const python = (name: string, body = '        return [RunDef(id="a", experiment_name=self.name, cluster="local", cmd=["true"])]') =>
  `from juqueue import ExperimentDef, RunDef\n\n\nclass Experiment(ExperimentDef):\n    name = "${name}"\n\n    @property\n    def runs(self):\n${body}\n`;
const script = (name: string) =>
  `export default { name: '${name}', runs: [{ id: 'a', cluster: 'local', cmd: ['true'], checkpoint: 'none' }] };\n`;
/** Interpreters on a busy machine begin slowly. */
const patience = { timeout: 60_000 };
const quick = { ...defaultLimits, timeMs: 8_000 };

async function defDirWith(files: Readonly<Record<string, string>>) {
  const path = await mkdtemp(join(tmpdir(), 'juqueue-programs-'));
  const write = async (name: string, text: string) => {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), text);
  };
  await write('clusters.yaml', clusters);
  for (const [name, text] of Object.entries(files)) await write(`experiments/${name}`, text);
  const input = { defDir: path, workDir: '/work' };
  return { path, input, write, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

async function outcome(input: Parameters<typeof readDefinitionsOnce>[0]) {
  const { experiments, problems } = await readDefinitionsOnce(input);
  return { names: experiments.map(({ name }) => name), problems: problems.map(formatProblem) };
}

describe('a file that does not come to an end', () => {
  test.each([
    ['py', 'while True:\n    pass\n', python],
    ['py', 'import time\ntime.sleep(600)\n', python],
    ['ts', 'for (;;) {}\n', script],
    ['mjs', 'await new Promise((resolve) => setTimeout(resolve, 600_000));\n', script],
  ])('is told after its time, and the files after it are read (%s: %j)', patience, async (extension, text, good) => {
    await using dir = await defDirWith({ [`b.${extension}`]: text, [`a.${extension}`]: good('first'), [`c.${extension}`]: good('last') });
    const { names, problems } = await outcome({ ...dir.input, limits: quick });
    expect(problems).toEqual([
      expect.stringMatching(new RegExp(`^experiments/b\\.${extension}:1:1: error: the file was not read within 8 s`)),
    ]);
    expect(names).toEqual(['first', 'last']);
  });
});

describe('a file that takes all memory', () => {
  test.each([
    ['py', 'text = "x" * (10**10)\n', python],
    ['ts', 'const all: unknown[] = []; for (;;) all.push(new Array(100_000).fill({}));\n', script],
  ])('is told, and the files after it are read (%s)', patience, async (extension, text, good) => {
    await using dir = await defDirWith({ [`b.${extension}`]: text, [`c.${extension}`]: good('last') });
    const { names, problems } = await outcome({ ...dir.input, limits: { timeMs: 50_000, memoryBytes: 256 * 1024 ** 2 } });
    expect(problems).toEqual([
      expect.stringMatching(
        new RegExp(
          `^experiments/b\\.${extension}:1:\\d+: error: (MemoryError|node ended while it read this file[\\s\\S]*heap out of memory)`,
        ),
      ),
    ]);
    expect(names).toEqual(['last']);
  });
});

describe('the interpreter of Python definitions', () => {
  test('that is not there is named, with what names another', patience, async () => {
    await using dir = await defDirWith({ 'a.py': python('a'), 'b.mjs': script('b') });
    const { names, problems } = await outcome({ ...dir.input, python: '/no/such/python' });
    expect(names).toEqual(['b']);
    expect(problems).toEqual([
      expect.stringMatching(
        /^experiments\/a\.py:1:1: error: \/no\/such\/python cannot be started: .*No such file[\s\S]*hint: --python or JUQUEUE_PYTHON/,
      ),
    ]);
  });

  test('that is too old says so', patience, async () => {
    await using dir = await defDirWith({ 'a.py': python('a') });
    const old = join(dir.path, 'python');
    await writeFile(
      old,
      `#!/bin/sh\nexec python3 -c 'import runpy, sys; sys.version_info = (3, 6, 8); runpy.run_path(sys.argv[2], run_name="__main__")' "$@"\n`,
      { mode: 0o755 },
    );
    const { problems } = await outcome({ ...dir.input, python: old });
    expect(problems).toEqual([expect.stringMatching(/is Python 3\.6, expected 3\.8 or later/)]);
  });

  test('may be any, such as that of a virtual environment', patience, async () => {
    await using dir = await defDirWith({
      'a.py': python(
        'a',
        '        import os\n        return [RunDef(id=os.environ["WHICH"], experiment_name=self.name, cluster="local", cmd=["true"])]',
      ),
    });
    const own = join(dir.path, 'python');
    await writeFile(own, '#!/bin/sh\nWHICH=mine exec python3 "$@"\n', { mode: 0o755 });
    const { experiments } = await readDefinitionsOnce({ ...dir.input, python: own });
    expect(experiments[0]?.runs[0]?.name).toBe('mine');
  });
});

test('places are found behind a link to the definitions too', patience, async () => {
  await using dir = await defDirWith({
    'a.ts': `import { run } from 'juqueue';\n\nexport default { name: 'a', runs: [\n  run({ id: 'a', cluster: 'local', cmd: ['true'], retrys: 1 }),\n] };\n`,
  });
  const link = `${dir.path}-link`;
  await symlink(dir.path, link);
  const { problems } = await readDefinitionsOnce({ defDir: link, workDir: '/work' });
  await rm(link);
  expect(problems.map(({ line, column }) => [line, column])).toEqual([[4, 51]]);
});

describe('programs that somebody else could have written', () => {
  test('are not evaluated when they are saved, and their experiments stay; a reload evaluates them', patience, async () => {
    await using dir = await defDirWith({ 'a.py': python('a'), 'b.mjs': script('b') });
    await using loader = new DefinitionsLoader({ ...dir.input, python: 'python3' });
    expect((await loader.load('request')).experiments).toHaveLength(2);
    await chmod(join(dir.path, 'experiments/b.mjs'), 0o666);
    await dir.write('experiments/a.py', python('a', '        open("/tmp/evaluated", "w")\n        return []'));
    const saved = await loader.load('save');
    expect(saved.problems.map(formatProblem)).toEqual([
      expect.stringMatching(
        /^experiments\/a\.py:1:1: warning: it was saved and not evaluated, as somebody else could have written it: experiments\/b\.mjs has mode 0666/,
      ),
    ]);
    expect([saved.experiments, saved.keptExperiments]).toEqual([[], ['a', 'b']]);
    await dir.write('experiments/a.py', python('a'));
    expect((await loader.load('save')).problems).toEqual([]);
    expect((await loader.load('request')).experiments).toHaveLength(2);
  });

  test('in a folder that others may write are such programs, too', patience, async () => {
    await using dir = await defDirWith({ 'a.mjs': script('a') });
    await using loader = new DefinitionsLoader({ ...dir.input, python: 'python3' });
    await chmod(join(dir.path, 'experiments'), 0o777);
    expect((await loader.load('save')).problems[0]?.message).toMatch(/experiments has mode 0777/);
    await chmod(join(dir.path, 'experiments'), 0o755);
    expect((await loader.load('save')).experiments).toHaveLength(1);
  });
});
