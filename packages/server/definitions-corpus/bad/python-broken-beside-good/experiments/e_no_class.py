from juqueue import ExperimentDef


class Sweep(ExperimentDef):
    name = "e"
    runs = []
