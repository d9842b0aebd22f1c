from juqueue import ExperimentDef

class Experiment(ExperimentDef)
    name = "a"
