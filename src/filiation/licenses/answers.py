"""May they be used so? The answer for every node at once, where `verdict` gives one with its reasons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import numpy as np

from filiation.licenses.answer import Answer
from filiation.licenses.masks import FLOWS
from filiation.licenses.node_terms import NodeTerms, spread
from filiation.licenses.purpose import Purpose
from filiation.licenses.terms import names_of, terms
from filiation.licenses.verdict import NEEDS
from filiation.lineage.arrays import NULL, Lineage

ANSWERS: tuple[Answer, ...] = get_args(Answer)
YES, NO, ASK = (ANSWERS.index(word) for word in ("yes", "no", "ask a lawyer"))
_SURE_FLOWS = frozenset({"derivative", "use"})


def answers(lineage: Lineage, found: NodeTerms, wanted: Purpose, doubtful: np.ndarray) -> np.ndarray:
    """Return uint8[n]: index into `ANSWERS`, for every node.

    How sure a line of descent is does not count here, so a "no" may be an "ask" of `verdict`. Law: the answer is never freer
    than the verdict's.

    Args:
        lineage: Who descends from whom.
        found: Terms of every node.
        wanted: The use.
        doubtful: bool[n]; where a conflict of licences is to be looked at by a person.
    """
    silent = _descends_from_silence(lineage, found)
    columns = np.column_stack([found.code.astype(np.int64).view(np.uint64), found.certain, found.possible, *found.inherited])
    rows, place = np.unique(columns, axis=0, return_inverse=True)
    told = np.array([_answer(row, found, wanted) for row in rows.tolist()], np.uint8)[place.ravel()]
    return np.where((told == YES) & (silent | doubtful), np.uint8(ASK), told)


def _answer(row: Sequence[int], found: NodeTerms, wanted: Purpose) -> int:
    code, certain, possible, *inherited = row
    told = {YES}
    item = None if code == NULL % (1 << 64) else found.texts[code]
    if item is None or item.expression is None:
        told.add(ASK)
    else:
        granted = set(names_of(possible))
        needed = [right for right, uses in NEEDS.items() if uses & wanted.uses] + ["may-sell"] * wanted.commercial
        if any(right not in granted and not (right == "may-sell" and "non-commercial" in granted) for right in needed):
            told.add(ASK)
        told |= {_weight(name, wanted, sure=possible == certain) for name in granted}
    for flow, bits in zip(FLOWS, inherited, strict=True):
        told |= {_weight(name, wanted, sure=flow in _SURE_FLOWS) for name in names_of(bits)}
    return NO if NO in told else ASK if ASK in told else YES


def _weight(name: str, wanted: Purpose, *, sure: bool) -> int:
    term = terms()[name]
    if term.answer not in {"no", "ask"} or not wanted.touched_by(term):
        return YES
    return NO if term.answer == "no" and sure else ASK


def _descends_from_silence(lineage: Lineage, found: NodeTerms) -> np.ndarray:
    """Return bool[n]: whether a model above says nothing of its terms that we understand."""
    readable = np.array([*(item.expression is not None for item in found.texts), False])
    silent = ~readable[found.code] & lineage.is_model(np.arange(lineage.size))
    travels = np.repeat(silent.astype(np.uint64)[None, :], len(FLOWS), axis=0)
    return (spread(lineage, travels) != 0).any(axis=0)
