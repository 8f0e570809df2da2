"""Answers about texts, kept: cards repeat each other, and what was looked at once need not be looked at again."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Concatenate, ParamSpec, TypeVar

MAX_ANSWERS = 1 << 14
"""How many answers each function keeps."""
MAX_CHARS = 2000
"""Longest text of which an answer is kept, in characters, so that no stranger's cards fill the memory."""
Rest = ParamSpec("Rest")
Answer = TypeVar("Answer")


class _Answers(dict[str, Answer]):
    """Answers by their text; a look-up that finds one runs no Python."""

    def __init__(self, function: Callable[[str], Answer]) -> None:
        self.function = function

    def __missing__(self, text: str) -> Answer:
        answer = self.function(text)
        if len(text) <= MAX_CHARS:
            if len(self) >= MAX_ANSWERS:
                self.clear()
            self[text] = answer
        return answer


def remembered(function: Callable[[str], Answer]) -> Callable[[str], Answer]:
    """Return `function`, a pure one of a text, with answers about short texts kept; all are let go when there are too many."""
    return _Answers(function).__getitem__


def remembered_with(function: Callable[Concatenate[str, Rest], Answer]) -> Callable[Concatenate[str, Rest], Answer]:
    """Return the same of a pure function of a text and what else may be looked up; the least used answers are let go."""
    kept = lru_cache(MAX_ANSWERS)(function)

    @wraps(function)
    def answer(text: str, /, *rest: Rest.args, **named: Rest.kwargs) -> Answer:
        return kept(text, *rest) if len(text) <= MAX_CHARS else function(text, *rest, **named)

    return answer
