"""The tensors of a model, its layers folded into one: the form in which structures are compared and learned."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from blake3 import blake3

MAX_ROWS = 4_000
"""Of more different tensors than this the rest, in order, is not looked at: no architecture has as many."""
MAX_PARTS = 24
MAX_PART_CHARS = 80
MANY = 4
"""A word with more than so many numbers behind it, as in ``block_7``, counts something."""
NUMBER = "#"
_APART = re.compile(r"[./:|\\]+")
_COUNTED = re.compile(r"(.{1,79}?)_{1,3}(\d{1,6})", re.ASCII)


class Row(NamedTuple):
    """Tensors that differ only in the numbers in their names.

    Attributes:
        path: The parts of the name; ``#`` where there was a number.
        shape: Of each of them.
        count: How many there are.
    """

    path: tuple[str, ...]
    shape: tuple[int, ...]
    count: int


def fold(tensors: Iterable[tuple[str, Sequence[int]]]) -> tuple[Row, ...]:
    """Return the rows of tensors given as names and shapes.

    Laws: neither the order of tensors nor the numbers of layers matter; the counts add up to the number of tensors, as long
    as there are at most `MAX_ROWS` rows.
    """
    split: dict[str, tuple[str, ...]] = {}
    counted: Counter[tuple[tuple[str, ...], tuple[int, ...]]] = Counter()
    for name, shape in tensors:
        if name not in split:
            split[name] = _parts(name)
        counted[split[name], tuple(shape)] += 1
    counting = _counting(path for path, _ in counted)
    folded: Counter[tuple[tuple[str, ...], tuple[int, ...]]] = Counter()
    for (path, shape), count in counted.items():
        folded[_numbered(path, counting), shape] += count
    return tuple(Row(*key, folded[key]) for key in sorted(folded)[:MAX_ROWS])


def signature(rows: Iterable[Row]) -> str:
    """Return 16 hex digits that are equal for equal rows, whatever their order."""
    lines = sorted(f"{'.'.join(row.path)} {row.shape} {row.count}" for row in rows)
    return blake3("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest(8)


def _parts(name: str) -> tuple[str, ...]:
    parts = [part[:MAX_PART_CHARS] for part in _APART.split(name[: MAX_PARTS * MAX_PART_CHARS]) if part]
    return tuple(NUMBER if part.isascii() and part.lstrip("_").isdigit() else part for part in parts[:MAX_PARTS])


def _counting(paths: Iterable[tuple[str, ...]]) -> set[str]:
    """Return the words that count something by a number behind them."""
    numbers: defaultdict[str, set[str]] = defaultdict(set)
    for path in paths:
        for part in path:
            if found := _COUNTED.fullmatch(part):
                numbers[found[1]].add(found[2])
    return {word for word, seen in numbers.items() if len(seen) > MANY}


def _numbered(path: tuple[str, ...], counting: set[str]) -> tuple[str, ...]:
    if not counting:
        return path
    parts: list[str] = []
    for part in path:
        found = _COUNTED.fullmatch(part)
        parts += [found[1], NUMBER] if found and found[1] in counting else [part]
    return tuple(parts)
