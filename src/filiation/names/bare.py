"""What numbers, single letters and unknown words may mean, by the architecture before them."""

from __future__ import annotations

import re
from functools import cache

from filiation.knowledge import load
from filiation.names.lexicon import Reading
from filiation.names.segments import Piece
from filiation.names.values import is_length, is_number

Before = list[tuple[Piece, Reading, float, bool]]
"""The pieces before, each with what it was read as, how surely, and whether the context decided it."""


@cache
def follows(way: str) -> frozenset[str]:
    """Return the architectures that are followed by a number (`numbered`), a letter (`lettered`) or their layers (`deep`).

    Those of the first two that understand words are `spoken`.
    """
    return frozenset(load("name_architectures")[way]["words"].split())


@cache
def silent() -> frozenset[str]:
    """Return the architectures that see only, so that no code of a language follows them."""
    return (follows("numbered") | follows("lettered")) - follows("spoken")


def variant(piece: Piece, before: Before) -> tuple[Reading, ...]:
    """Read ``50d`` and ``32x8d`` of `resnet50d` as its size, whatever a number before a letter means elsewhere."""
    last = before[-1][1] if before else None
    if last and piece.glued and last.value in follows("numbered") and _VARIANT.fullmatch(piece.word):
        return (Reading("size", piece.word, 6.0, "number"),)
    if piece.readings and piece.readings[0].sort in _LOOSE and _LETTER_NUMBER.fullmatch(piece.word):
        return _lettered(piece.word, before)
    return ()


_VARIANT = re.compile(r"\d{2,3}[a-z]{1,2}")
_LOOSE = frozenset({"epochs", "recipe", "rank", "value"})
"""Readings of a letter with a number that give way to a size."""


def bare(piece: Piece, i: int, fused: list[Piece], before: Before) -> tuple[Reading, ...]:
    """Return what a number, a letter or an unknown word may mean."""
    last = before[-1][1] if before else None
    if is_number(piece.word):
        return _number(piece, last, before)
    of_letter = _lettered(piece.word, before)
    if of_letter:
        return of_letter
    after = fused[i + 1] if i + 1 < len(fused) else None
    if after is not None and after.readings and after.readings[0].kind == "parameters" and not has_architecture(before):
        return (Reading("architecture", piece.word, 1.2, "unknown"), Reading("other", piece.word, 0.8, "unknown"))
    return ()


_LETTER = re.compile(r"[ntsmblhgx]|xs|xxs|xl")
_LETTER_NUMBER = re.compile(r"(x{0,2}[ntsmblhgwde])(\d{1,2})")


def _lettered(word: str, before: Before) -> tuple[Reading, ...]:
    """Read ``b`` and ``b16`` after `vit` as its size, ``s36`` after `poolformer` as its layers."""
    last = before[-1][1] if before else None
    if last is None or last.kind not in {"architecture", "version", "size"}:
        return ()
    architecture = next((reading.value for _, reading, _, _ in reversed(before) if reading.kind == "architecture"), "")
    if _LETTER.fullmatch(word) and architecture in follows("lettered"):
        return (Reading("size", word, 4.0, "lettered"), Reading("other", word, 1.0, "unknown"))
    both = _LETTER_NUMBER.fullmatch(word)
    if both and architecture in follows("deep"):
        return (Reading("layers", both[2], 4.0, "lettered"), Reading("other", word, 1.0, "unknown"))
    if both and architecture in follows("lettered"):
        return (Reading("size", both[1], 4.0, "lettered"), Reading("other", word, 1.0, "unknown"))
    return ()


def has_architecture(before: Before) -> bool:
    """Say whether an architecture was read before."""
    return any(reading.kind == "architecture" for _, reading, _, _ in before)


def _number(piece: Piece, last: Reading | None, before: Before) -> tuple[Reading, ...]:
    number = int(piece.word) if len(piece.word) < 12 else -1
    meant = _meant(number, piece, last, before)
    other = Reading("other", piece.word, 1.0, "number")
    return (meant, other) if meant else (other,)


def _meant(number: int, piece: Piece, last: Reading | None, before: Before) -> Reading | None:
    if 0 < number < 100 and any(r.kind == "architecture" and r.value in follows("deep") for _, r, _, _ in before):
        return Reading("layers", piece.word, 3.0, "number")
    if last and last.kind == "architecture" and (last.value in follows("numbered") or (len(piece.word) > 1 and piece.glued)):
        return Reading("size", piece.word, 6.0, "number")
    if last and last.sort == "lettered" and number in {8, 14, 16, 32}:
        return Reading("dataset-characteristic", f"patch{number}", 4.0, "number")
    if last and last.sort != "unknown" and 2100 < number < 2913 and 1 <= number % 100 <= 12:
        return Reading("version", f"20{number // 100}-{number % 100:02d}", 1.5, "date")
    return _alone(number, piece, last)


def _alone(number: int, piece: Piece, last: Reading | None) -> Reading | None:
    """Return what a number may mean whatever the architecture: a length, a year, a version."""
    if is_length(number):
        return Reading("dataset-characteristic", piece.word, 4.0, "number")
    if 2015 <= number <= 2030:
        return Reading("version", piece.word, 2.0, "date")
    if last and last.sort != "date" and 0 <= number < 21:
        told = {"architecture": 3.0, "version": 3.0}.get(last.kind, 1.2 if last.sort == "unknown" else 0.9)
        return Reading("version", f"v{number}", told, "number")
    return None
