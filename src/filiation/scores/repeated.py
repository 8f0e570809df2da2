"""A claim that a model's sources tell more than once, in front matter, a table and a sentence, is one claim."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from filiation.core.score import Protocol, Score
from filiation.scores.agreement import FIELDS, rounding, same
from filiation.scores.canonical import key

_OWN = frozenset({"variant"})
"""What must be said by both or by neither: another variant is another figure, whatever its digits."""


def told_once(claims: Iterable[Score]) -> list[Score]:
    """Return each claim once, in the order of where it is first told.

    Two are one claim where they are of one revision, metric and dataset, where the figures are the same as far as either is
    written, and where neither says what the other denies. What only one of them says of the protocol holds for the claim: a
    split that the text names counts for a figure that front matter declares without it.

    Args:
        claims: Of one model. One whose dataset is not named is told by itself.

    Returns:
        Each with the greatest confidence of those that tell it, and with where else it is told (`Score.also`).
    """
    kept: list[Score] = []
    places: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for claim in claims:
        about = claim.ref, key(claim.metric), key(claim.dataset or "")
        place = next((place for place in places[about] if claim.dataset and _is_same(kept[place], claim)), None)
        if place is None:
            places[about].append(len(kept))
            kept.append(claim)
        else:
            kept[place] = _joined(kept[place], claim)
    return kept


def _is_same(one: Score, two: Score) -> bool:
    step = max(rounding(one), rounding(two)) + 1e-9
    if abs(one.value - two.value) > step:
        return False
    mine, theirs = one.protocol, two.protocol
    return all(
        getattr(mine, field) == getattr(theirs, field)
        if field in _OWN
        else same(field, getattr(mine, field), getattr(theirs, field)) is not False
        for field in FIELDS
    )


def _joined(one: Score, two: Score) -> Score:
    """Return the first with what only the second says."""
    said = {
        field: mine if (mine := getattr(one.protocol, field)) is not None else getattr(two.protocol, field) for field in FIELDS
    }
    return msgspec.structs.replace(
        one,
        protocol=Protocol(**said),
        samples=two.samples if one.samples is None else one.samples,
        stderr=two.stderr if one.stderr is None else one.stderr,
        confidence=max(one.confidence, two.confidence),
        also=(*one.also, two.source),
    )
