import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readDefinitionsOnce } from '../definitions-loader.ts';

const pythonText = `from juqueue import ExperimentDef, RunDef


class Experiment(ExperimentDef):
    name = "large"

    @property
    def runs(self):
        base = RunDef.create_abstract(experiment_name=self.name, cluster="local", cmd=["train"])
        runs = []
        for seed in range(100000):
            run = base.fork(f"s{seed}")
            run.parameters["seed"] = seed
            runs.append(run)
        return runs
`;
const scriptText = `import { defineExperiment, run } from 'juqueue';

const runs = Array.from({ length: 100_000 }, (_, seed: number) => run({ id: \`s\${seed}\`, parameters: { seed } }));
export default defineExperiment({ name: 'large', defaults: { cluster: 'local', cmd: ['train'], checkpoint: 'none' }, runs });
`;

/** From the start of the interpreter until the definitions are in the main thread; on an idle machine half of this. */
const goalMs = 10_000;
/** Goals are for an idle machine; these tests share theirs. */
const patience = 5;

describe('a hundred thousand runs', () => {
  test.each([
    ['large.py', pythonText],
    ['large.ts', scriptText],
  ])('of %s are read within seconds', { timeout: goalMs * patience * 2 }, async (file, text) => {
    const defDir = await mkdtemp(join(tmpdir(), 'juqueue-programs-'));
    await mkdir(join(defDir, 'experiments'));
    await writeFile(join(defDir, 'clusters.yaml'), 'local: {type: local, max_jobs: 2, num_slots: 4}\n');
    await writeFile(join(defDir, 'experiments', file), text);
    const startedAtMs = performance.now();
    const { experiments, problems } = await readDefinitionsOnce({ defDir, workDir: '/work' });
    const elapsedMs = performance.now() - startedAtMs;
    await rm(defDir, { recursive: true });
    expect(problems).toEqual([]);
    expect(experiments[0]?.runs).toHaveLength(100_000);
    expect(elapsedMs).toBeLessThan(goalMs * patience);
  });
});
