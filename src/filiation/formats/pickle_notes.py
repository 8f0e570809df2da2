"""What is noted of a pickle instead of what it would make."""

from __future__ import annotations

from typing import Any, NamedTuple


class Global(NamedTuple):
    """Something that the pickle would import."""

    module: str
    name: str

    @property
    def path(self) -> str:
        """The two with a dot between."""
        return f"{self.module}.{self.name}"


class Persistent(NamedTuple):
    """Something that is kept outside of the pickle, such as a storage of torch; `key` tells which."""

    key: Any


class Blob(NamedTuple):
    """A text or bytes too long to keep, `size_bytes` of them, from the byte `start` of the pickle on."""

    start: int
    size_bytes: int


class Pairs:
    """A dictionary: its keys and values as they were set, those that were set twice as well."""

    __slots__ = ("items",)

    def __init__(self, items: list[tuple[Any, Any]] | None = None) -> None:
        self.items = [] if items is None else items

    def get(self, key: str) -> Any:
        """Return what stands under a text; None where nothing does."""
        return next((value for name, value in reversed(self.items) if isinstance(name, str) and name == key), None)


class Call:
    """A call that the pickle asks for: of `function` with `args`, then given a `state`, elements and keys."""

    __slots__ = ("args", "elements", "function", "pairs", "state")

    def __init__(self, function: Any, args: Any) -> None:
        self.function = function
        self.args = args if isinstance(args, (tuple, list)) else (args,)
        self.state: Any = None
        self.elements: list[Any] = []
        self.pairs = Pairs()
