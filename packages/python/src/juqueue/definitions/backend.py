"""What definitions may ask about the manager that reads them."""

from pathlib import Path
from typing import Optional


class Backend:
    """Absolute paths of the work-dir and of the definitions."""

    def __init__(self, work_path: Path, definitions_path: Path) -> None:
        self.work_path = work_path
        self.definitions_path = definitions_path


_backend: Optional[Backend] = None


def get_backend() -> Backend:
    """The manager that reads these definitions; RuntimeError when nobody does."""
    if _backend is None:
        raise RuntimeError("No manager reads this definition: juqueue validate or juqueue --def-dir does.")
    return _backend


def set_backend(backend: Backend) -> None:
    global _backend
    _backend = backend
