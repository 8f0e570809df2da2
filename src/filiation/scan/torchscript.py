"""TorchScript: operators in the code of a model that touch files or other machines.

Source:
    PyTorch's native functions ``save``, ``from_file`` and the operators of its RPC framework; CVE-2025-32434.
"""

from __future__ import annotations

import re
from functools import cache

from filiation.knowledge import load
from filiation.scan.look import Look


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(load("scan_texts")["torchscript"]["pattern"], re.ASCII)


def read(text: str, place: str, look: Look) -> None:
    """Note each operator that has no place in a model, with its line."""
    for match in _pattern().finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        look.say("torchscript-reaches-out", f"{place}:{line}", match[0], match[0].rstrip("( "))
