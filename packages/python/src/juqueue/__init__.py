"""Definitions of JuQueue in Python: classes that describe experiments and their runs, and nothing that executes them.

Standard library only, Python 3.8 or later.
"""

from juqueue import definitions as _definitions
from juqueue.definitions import utils as DefUtils
from juqueue.definitions import ExecutorDef, ExperimentDef, PathDef, PathVars, RunDef, get_backend, unique_hash

__all__ = ["DefUtils", "ExecutorDef", "ExperimentDef", "PathDef", "PathVars", "RunDef", "get_backend", "unique_hash"]

definitions = _definitions
