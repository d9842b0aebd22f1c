from juqueue import ExperimentDef, RunDef


class Experiment(ExperimentDef):
    name = "good"

    @property
    def runs(self):
        return [RunDef(id="a", experiment_name=self.name, cluster="local", cmd=["true"])]
