"""Objects that are made of keywords, as the classes of definitions are."""

import sys
from copy import copy, deepcopy
from os.path import dirname
from typing import Any, Dict, Optional, Tuple

Place = Tuple[int, Optional[int]]

_OWN_FOLDER = dirname(__file__)


_ATOMS = (str, int, float, bool, bytes, type(None))


def copied(value: Any) -> Any:
    """A deep copy, several times faster than the library's for what definitions are made of."""
    kind = type(value)
    if kind in _ATOMS:
        return value
    if kind is dict:
        return {key: copied(item) for key, item in value.items()}
    if kind is list:
        return [copied(item) for item in value]
    return value.__deepcopy__({}) if isinstance(value, Model) else deepcopy(value)


class Model:
    """Keeps its keywords as attributes; a subclass names its own with their defaults."""

    def _fields(self) -> Dict[str, Any]:
        return {name: value for name, value in vars(self).items() if not name.startswith("_")}

    def dict(self) -> Dict[str, Any]:
        """All keywords with their values, those of objects within too."""
        return {name: value.dict() if isinstance(value, Model) else copied(value) for name, value in self._fields().items()}

    def copy(self, *, update: Optional[Dict[str, Any]] = None, deep: bool = False) -> Any:
        """A copy with some values replaced."""
        other = deepcopy(self) if deep else copy(self)
        vars(other).update(update or {})
        return other

    def __deepcopy__(self, memo: Any) -> Any:
        other = object.__new__(type(self))
        vars(other).update((name, copied(value)) for name, value in vars(self).items())
        return other

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self._fields() == other._fields()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self._fields().items())
        return f"{type(self).__name__}({values})"


def place_of_caller() -> Optional[Place]:
    """Line and column of the call in the user's file: the nearest caller outside of this package; columns from Python 3.11."""
    frame = sys._getframe(1)
    while frame is not None and dirname(frame.f_code.co_filename) == _OWN_FOLDER:
        frame = frame.f_back  # type: ignore[assignment]
    if frame is None:
        return None
    return frame.f_lineno, _column(frame.f_code, frame.f_lasti)


_positions: Dict[Any, Any] = {}


def _column(code: Any, instruction: int) -> Optional[int]:
    if not hasattr(code, "co_positions"):
        return None
    positions = _positions.get(code)
    if positions is None:
        positions = _positions[code] = list(code.co_positions())
    column = positions[instruction // 2][2]
    return None if column is None else column + 1
