"""Turns the `Experiment` class of each definition file into values that JSON can hold, with the places of its runs."""

import importlib.util
import math
import os
import sys
import traceback
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Tuple

from juqueue import ExperimentDef, RunDef
from juqueue.definitions.backend import Backend, set_backend
from juqueue.definitions.model import Model
from juqueue.definitions.path import resolve

Tell = Callable[[Dict[str, Any]], None]

#: Runs in one message.
PORTION = 1000
#: Whole numbers up to here are the same number to every reader of JSON.
LARGEST_EXACT = 2**53 - 1
#: Keys of a run that say nothing to the scheduler.
INTERNAL_KEYS = ("experiment_name", "is_abstract", "check_heartbeat")


class Problem(Exception):
    """Something wrong with a definition, at a place of its file (line and column from 1, or None)."""

    def __init__(self, message: str, hint: Optional[str] = None, place: Optional[Tuple[int, Optional[int]]] = None) -> None:
        super().__init__(message)
        self.hint = hint
        self.place = place


def read_all(order: Dict[str, Any], tell: Tell) -> None:
    def_dir, work_dir = Path(order["defDir"]), Path(order["workDir"])
    set_backend(Backend(work_path=work_dir, definitions_path=def_dir))
    for file in order["files"]:
        tell({"kind": "begin", "file": file})
        try:
            read_file(def_dir, work_dir, file, tell)
        except Problem as problem:
            tell_problem(tell, file, "error", str(problem), problem.hint, problem.place)
        except BaseException as error:  # SystemExit too: a definition must not end the others.
            tell_exception(def_dir, file, error, tell)
        tell({"kind": "end", "file": file})


def tell_problem(tell: Tell, file: str, severity: str, message: str, hint: Optional[str], place: Optional[Tuple[int, Optional[int]]]) -> None:
    line, column = place or (1, None)
    tell({"kind": "problem", "file": file, "severity": severity, "message": message, "hint": hint, "line": line, "column": column, "endColumn": None})


def read_file(def_dir: Path, work_dir: Path, file: str, tell: Tell) -> None:
    module = import_file(def_dir / file)
    experiment = experiment_class(module)()
    name, runs = experiment.name, list(experiment.runs)
    place = (first_line(type(experiment), file), None)
    tell({"kind": "experiment", "file": file, "place": place, "value": {"name": name, "autostart": experiment.autostart, "runs": []}})
    values, places = [], []
    for index, run in enumerate(runs):
        if not isinstance(run, RunDef):
            raise Problem(f"runs[{index}] is {type(run).__name__}, expected a RunDef", None, place)
        if run.is_abstract:
            tell_problem(tell, file, "warning", "an abstract run is a template and is not executed", "leave it out of runs, and fork it", run._place)
            continue
        if run.experiment_name != name:
            message = f"run '{run.id}': experiment_name is '{run.experiment_name}', expected '{name}'"
            tell_problem(tell, file, "error", message, "write experiment_name=self.name", run._place)
            continue
        values.append(run_value(run, work_dir))
        places.append(run._place)
        if len(values) == PORTION:
            tell({"kind": "runs", "file": file, "values": values, "places": places})
            values, places = [], []
    tell({"kind": "runs", "file": file, "values": values, "places": places})


def import_file(path: Path) -> Any:
    """As `experiments.<name>`, so that files may import their neighbours."""
    importlib.import_module("experiments")
    name = f"experiments.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise Problem("it cannot be imported as a Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def experiment_class(module: Any) -> Any:
    found = getattr(module, "Experiment", None)
    if isinstance(found, type) and issubclass(found, ExperimentDef):
        return found
    others = [cls.__name__ for cls in vars(module).values() if isinstance(cls, type) and issubclass(cls, ExperimentDef) and cls.__module__ == module.__name__]
    hint = f"rename the class {others[0]} to Experiment" if others else None
    raise Problem("there is no class Experiment in this file, expected 'class Experiment(ExperimentDef)'", hint)


def first_line(cls: type, file: str) -> int:
    for value in vars(cls).values():
        code = getattr(getattr(value, "fget", value), "__code__", None)
        if code is not None and code.co_filename.endswith(file):
            return code.co_firstlineno
    return 1


def run_value(run: RunDef, work_dir: Path) -> Dict[str, Any]:
    value = {key: item for key, item in run._fields().items() if key not in INTERNAL_KEYS and item is not None}
    value["depends_on"] = [item.global_id if isinstance(item, RunDef) else item for item in run.depends_on]
    value["cmd"] = None if run.cmd is None else [text(item) for item in resolve(run.cmd, work_dir)]
    value["parameters"] = {key: scalar(item) for key, item in resolve(run.parameters, work_dir).items()}
    value["executor"] = executor_value(run.executor, work_dir)
    value.setdefault("checkpoint", "assumed")
    return {key: item for key, item in value.items() if item is not None and item != []}


def executor_value(executor: Any, work_dir: Path) -> Any:
    if not isinstance(executor, Model):
        return plain(executor)
    value = {key: plain(resolve(item, work_dir)) for key, item in executor._fields().items() if item is not None}
    value["env"] = {key: text(item) for key, item in value["env"].items()}
    value["python_search_path"] = [text(item) for item in value["python_search_path"]]
    return value


def text(item: Any) -> Any:
    """Arguments and variables are texts; what is no text, number or path is left for the check of the schema."""
    if isinstance(item, bytes):
        return item.decode("utf-8", "replace")
    return str(item) if isinstance(item, (str, int, float, Path)) else plain(item)


def scalar(item: Any) -> Any:
    """A number stays one where every reader writes it as Python does; else it is the text that Python would write."""
    if isinstance(item, bytes):
        return item.decode("utf-8", "replace")
    if isinstance(item, (str, bool)) or item is None:
        return item
    if isinstance(item, int):
        return item if abs(item) <= LARGEST_EXACT else str(item)
    if isinstance(item, float):
        written = repr(item)
        return item if math.isfinite(item) and "e" not in written and not written.endswith(".0") else written
    return str(item)


def plain(item: Any) -> Any:
    if isinstance(item, Path):
        return str(item)
    if isinstance(item, dict):
        return {str(key): plain(value) for key, value in item.items()}
    if isinstance(item, (list, tuple, set)):
        return [plain(value) for value in item]
    return item if isinstance(item, (str, int, float, bool)) or item is None else repr(item)


def tell_exception(def_dir: Path, file: str, error: BaseException, tell: Tell) -> None:
    own = str(def_dir / file)
    if isinstance(error, SyntaxError) and error.filename == own:
        message = f"{type(error).__name__}: {error.msg}"
        column, end = error.offset, getattr(error, "end_offset", None)
        is_one_line = getattr(error, "end_lineno", None) == error.lineno and end is not None and column is not None and end > column
        tell({"kind": "problem", "file": file, "severity": "error", "message": message, "hint": None, "line": error.lineno or 1, "column": column, "endColumn": end if is_one_line else None})
        return
    frames: List[Any] = list(traceback.extract_tb(error.__traceback__))
    ours = [frame for frame in frames if frame.filename == own]
    frame = ours[-1] if ours else None
    message = "".join(traceback.format_exception_only(type(error), error)).strip().splitlines()[-1]
    if isinstance(error, SystemExit):
        message = f"the file ended the interpreter (sys.exit({error.code!r}))"
    innermost = frames[-1] if frames else None
    if innermost is not None and innermost.filename != own and innermost.filename.startswith(str(def_dir) + os.sep):
        message += f" (in {os.path.relpath(innermost.filename, def_dir)}:{innermost.lineno})"
    elif isinstance(error, SyntaxError) and error.filename is not None:
        message = f"SyntaxError: {error.msg} (in {os.path.relpath(error.filename, def_dir)}:{error.lineno})"
    hint = None
    if isinstance(error, ModuleNotFoundError):
        hint = f"{sys.executable} has no module '{error.name}'; --python names another interpreter"
    column = getattr(frame, "colno", None)
    end = getattr(frame, "end_colno", None)
    is_one_line = frame is not None and getattr(frame, "end_lineno", None) == frame.lineno
    place = {"line": 1 if frame is None else frame.lineno, "column": None if column is None else column + 1, "endColumn": end + 1 if is_one_line and end is not None else None}
    tell({"kind": "problem", "file": file, "severity": "error", "message": message, "hint": hint, **place})
