from abc import ABC, abstractmethod
from pathlib import Path
from typing import List, Union

from .backend import get_backend
from .run import RunDef


class ExperimentDef(ABC):
    """A named group of runs. A file in `experiments/` defines one subclass, called `Experiment`."""

    #: True: new runs start by themselves; "first": one of them does, and the others when it has finished.
    autostart: Union[bool, str] = False

    @property
    @abstractmethod
    def name(self) -> str:
        """Name of the experiment, unique in the def-dir."""
        raise NotImplementedError()

    @property
    @abstractmethod
    def runs(self) -> List[RunDef]:
        """The runs, in their order."""
        raise NotImplementedError()

    @property
    def path(self) -> Path:
        """Folder of the experiment in the work-dir, in which the folders of its runs are."""
        return get_backend().work_path / self.name

    def __str__(self) -> str:
        return f"Experiment(name={self.name})"
