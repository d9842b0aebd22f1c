from juqueue import ExperimentDef, RunDef, unique_hash
from juqueue.definitions.path import PathVars

from ._common import base


class Experiment(ExperimentDef):
    name = "sweep"

    @property
    def runs(self):
        template = base(self.name)
        runs = []
        for lr in (0.1, 1e-05):
            run = template.fork(f"lr{lr}")
            run.parameters["lr"] = lr
            run.parameters["out"] = run.path / "model"
            run.executor.env["LR"] = lr
            runs.append(run)
        hashed = template.fork(unique_hash("a long name", 8))
        hashed.parameter_format = "eq"
        hashed.parameters = {"list": [1, 2.5, "x"], "bytes": b"raw"}
        summary = RunDef(
            id="summary",
            experiment_name=self.name,
            cluster=["local"],
            cmd=["summarise", f"{PathVars.WORK_DIR / self.name}", PathVars.WORK_DIR / "summary.csv", self.path.name],
            depends_on=runs,
            slots=2,
            checkpoint="none",
            time="30m",
        )
        return [*runs, hashed, summary]
