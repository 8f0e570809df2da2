"""What the pieces of a name mean beside one another."""

from __future__ import annotations

import re
from functools import cache

from filiation.names.evidence import weigh
from filiation.names.fusion import fuse
from filiation.names.lexicon import Reading
from filiation.names.name import Context
from filiation.names.segments import Piece

UNKNOWN = 0.83
"""How sure it is that a word that nobody knows says nothing of the other kinds."""
COINED = 0.85
"""How often the first word, unknown, of a name that says how large it is or what it saw was labelled an architecture."""
DOUBT = 0.25
"""What a reading is weighed against beside the others: that it is none of them."""
Chosen = tuple[Piece, Reading, float, bool]


def read(found: list[Piece], text: str, context: Context | None) -> list[Chosen]:
    """Return each piece of `text` with what it means, how sure that is, and whether the context decided it."""
    fused = fuse(found, text)
    last = len(fused) - 1
    chosen: list[Chosen] = []
    for i, piece in enumerate(fused):
        readings = piece.readings
        if not readings:
            if len(piece.word) > 3 and piece.word.isalpha() and (i == last or not _counts_parameters(fused[i + 1])):
                chosen.append((piece, _unknown(piece.word), UNKNOWN, False))
                continue
        elif len(readings) == 1 and readings[0].sort not in _ASKED and not (piece.glued and piece.word[0] <= "9"):
            chosen.append((piece, readings[0], _sure(readings[0].odds), False))
            continue
        chosen.append(_resolved(piece, i, fused, chosen, context))
    _coin(chosen)
    return chosen


def _coin(chosen: list[Chosen]) -> None:
    """Read the first word as an architecture that nobody knows yet, where none is said but a size, parameters or a dataset."""
    if not chosen or chosen[0][1].sort != "unknown" or not _COINED.fullmatch(chosen[0][0].word):
        return
    kinds = {reading.kind for _, reading, _, _ in chosen}
    if "architecture" not in kinds and kinds & {"parameters", "dataset"} | {r.sort for _, r, _, _ in chosen} & {"size"}:
        piece = chosen[0][0]
        chosen[0] = (piece, Reading("architecture", piece.word, 1.0, "coined"), COINED, False)


_COINED = re.compile("[a-z][a-z0-9]{2,29}")


def _counts_parameters(piece: Piece) -> bool:
    return bool(piece.readings) and piece.readings[0].kind == "parameters"


@cache
def _sure(odds: float) -> float:
    return round(odds / (odds + DOUBT), 3)


def _unknown(word: str) -> Reading:
    return Reading("other", word, 1.0, "unknown")


_ASKED = frozenset({"code", "recipe", "rank", "ending", "coined"})


def _resolved(piece: Piece, i: int, fused: list[Piece], chosen: list[Chosen], context: Context | None) -> Chosen:
    alone = weigh(piece, i, fused, chosen, None)
    best = max(alone, key=lambda item: item.odds, default=None)
    if best is None:
        return piece, _unknown(piece.word), UNKNOWN, False
    told = False
    if context is not None and len(alone) > 1:
        with_context = weigh(piece, i, fused, chosen, context)
        decided = max(with_context, key=lambda item: item.odds)
        told = (decided.kind, decided.value) != (best.kind, best.value)
        alone, best = with_context, decided
    total = sum(item.odds for item in alone) + DOUBT
    return piece, best, round(best.odds / total, 3), told
