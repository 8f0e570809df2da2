"""How sure answers are where the parent may be absent: each child asked with its parents there, and with them withheld."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from kinship_family import Member, ancestors, first_copies, near_copies, originals

from filiation.weights.parentage import Parentage, parentage

BANDS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.96)


class Asked(NamedTuple):
    """One answer: whether the parents were there, what was said, whether it names them all, or only ancestors."""

    present: bool
    said: Parentage
    right: bool
    ancestor: bool


def asked(
    members: Sequence[Member], *, timed: bool = True, part: float = 1.0, seed: int = 0, withheld: bool = True
) -> Iterator[Asked]:
    """Yield an answer for each child with its parents there, and one without them and their near copies.

    Args:
        members: Of one root.
        timed: Whether times are known.
        part: Share of the other models that are there, drawn by chance.
        seed: Of that.
        withheld: Whether to ask without the parents as well.
    """
    chance = np.random.default_rng(seed)
    firsts, copies = first_copies(list(members)), originals(list(members))
    by_name = {one.name: one for one in members}
    for child in firsts:
        want = {copies[p] for p in child.parents}
        above = ancestors(by_name, child.name)
        for gone in (set(), near_copies(list(members), want)) if want and withheld else (set(),):
            here = [one for one in firsts if one is not child and one.name not in gone]
            kept = chance.random(len(here)) < part
            others = [one for one, stays in zip(here, kept, strict=True) if stays or one.name in want]
            times = [one.time for one in others] if timed else None
            said = parentage(child.sketch, [one.sketch for one in others], times, child.time if timed else None, 0.0)
            have = {others[one.candidate].name for one in said.parents}
            yield Asked(bool(want) and not gone, said, bool(want) and have == want, bool(have) and have <= above)


def show_absent(families: dict[str, list[Member]], *, timed: bool = True) -> None:
    """Print precision by how sure an answer is, with the parents there and withheld."""
    answers = [one for members in families.values() for one in asked(members, timed=timed)]
    possible = sum(one.present for one in answers)
    print(
        f"\n## Absent parents: each child asked with its parents there, and withheld; times {'known' if timed else 'unknown'}\n"
    )
    print("             all               parents there    withheld, or a root")
    print("confidence   said  precision   said  precision  said  of these ancestors   recall where there")
    for least in BANDS:
        told = [one for one in answers if one.said.parents and one.said.confidence >= least]
        there = [one for one in told if one.present]
        gone = [one for one in told if not one.present]
        if told:
            print(
                f">= {least:.2f}      {len(told):4}  {_share(told):.3f}       {len(there):4}  {_share(there):.3f}      "
                f"{len(gone):4}  {sum(one.ancestor for one in gone):4}                 "
                f"{sum(one.right for one in told) / possible:.3f}"
            )
    _show_calibration(answers)


def _share(told: Sequence[Asked]) -> float:
    return sum(one.right for one in told) / max(len(told), 1)


def _show_calibration(answers: Sequence[Asked]) -> None:
    print("\nsaid         answers  mean said  right  (from an ancestor or right)")
    for low, high in zip((0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8), (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0), strict=True):
        told = [one for one in answers if one.said.parents and low <= one.said.confidence < high]
        if told:
            descent = sum(one.right or one.ancestor for one in told) / len(told)
            mean = float(np.mean([one.said.confidence for one in told]))
            print(f"{low:.1f} to {high:.1f}   {len(told):4}     {mean:.2f}       {_share(told):.2f}   {descent:.2f}")
    sure = Counter(
        str(one.said.relation) for one in answers if one.said.confidence >= 0.9 and one.said.parents and not one.right
    )
    print(f"wrong at 0.9 or more: {dict(sure)}")
