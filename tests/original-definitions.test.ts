import { describe, expect, test } from 'vitest';
import { TestFolder, TestManager } from '../packages/testkit/src/manager/test-manager.ts';

/** Clusters with the keys that the original demands. */
const clusters = `example_local:
  type: local
  cores: 4
  memory: 2GB
  max_jobs: 2
  num_slots: 2
`;

/** What a run was executed with, written into its working directory. */
const program = `import json, os, sys

names = ("EXPERIMENT_ID", "RUN_ID", "CUDA_VISIBLE_DEVICES", "PYTHONPATH", "VIRTUAL_ENV", "SWEEP", "NUMBER", "PREPENDED", "PATH", "JUQUEUE_SLOT")
with open("executed.json", "w") as file:
    json.dump({"argv": sys.argv[1:], "cwd": os.getcwd(), "env": {name: os.environ.get(name) for name in names}}, file)
`;

/** Everything that definitions of the original use: a shared module, abstract runs, forks, late paths, both formats, executors. */
const shared = `from pathlib import Path

from juqueue import ExecutorDef, RunDef
from juqueue.definitions.path import PathVars

REPORT = str(Path(__file__).resolve().parent.parent / "report.py")
VENV = str(Path(__file__).resolve().parent.parent / "venv")


def template(experiment_name: str) -> RunDef:
    return RunDef.create_abstract(
        experiment_name=experiment_name,
        cluster="example_local",
        cmd=["python3", REPORT, "train", 3, 0.5],
        parameters={"batch_size": 64, "lr": 1e-05, "nesterov": True, "text": "two words; $(id) 'quoted'", "data_dir": PathVars.WORK_DIR / "data"},
        executor=ExecutorDef(env={"SWEEP": "yes"}, cuda=True),
    )
`;

const sweep = `from dataclasses import dataclass
from typing import List

from juqueue import ExecutorDef, ExperimentDef, RunDef
from juqueue.definitions.utils import unique_hash

from experiments._shared import REPORT, VENV, template


@dataclass
class Experiment(ExperimentDef):
    @property
    def name(self) -> str:
        return "sweep"

    @property
    def runs(self) -> List[RunDef]:
        base = template(self.name)
        runs = []
        for seed in range(2):
            run = base.fork(f"seed{seed}")
            run.parameters["seed"] = seed
            run.parameters["out"] = run.path / "model"
            run.executor.env["NUMBER"] = str(seed)
            runs.append(run)
        runs.append(
            RunDef(
                id=unique_hash("with everything", 8),
                experiment_name=self.name,
                cluster="example_local",
                cmd=["python3", REPORT],
                parameters={"a": 1, "b.c": 2.5, "path": self.path / "x"},
                parameter_format="eq",
                executor=ExecutorDef(
                    venv=VENV,
                    python_search_path=["/opt/one", "/opt/two"],
                    prepend_script=["export PREPENDED='from bash: '$((20 + 1))", "shopt -s expand_aliases"],
                ),
            )
        )
        return runs
`;

interface Executed {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | null>>;
}

describe("definitions in the original's style", { timeout: 120_000 }, () => {
  test('run to the end, with the argument vector, environment, working directory and lines of script that they had there', async () => {
    using folder = new TestFolder({
      'clusters.yaml': clusters,
      'experiments/_shared.py': shared,
      'experiments/sweep.py': sweep,
      'report.py': program,
      'venv/bin/activate':
        'VIRTUAL_ENV="${BASH_SOURCE[0]%/bin/activate}"; export VIRTUAL_ENV; PATH="$VIRTUAL_ENV/bin:$PATH"; export PATH\n',
    });
    await using manager = await TestManager.start(folder);
    type Experiments = Readonly<Record<string, { readonly runs: Readonly<Record<string, { readonly status: string }>> }>>;
    const ids = Object.keys((await manager.json<Experiments>('/experiments'))['sweep']?.runs ?? {});
    expect(ids.toSorted()).toEqual(['7553599f', 'seed0', 'seed1']);

    const resumed = await manager.request('/experiment/sweep/resume_runs', {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ids),
    });
    expect(await resumed.json()).toMatchObject({ success: true });
    await manager.until<Experiments>('/experiments', (all) => ids.every((id) => all['sweep']?.runs[id]?.status === 'finished'), 90_000);

    const executed = (id: string) => JSON.parse(folder.read(`sweep/${id}/executed.json`)) as Executed;
    const { workDir, defDir } = folder;
    for (const seed of [0, 1]) {
      const { argv, cwd, env } = executed(`seed${seed}`);
      const parameters = [
        '--batch-size',
        '64',
        '--lr',
        '1e-05',
        '--nesterov',
        'True',
        '--text',
        "two words; $(id) 'quoted'",
        '--data-dir',
        `${workDir}/data`,
        '--seed',
        String(seed),
        '--out',
        `${workDir}/sweep/seed${seed}/model`,
      ];
      expect(argv).toEqual(['train', '3', '0.5', ...parameters]);
      expect(cwd).toBe(`${workDir}/sweep/seed${seed}`);
      expect(env).toMatchObject({
        EXPERIMENT_ID: 'sweep',
        RUN_ID: `seed${seed}`,
        SWEEP: 'yes',
        NUMBER: String(seed),
        CUDA_VISIBLE_DEVICES: env['JUQUEUE_SLOT'],
        PREPENDED: null,
      });
    }
    const full = executed('7553599f');
    expect(full.argv).toEqual(['a=1', 'b.c=2.5', `path=${workDir}/sweep/x`]);
    expect(full.env).toMatchObject({ PREPENDED: 'from bash: 21', VIRTUAL_ENV: `${defDir}/venv`, SWEEP: null });
    expect(full.env['PYTHONPATH']).toMatch(/(^|:)\/opt\/one:\/opt\/two$/);
    expect(full.env['PATH']).toContain(`${defDir}/venv/bin:`);
    expect(folder.read('sweep/7553599f/logs/stdout.log')).toContain("export PREPENDED='from bash: '$((20 + 1))\nshopt -s expand_aliases\n");
  });
});
