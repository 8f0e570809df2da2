"""The convention that a whole name follows."""

from __future__ import annotations

from collections.abc import Sequence

from filiation.names.lexicon import Reading

_TASKS = frozenset({"task", "environment"})
_APPLICATIONS = frozenset({"application", "goal"})
_SEVERAL = frozenset({"multilingual", "bilingual", "indic", "nordic", "african", "crosslingual"})


def convention(chosen: Sequence[tuple[Reading, float]]) -> tuple[str, float]:
    """Return the convention and how sure it is, from what each element was read as and how surely.

    With an architecture: ``IT`` beside a task as the Hub names it or its abbreviation, or a pair of languages; ``IA`` beside
    another use, or a language that no dataset explains; else ``I``. Without one: ``AT`` beside a task, a use or a pair of
    languages; else ``O``.

    Source:
        Jiang et al. 2025, section 4: an implementation names architecture, size, dataset and version only.
    """
    sure: dict[str, float] = {}
    before = ""
    for reading, confidence in chosen:
        group = _group(reading, before)
        sure[group] = max(sure.get(group, 0.0), confidence)
        before = reading.value if reading.kind == "language" and reading.value not in _SEVERAL else ""
    use = max(sure.get("task", 0.0), sure.get("application", 0.0))
    if "architecture" not in sure:
        return ("AT", round(use, 3)) if use else ("O", 0.7)
    if not use and "dataset" not in sure:
        use = sure.get("language", 0.0)
    letter = "I" if not use else "IT" if "task" in sure else "IA"
    return letter, round(sure["architecture"] * (use or 0.85), 3)


def _group(reading: Reading, before: str) -> str:
    if reading.sort in _TASKS or (before and reading.kind == "language" and reading.value not in {before, *_SEVERAL}):
        return "task"
    return "application" if reading.sort in _APPLICATIONS else reading.kind
