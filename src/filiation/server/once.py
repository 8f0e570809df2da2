"""Values that are expensive to find, and wanted by many at once."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """A value found by the first thread that asks, while the others wait; a failure is not kept."""

    def __init__(self, find: Callable[[], T]) -> None:
        self._find = find
        self._lock = Lock()
        self._found: list[T] = []

    @property
    def is_found(self) -> bool:
        """Whether asking costs nothing."""
        return bool(self._found)

    def __call__(self) -> T:
        """Return the value."""
        if not self._found:
            with self._lock:
                if not self._found:
                    self._found.append(self._find())
        return self._found[0]
