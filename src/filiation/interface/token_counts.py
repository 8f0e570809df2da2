"""Exact numbers of tokens, counted by the library in a bounded process of its own: patterns in tokenizer.json may never end."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import msgspec

from filiation.core.errors import FiliationError
from filiation.interface.check_text import Counting

SECONDS, MEMORY_BYTES = 120.0, 4 << 30
_PROGRAM = """
import json, sys
from tokenizers import Tokenizer
asked = json.load(sys.stdin)
tokenizer = Tokenizer.from_file(asked["file"])
tokenizer.no_truncation()
tokenizer.no_padding()
json.dump([len(tokenizer.encode(text).ids) for text in asked["texts"]], sys.stdout)
"""


def counting_with(file: Path | None) -> Counting:
    """Return what counts the tokens of texts, special ones included, by the tokenizer.json at `file`.

    Raises:
        FiliationError: If there is none, or the package tokenizers is not here.
    """
    if find_spec("tokenizers") is None:
        raise FiliationError("Counting takes the package tokenizers: install filiation[onnx], or leave --exact out.")
    if file is None:
        raise FiliationError("Counting takes a tokenizer.json, and this model has none: leave --exact out.")

    def count(texts: list[str]) -> list[int]:
        return _counted(file, texts)

    return count


def _counted(file: Path, texts: list[str]) -> list[int]:
    from filiation.measure.bounds import bounds  # noqa: PLC0415  # only where something is run
    from filiation.measure.process import Program, run_bounded, tidied  # noqa: PLC0415  # the same

    clean = [text.encode("utf-8", "replace").decode() for text in texts]
    real = file.resolve()
    asked = msgspec.json.encode({"file": str(real), "texts": clean})
    argv = (sys.executable, "-I", "-c", _PROGRAM)
    with tidied():
        ending = run_bounded(Program(argv, asked, reads=(real,)), bounds(SECONDS, MEMORY_BYTES))
    try:
        counts = msgspec.json.decode(ending.answers, type=list[int])
    except msgspec.MsgspecError:
        counts = []
    if len(counts) != len(texts):
        raise FiliationError(f"The tokens could not be counted: {ending.reason or 'no answer came'} Leave --exact out.")
    return counts
