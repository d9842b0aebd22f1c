"""Paths whose beginning is not known before a manager reads the definition."""

from pathlib import Path, PurePosixPath
from typing import Any, Dict

_WORK_DIR = "{{WORK_DIR}}"


class PathDef(PurePosixPath):
    """A path that begins in the work-dir: `PathVars.WORK_DIR / "shared" / "data.csv"`."""

    def contextualize(self, context: Any = None, **values: Any) -> Path:
        """The path for this work-dir: `contextualize(work_dir=...)`, or anything with an attribute `work_dir`."""
        if self.parts[:1] != (_WORK_DIR,):
            return Path(*self.parts)
        work_dir = getattr(context, "work_dir", None) if context is not None else values.get("work_dir")
        if work_dir is None:
            raise ValueError("Could not contextualize work_dir, no value given.")
        return Path(work_dir).joinpath(*self.parts[1:])

    @property
    def string(self) -> str:
        return str(self)

    def as_posix(self) -> str:
        raise ValueError("The work-dir is not known before a manager reads the definition: pass the path itself, or f\"{path}\".")

    def __repr__(self) -> str:
        return f"PathDef({self})"


class PathVars:
    WORK_DIR: PathDef = PathDef(_WORK_DIR)
    ASSIGNED_WORKER: str = "{{ASSIGNED_WORKER}}"
    INLINE_VARS: Dict[str, str] = {"{{assigned_worker}}": ASSIGNED_WORKER}


def resolve(value: Any, work_dir: Path) -> Any:
    """The value with every path of the work-dir in it resolved, in containers and in texts too."""
    if isinstance(value, PathDef):
        return value.contextualize(work_dir=work_dir)
    if isinstance(value, str):
        return value.replace(_WORK_DIR, str(work_dir))
    if isinstance(value, dict):
        return {key: resolve(item, work_dir) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return type(value)(resolve(item, work_dir) for item in value)
    return value
