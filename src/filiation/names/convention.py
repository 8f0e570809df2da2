"""The convention that a whole name follows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from filiation.knowledge import load
from filiation.names.lexicon import Reading, stands_on
from filiation.names.segments import Piece

_TASKS = frozenset({"task", "environment"})
_SEVERAL = frozenset({"multilingual", "bilingual", "indic", "nordic", "african", "crosslingual"})
Chosen = tuple[Piece, Reading, float, bool]


def convention(chosen: Sequence[Chosen]) -> tuple[str, float]:
    """Return the convention and how sure it is, from what each piece was read as and how surely.

    With an architecture: ``IT`` beside a task as the Hub names it or its abbreviation, or two languages that it can translate;
    ``IA`` beside another use, a topic, or languages that no dataset explains; else ``I``. Without one: ``AT`` beside a task,
    a use or two languages; else ``O``, since a topic alone is a thing and no application.

    Source:
        Jiang et al. 2025, section 4: an implementation names architecture, size, dataset and version only.
    """
    sure = dict.fromkeys(("architecture", "task", "use", "topic", "language", "dataset"), 0.0)
    architectures: set[str] = set()
    before, are_two = "", False
    for i, (piece, reading, confidence, _) in enumerate(chosen):
        role = _role(piece, reading, chosen[i + 1][0] if i + 1 < len(chosen) else None)
        after, before = before, ""
        if reading.kind == "architecture":
            architectures.add(reading.value)
        if i and f"{chosen[i - 1][1].value}-{piece.word}" in _words("designs"):
            sure["architecture"] = confidence
        if role == "language" and reading.value not in _SEVERAL:
            before = reading.value
            are_two |= after not in {"", before}
        if role:
            sure[role] = max(sure[role], confidence)
    if are_two and not (architectures and all(map(_only_reads, architectures))):
        sure["task"] = max(sure["task"], sure["language"])
    if _is_trained_on_an_environment(chosen):
        sure["architecture"] = max(sure["architecture"], sure["task"])
    return _letter(sure)


def _role(piece: Piece, reading: Reading, after: Piece | None) -> str:
    """Return what an element tells of the whole name; within a compound only its last part says what it is for."""
    if reading.kind in {"architecture", "dataset", "language"}:
        return reading.kind
    if piece.word in _words("designs"):
        return "architecture"
    if reading.kind != "task" or (after is not None and after.glued and not after.readings):
        return ""
    if reading.sort in _TASKS or piece.word.endswith(_words("task_ends")):
        return "task"
    return "topic" if reading.sort == "topic" or piece.word in _words("subjects") else "use"


@cache
def _words(table: str) -> tuple[str, ...]:
    return tuple(str(next(iter(load("name_conventions")[table].values()))).split())


@cache
def _only_reads(architecture: str) -> bool:
    return not {architecture, *stands_on(architecture)}.isdisjoint(_words("reading"))


def _is_trained_on_an_environment(chosen: Sequence[Chosen]) -> bool:
    """Return whether a name says an environment and the algorithm that learned it, which then is what the model is."""
    if not any(reading.sort == "environment" for _, reading, _, _ in chosen):
        return False
    return any(reading.kind == "training" and reading.value in _words("algorithms") for _, reading, _, _ in chosen)


def _letter(sure: dict[str, float]) -> tuple[str, float]:
    use = max(sure["task"], sure["use"])
    if not sure["architecture"]:
        return ("AT", round(use, 3)) if use else ("O", 0.7)
    use = max(use, sure["topic"]) or (0.0 if sure["dataset"] else sure["language"])
    letter = "I" if not use else "IT" if sure["task"] else "IA"
    return letter, round(sure["architecture"] * (use or 0.85), 3)
