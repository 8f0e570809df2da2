"""Which files a signature covers: the same, changed, missing, renamed, or never signed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Literal

import msgspec

from filiation.knowledge import load
from filiation.signing.hashing import of_nothing
from filiation.signing.manifest import Manifest

State = Literal["signed", "changed", "unsigned", "missing", "absent"]
Extent = Literal["all", "some", "none"]


FEW = 3
"""From how many signed files on it tells something that none of them is here."""


class Renamed(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """A file that was signed under another name."""

    from_: str
    to: str


class Coverage(msgspec.Struct, frozen=True):
    """How the files that are there compare with those that were signed; paths from the top, in order.

    Attributes:
        covered: There as they were signed.
        changed_files: There, with another content.
        missing_files: Signed, and not there.
        unsigned_files: There, and not signed: of these the signature says nothing.
        renamed_files: Among the missing and the unsigned: the same content under another name.
        left_out: Of the unsigned, those that the signature leaves out by name.
        card: The card.
        license: The file with the licence.
        weights: How many files of weights are there, and how many of them are covered.
    """

    covered: list[str]
    changed_files: list[str]
    missing_files: list[str]
    unsigned_files: list[str]
    renamed_files: list[Renamed]
    left_out: list[str]
    card: State
    license: State
    weights: tuple[int, int]

    @property
    def extent(self) -> Extent:
        """Return whether the signature covers all that is there and nothing else."""
        if self.changed_files or self.missing_files or self.unsigned_files:
            return "some" if self.covered else "none"
        return "all"

    @property
    def is_foreign(self) -> bool:
        """Return whether the signature was made for another folder: its weights are not here, or hardly anything is as it was.

        One file of weights that changed does not say that: it may have been tampered with.
        """
        there, covered = self.weights
        missing = [path for path in self.missing_files if is_weights(path)]
        changed = [path for path in self.changed_files if is_weights(path)]
        if not there or covered or not (missing or changed):
            return False
        nothing_is = not self.covered and len(self.changed_files) + len(self.missing_files) >= FEW
        return len(changed) != 1 or nothing_is


def coverage(signed: Manifest, present: Mapping[str, tuple[str, ...]], left_out: Sequence[str] = ()) -> Coverage:
    """Return how files compare with what was signed.

    Args:
        signed: What was signed.
        present: The digests of the files that are there, made in the way that `signed` says; empty for one that was not read.
        left_out: Of the files that are there, those that the signature leaves out.
    """
    paths = sorted(path for path in present if path in signed.files or not _says_nothing(signed, present[path]))
    covered = [path for path in paths if path in signed.files and _is_same(signed, signed.files[path], present[path])]
    known = set(covered)
    changed = [path for path in paths if path in signed.files and path not in known]
    missing = sorted(path for path in signed.files if path not in present)
    unsigned = [path for path in paths if path not in signed.files]
    of_weights = [path for path in present if is_weights(path)]
    states = dict.fromkeys(missing, "missing") | dict.fromkeys(unsigned, "unsigned") | dict.fromkeys(changed, "changed")
    states |= dict.fromkeys(covered, "signed")
    return Coverage(
        covered, changed, missing, unsigned, _renamed(signed, missing, unsigned, present), sorted(left_out),
        _state(states, "card"), _state(states, "license"), (len(of_weights), sum(path in known for path in of_weights)),
    )  # fmt: skip


def is_weights(path: str) -> bool:
    """Return whether a file holds weights, by its name."""
    return re.fullmatch(load("signing")["weights"], PurePosixPath(path).name.lower()) is not None


def _is_same(signed: Manifest, was: tuple[str, ...], now: tuple[str, ...]) -> bool:
    return was == now or (bool(signed.part_bytes) and not now and was == (of_nothing(signed.algorithm),))


def _says_nothing(signed: Manifest, digests: tuple[str, ...]) -> bool:
    """Return whether a file has no content that could have been signed: model-signing cuts it into no part at all."""
    return bool(signed.part_bytes) and digests == ()


def _renamed(
    signed: Manifest, missing: Sequence[str], unsigned: Sequence[str], present: Mapping[str, tuple[str, ...]]
) -> list[Renamed]:
    """Return the missing files whose content lies under a name that was not signed; each such name once."""
    free: dict[tuple[str, ...], list[str]] = {}
    for path in unsigned:
        if present[path]:
            free.setdefault(present[path], []).append(path)
    return [Renamed(path, free[signed.files[path]].pop(0)) for path in missing if free.get(signed.files[path])]


def _state(states: Mapping[str, str], what: str) -> State:
    """Return the state of the card or the licence, the worst of several; ``absent`` where there is none."""
    found = [state for path, state in states.items() if re.fullmatch(load("signing")[what], path.lower())]
    order: tuple[State, ...] = ("changed", "unsigned", "missing", "signed")
    return next((state for state in order if state in found), "absent")
