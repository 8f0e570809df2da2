"""Pieces that only together say something: `Q4` `K` `M`, `L` `12`, `3` `epochs`, `v1` `5`, `2024` `07` `11`, `en` `de`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from filiation.knowledge import load
from filiation.names.lexicon import Reading
from filiation.names.segments import Piece
from filiation.names.values import is_number, value_of

_QUANT_TAILS = frozenset({"k", "0", "1", "s", "m", "l", "xs", "xxs", "nl", "xl"})
_BERT = {"l": "layers", "h": "size", "a": "heads"}


def fuse(found: list[Piece], text: str) -> list[Piece]:
    """Return the pieces with those that belong together made one."""
    last = len(found) - 1
    fused: list[Piece] = []
    i = 0
    while i <= last:
        piece, made = found[i], None
        if i < last:
            word = piece.word
            rule = _RULES.get(word)
            if rule is None and (word[0] <= "9" or word[-1] <= "9" or word[:2] == "lr"):  # others begin at a digit
                rule = _by_shape(piece)
            made = rule(found, i, text) if rule else None
        if made is None:
            fused.append(piece)
            i += 1
        else:
            fused.append(made[0])
            i += made[1]
    return fused


Made = tuple[Piece, int] | None
Rule = Callable[[list[Piece], int, str], Made]


def _one(found: list[Piece], i: int, used: int, kind: str, value: str, odds: float = 8.0, sort: str = "value") -> Made:
    last = found[i + used - 1]
    word = "".join(piece.word for piece in found[i : i + used])
    return Piece(found[i].start, last.end, word, (Reading(kind, value, odds, sort),), found[i].glued), used


def _by_shape(piece: Piece) -> Rule | None:
    if is_number(piece.word):
        return _number
    if not piece.readings:
        return None
    first, begin, end = piece.readings[0], piece.word[:2], piece.word[-1]
    shapes: tuple[tuple[bool, Rule], ...] = (
        (first.sort == "quantization" and first.value[0] in "iq", _quantization),
        (first.kind == "dataset-characteristic" and end == "k", _thousand),
        (first.kind == "version" and begin[0] == "v", _version),
        (end == "e" and (first.sort == "epochs" or begin == "lr"), _rate),
    )
    return next((rule for holds, rule in shapes if holds), None)


def _next(found: list[Piece], i: int) -> str:
    return found[i].word if i < len(found) else ""


def _quantization(found: list[Piece], i: int, text: str) -> Made:
    del text
    used = 1
    while used < 3 and _next(found, i + used) in _QUANT_TAILS:
        used += 1
    if used == 1:
        return None
    return _one(found, i, used, "adaptation", "_".join(piece.word for piece in found[i : i + used]), 10.0, "quantization")


def _version(found: list[Piece], i: int, text: str) -> Made:
    """Read ``v1_5`` and ``v1-5`` as ``v1.5``."""
    number = _next(found, i + 1)
    if not is_number(number) or "." in found[i].word or not is_number(found[i].word[1:]):
        return None
    between = text[found[i].end : found[i + 1].start]
    if (between == "-" and len(number) == 1) or (between in {"_", "."} and len(number) <= 2):
        return _one(found, i, 2, "version", f"{found[i].readings[0].value}.{number}", 8.0)
    return None


def _letter_v(found: list[Piece], i: int, text: str) -> Made:
    del text
    number = _next(found, i + 1)
    if is_number(number.replace(".", "")):
        return _one(found, i, 2, "version", f"v{number}", 8.0)
    return None


def _rate(found: list[Piece], i: int, text: str) -> Made:
    """Read ``2e-05`` as a learning rate."""
    number = _next(found, i + 1)
    if is_number(number) and len(number) <= 2 and 3 <= int(number) <= 8 and text[found[i].end : found[i + 1].start] in "-_":
        return _one(found, i, 2, "training", f"lr-{found[i].word.removeprefix('lr')}-{int(number)}", 6.0)
    return None


def _bert_style(found: list[Piece], i: int, text: str) -> Made:
    """Read ``L-12_H-768_A-12``: layers, width, heads."""
    del text
    number = _next(found, i + 1)
    others = [_next(found, j) for j in (i - 2, i + 2) if j >= 0]
    if is_number(number) and len(number) <= 5 and any(other in _BERT for other in others):
        kind = _BERT[found[i].word]
        value = f"hidden-{number}" if kind == "size" else number
        return _one(found, i, 2, kind, value, 12.0)
    if is_number(number) and found[i].word == "l" and len(number) <= 2:
        return _one(found, i, 2, "layers", number, 2.0)
    return None


@cache
def _counts() -> dict[str, str]:
    table: dict[str, str] = load("name_words")["counted"]
    return {word: name for name, text in table.items() for word in [name, *text.split()]}


def _counted(found: list[Piece], i: int, text: str) -> Made:
    """Read ``epochs-3`` and ``lr-2e-5``."""
    del text
    name, number = _counts()[found[i].word], _next(found, i + 1)
    if name == "learning-rate" and number and number[0].isdigit():
        more = _next(found, i + 2)
        if number.endswith("e") and is_number(more) and len(more) <= 2:
            return _one(found, i, 3, "training", f"lr-{number}-{int(more)}", 8.0)
        return _one(found, i, 2, "training", f"lr-{number}", 8.0)
    if is_number(number) and len(number) <= 7 and (len(found[i].word) > 1):
        return _one(found, i, 2, "training", f"{name}-{number}", 5.0)
    return None


def _number(found: list[Piece], i: int, text: str) -> Made:
    """Read a number by the word after it: ``3 epochs``, ``4 bit``, ``12 layers``; or as a date of three numbers."""
    number, after = found[i].word, _next(found, i + 1)
    name = _counts().get(after)
    if name in {"epochs", "steps"} and len(after) > 1 and len(number) <= 7:
        return _one(found, i, 2, "training", f"{name}-{number}", 6.0)
    told = _UNITS.get(after.rstrip("s"))
    if told and len(number) <= 2:
        return _one(found, i, 2, told, f"int{number}" if told == "adaptation" else number, 8.0, "quantization")
    whole = value_of(f"{number}.{after}") if len(number) == 1 and after[:1] <= "9" else ()
    if whole and (number == "0" or after.endswith("bpw")):
        return _one(found, i, 2, whole[0].kind, whole[0].value, 8.0, whole[0].sort)
    return _date(found, i) or _two_digits(found, i, text)


def _thousand(found: list[Piece], i: int, text: str) -> Made:
    """Read ``12.5k-steps``."""
    del text
    name = _counts().get(_next(found, i + 1))
    return _one(found, i, 2, "training", f"{name}-{found[i].word}", 6.0) if name == "steps" else None


_UNITS = {"layer": "layers", "head": "heads", "bit": "adaptation"}


def _two_digits(found: list[Piece], i: int, text: str) -> Made:
    """Read ``13b-1-3`` and ``llama-3_1`` as of version 1.3 and 3.1."""
    number, after = found[i].word, _next(found, i + 1)
    if i == 0 or not (len(number) == len(after) == 1 and is_number(after)) or not found[i - 1].readings:
        return None
    before = found[i - 1].readings[0]
    if before.kind not in {"parameters", "architecture"} or before.value.startswith("distil"):
        return None
    if text[found[i].end : found[i + 1].start] in {"-", "_"}:
        return _one(found, i, 2, "version", f"v{number}.{after}", 2.0)
    return None


def _date(found: list[Piece], i: int) -> Made:
    parts = [_next(found, j) for j in range(i, i + 3)]
    if not all(is_number(part) for part in parts[:2]):
        return None
    year, month, day = parts
    if len(year) == 4 and year[:2] == "20" and len(month) == 2 and "01" <= month <= "12":
        if is_number(day) and len(day) == 2 and "01" <= day <= "31":
            return _one(found, i, 3, "version", f"{year}-{month}-{day}", 8.0, "date")
        return _one(found, i, 2, "version", f"{year}-{month}", 6.0, "date")
    if is_number(day) and len(day) == 4 and day[:2] == "20" and len(month) == 2 and len(year) == 2:
        middle, first = sorted((int(year), int(month)))
        if middle <= 12 and first <= 31:
            day_first = int(month) <= 12
            return _one(
                found, i, 3, "version", f"{day}-{month if day_first else year}-{year if day_first else month}", 6.0, "date"
            )
    return None


def _layers(found: list[Piece], i: int, text: str) -> Made:
    del text
    number = _next(found, i + 1)
    return _one(found, i, 2, "layers", number, 6.0) if is_number(number) and len(number) <= 3 else None


_RULES: dict[str, Rule] = {
    "layer": _layers,
    "layers": _layers,
    "v": _letter_v,
    "ver": _letter_v,
    "version": _letter_v,
    "l": _bert_style,
    "h": _bert_style,
    "a": _bert_style,
    **dict.fromkeys([word for word in _counts() if len(word) > 1], _counted),
}
