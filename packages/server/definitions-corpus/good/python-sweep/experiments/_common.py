from juqueue import ExecutorDef, PathVars, RunDef


def base(experiment_name: str) -> RunDef:
    return RunDef.create_abstract(
        experiment_name=experiment_name,
        cluster="local",
        cmd=["python3", "-m", "train"],
        parameters={"data_dir": PathVars.WORK_DIR / "data", "epochs": 90, "momentum": 0.9, "nesterov": True, "eps": 1e-08, "scale": 1.0},
        executor=ExecutorDef(env={"OMP_NUM_THREADS": 4, "BRACES": "{lr} {{lr}} ${HOME}"}, python_search_path=["/opt/lib"], venv="~/venvs/train", cuda=True),
    )
