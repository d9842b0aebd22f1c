from pathlib import Path
from typing import Any, Dict, List, Optional

from .executor import ExecutorDef
from .model import Model, copied, place_of_caller
from .path import PathDef, PathVars, resolve

_ABSTRACT = "@abstract"


class RunDef(Model):
    """One command with its parameters.

    id, experiment_name   together they name the run: `experiment@id`
    cluster               a name in clusters.yaml, or a list of names in the order of preference
    cmd                   the program and its arguments; numbers and paths are written as text
    parameters            appended to `cmd`
    parameter_format      'argparse': --key value, with '_' in the key as '-'; 'eq': key=value
    depends_on            runs, or names such as 'experiment@*', that have to finish first
    executor              environment of the command
    is_abstract           a template for `fork`, never executed

    Further keys are those of a run in YAML: slots, priority, time, time_limit, retries, checkpoint, ...
    """

    def __init__(
        self,
        *,
        id: Any,
        experiment_name: str,
        cluster: Any = None,
        cmd: Optional[List[Any]] = None,
        parameters: Optional[Dict[str, Any]] = None,
        parameter_format: str = "argparse",
        depends_on: Optional[List[Any]] = None,
        executor: Optional[ExecutorDef] = None,
        check_heartbeat: bool = False,
        is_abstract: bool = False,
        **more: Any,
    ) -> None:
        self.id = str(id)
        self.experiment_name = experiment_name
        self.cluster = cluster
        self.cmd = cmd if cmd is None else list(cmd)
        self.parameters = {} if parameters is None else dict(parameters)
        self.parameter_format = parameter_format
        self.depends_on = [] if depends_on is None else list(depends_on)
        self.executor = ExecutorDef() if executor is None else executor
        self.check_heartbeat = check_heartbeat
        self.is_abstract = is_abstract
        vars(self).update(more)
        self._place = place_of_caller()

    @classmethod
    def create_abstract(cls, **kwargs: Any) -> "RunDef":
        """A template for `fork`: a run without an id, never executed."""
        for key in ("id", "is_abstract"):
            if key in kwargs:
                raise ValueError(f"Cannot define {key}: an abstract run has none.")
        return cls(id=_ABSTRACT, is_abstract=True, **kwargs)

    def fork(self, run_id: Any) -> "RunDef":
        """A copy under another id that can be changed without changing this one; executable when this one is abstract."""
        other: RunDef = copied(self)
        other.id = str(run_id)
        other.is_abstract = False
        other._place = place_of_caller()
        return other

    @property
    def global_id(self) -> str:
        return "@abstract_run" if self.is_abstract else f"{self.experiment_name}@{self.id}"

    def parsed_cmd(self, work_dir: Path) -> List[str]:
        """The argument vector that is executed in this work-dir."""
        argv = [str(argument) for argument in resolve(self.cmd or [], work_dir)]
        for key, value in resolve(self.parameters, work_dir).items():
            if self.parameter_format == "eq":
                argv.append(f"{key}={value}")
            else:
                argv.extend([f"--{key.replace('_', '-')}", str(value)])
        return argv

    @property
    def path(self) -> PathDef:
        """Folder of the run, its working directory."""
        return PathVars.WORK_DIR / self.experiment_name / self.id

    @property
    def log_path(self) -> PathDef:
        """Folder of the run's stdout.log and stderr.log."""
        return self.path / "logs"

    @property
    def metadata_path(self) -> PathDef:
        """File with the history of the run."""
        return self.path / "juqueue-run.json"

    def __str__(self) -> str:
        return f"RunDef(uid={self.id}, experiment={self.experiment_name})"
