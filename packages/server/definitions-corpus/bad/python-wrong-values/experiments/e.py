from juqueue import ExecutorDef, ExperimentDef, RunDef


class Experiment(ExperimentDef):
    name = "e"

    @property
    def runs(self):
        base = RunDef.create_abstract(experiment_name=self.name, cluster="locl", cmd=["true"])
        return [
            base,
            base.fork("a"),
            RunDef(id="b", experiment_name="other", cluster="local", cmd=["true"]),
            RunDef(
                id="c d",
                experiment_name=self.name,
                cluster="local",
                cmd=["true"],
                slot=2,
                parameter_format="argprse",
                time=30,
                executor=ExecutorDef(
                    cudaa=True,
                ),
            ),
            RunDef(id="e", experiment_name=self.name, cluster="local"),
            RunDef(id="f", experiment_name=self.name, cluster="local", cmd=["true"], parameters={"x": None}, retries=-1),
        ]
