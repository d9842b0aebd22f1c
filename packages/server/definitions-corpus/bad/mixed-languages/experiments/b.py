from juqueue import ExperimentDef, RunDef


class Experiment(ExperimentDef):
    name = "b"

    @property
    def runs(self):
        return [RunDef(id="y", experiment_name=self.name, cluster="local", cmd=["true"], depends_on=["c@w"])]
