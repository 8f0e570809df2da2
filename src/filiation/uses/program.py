"""The Python files of a tree together: what one hands on to another is followed to where its name is written."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from filiation.uses.calls import Rule
from filiation.uses.modules import Modules
from filiation.uses.python import Looked, look, look_further, worth
from filiation.uses.source import SourceError
from filiation.uses.use import Use

MAX_ROUNDS = 3
"""Through so many functions of other files a name is followed."""
LEAST_SURE = 0.8
"""What is less sure need not be told where a call through another file's function tells the same."""


class Program:
    """Takes one file after another; then tells what they load.

    Args:
        root: The tree's folder.
        read: Returns the text of a file below it, None where it may not be read.
    """

    def __init__(self, root: Path, read: Callable[[str], str | None]) -> None:
        self._modules, self._read = Modules(root, read), read
        self._looked: dict[str, Looked] = {}
        self._passed: list[str] = []
        self.count = 0

    def add(self, file: str, text: str) -> Iterator[Use]:
        """Look at one file; yield nothing, for `uses` tells it all.

        Raises:
            SourceError: If it is no Python 3, or nested too deep.
        """
        if not worth(text):
            self._passed.append(file)
            return iter(())
        self._looked[file] = look(self._modules.values(file, text), file)
        self.count += len(self._looked[file].uses)
        return iter(())

    def _reconsider(self, wrappers: Iterable[tuple[Rule, ...]]) -> None:
        """Take those files that were passed over and speak of these functions: the name may come from elsewhere."""
        names = "|".join(sorted({re.escape(rule.call) for rules in wrappers for rule in rules}))
        for file in self._passed if names else ():
            text = self._read(file)
            if text is not None and re.search(rf"\b(?:{names})\b", text):
                try:
                    self._modules.values(file, text)
                except SourceError:  # whoever finds nothing of ours in a file need not say that it is broken
                    continue
                self._looked[file] = Looked([], {}, {})

    def cut_short(self) -> list[str]:
        """Return the files in which not every name was followed; "" for the whole tree."""
        return self._modules.cut_short()

    def uses(self) -> list[Use]:
        """Return what all files load; a place that a function's callers resolve is told of where they call it."""
        found: list[Use] = []
        filled: set[ast.AST] = set()
        spans: set[tuple[str, str, int]] = set()
        known: dict[ast.AST, tuple[Rule, ...]] = {}
        fresh: dict[ast.AST, tuple[Rule, ...]] = {}
        for looked in self._looked.values():
            fresh |= looked.wrappers
        self._reconsider(fresh.values())
        for _ in range(MAX_ROUNDS):
            known, given, fresh = known | fresh, fresh, {}
            for file in self._looked if given else ():
                if (values := self._modules.known(file)) is not None:
                    further = look_further(values, file, given)
                    found += further.uses
                    filled |= further.filled
                    spans |= {(file, *span) for span in further.spans}
                    fresh |= {node: rules for node, rules in further.wrappers.items() if node not in known}
        for file, looked in self._looked.items():
            for at, item in enumerate(looked.uses):
                told = item.confidence < LEAST_SURE and (file, item.written, item.line) in spans
                if looked.open.get(at) not in filled and not told:
                    found.append(item)
        return found
