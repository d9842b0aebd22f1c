from .backend import get_backend
from .executor import ExecutorDef
from .experiment import ExperimentDef
from .path import PathDef, PathVars
from .run import RunDef
from .utils import unique_hash

__all__ = ["ExecutorDef", "ExperimentDef", "PathDef", "PathVars", "RunDef", "get_backend", "unique_hash"]
