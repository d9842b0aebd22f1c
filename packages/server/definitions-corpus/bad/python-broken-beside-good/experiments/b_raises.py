from juqueue import ExperimentDef


def rate(step):
    return 1 / step


class Experiment(ExperimentDef):
    name = "b"

    @property
    def runs(self):
        return [rate(step) for step in range(3)]
