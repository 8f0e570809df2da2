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
    architecture = task = application = language = dataset = 0.0
    before = ""
    for reading, confidence in chosen:
        kind, after, before = reading.kind, before, ""
        if kind == "architecture":
            architecture = max(architecture, confidence)
        elif reading.sort in _TASKS:
            task = max(task, confidence)
        elif reading.sort in _APPLICATIONS:
            application = max(application, confidence)
        elif kind == "dataset":
            dataset = confidence
        elif kind == "language" and reading.value not in _SEVERAL:
            before = reading.value
            task = max(task, confidence) if after not in {"", before} else task
            language = max(language, confidence)
        elif kind == "language":
            language = max(language, confidence)
    use = max(task, application)
    if not architecture:
        return ("AT", round(use, 3)) if use else ("O", 0.7)
    use = use or (0.0 if dataset else language)
    letter = "I" if not use else "IT" if task else "IA"
    return letter, round(architecture * (use or 0.85), 3)
