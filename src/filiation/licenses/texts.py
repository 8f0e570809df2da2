"""Which licence a text is: its runs of words against those of the texts that we know."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import msgspec
import numpy as np

from filiation.licenses.catalog import catalog
from filiation.licenses.shingles import NAME, Shingles

ENOUGH = 0.75
"""Share of a licence's text that must be there before it is named."""
RARE = 0.12
"""By how much a licence outside the catalogue, seldom seen and often a twin of one inside, must explain more than it."""
MIN_RUNS = 12
"""Fewest runs of words that a text must have to be compared at all."""


class TextMatch(msgspec.Struct, frozen=True):
    """A licence whose text is there.

    `license` is an id of the catalogue or, where we know the text but not the terms, an SPDX id. `coverage` is the share of
    its runs of words that were found, `share` how much of the text at hand they make up; `start` and `end` are characters.
    """

    license: str
    coverage: float
    share: float
    start: int
    end: int

    @property
    def confidence(self) -> float:
        """How sure we are: less where part of the licence is missing, and less where the text says more than the licence."""
        return round(min(0.99, self.coverage) * (0.6 + 0.4 * self.share), 3)


@dataclass(frozen=True)
class _Known:
    """Texts by number: licence, whether the catalogue has it, how many runs, how many of them kept; and the runs, sorted."""

    ids: tuple[str, ...]
    ours: np.ndarray
    size: np.ndarray
    kept: np.ndarray
    hashes: np.ndarray
    owner: np.ndarray


@cache
def _known() -> _Known:
    with as_file(files("filiation.knowledge").joinpath("license_texts.npz")) as path, np.load(path) as table:
        if str(table["name"]) != NAME:
            raise RuntimeError("license_texts.npz is of another recipe: run scripts/make_license_texts.py")
        arrays = (table[key] for key in ("size", "kept", "hashes", "owner"))
        ids = tuple(table["ids"].tolist())
        return _Known(ids, np.array([name in catalog().licenses for name in ids]), *arrays)


def match_text(text: str, enough: float = ENOUGH) -> tuple[TextMatch, ...]:
    """Return the licences whose texts stand in `text`, the longest first; none where nothing is near enough.

    Of texts that contain one another the one that explains most is taken; what it explains counts for no other.
    """
    shingles = Shingles(text)
    if len(shingles.hashes) < MIN_RUNS:
        return ()
    known = _known()
    left = np.unique(shingles.hashes)
    total = len(left)
    found = []
    while (best := _best(known, left, enough)) is not None:
        number, coverage, explained = best
        where = np.flatnonzero(np.isin(shingles.hashes, explained))
        span = int(shingles.starts[where[0]]), int(shingles.ends[where[-1]])
        share = min(1.0, coverage * float(known.size[number]) / total)
        found.append(TextMatch(known.ids[number], round(coverage, 3), round(share, 3), *span))
        left = np.setdiff1d(left, explained)
    return tuple(found)


def _best(known: _Known, left: np.ndarray, enough: float) -> tuple[int, float, np.ndarray] | None:
    """Return the text that most of `left` comes from: number, coverage, and the runs kept of it that are there."""
    hits = np.isin(known.hashes, left)
    counts = np.bincount(known.owner[hits], minlength=len(known.ids))
    coverage = counts / known.kept
    near = np.flatnonzero(coverage >= enough)
    if not len(near):
        return None
    there_less_missing = (2 * coverage - 1) * known.size * np.where(known.ours, 1, 1 - RARE)
    best = max(near.tolist(), key=lambda number: (there_less_missing[number], coverage[number]))
    return best, float(coverage[best]), known.hashes[hits & (known.owner == best)]
