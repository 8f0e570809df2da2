"""The convention that a whole name follows."""

from __future__ import annotations

from collections.abc import Iterable

from filiation.names.lexicon import Reading

_TASKS = frozenset({"task", "environment", "pair"})
_APPLICATIONS = frozenset({"application", "goal"})


def convention(chosen: Iterable[tuple[Reading, float]]) -> tuple[str, float]:
    """Return the convention and how sure it is, from what each element was read as and how surely.

    With an architecture: ``IT`` beside the name of a task as the Hub has it or its abbreviation, ``IA`` beside another use,
    else ``I``. Without one: ``AT`` beside either, and for a pair of languages; else ``O``. A language alone tells the data.

    Source:
        Jiang et al. 2025, section 4: how a name's elements combine.
    """
    architecture = task = application = 0.0
    for reading, confidence in chosen:
        if reading.kind == "architecture":
            architecture = max(architecture, confidence)
        elif reading.sort in _TASKS:
            task = max(task, confidence)
        elif reading.sort in _APPLICATIONS:
            application = max(application, confidence)
    use = max(task, application)
    if architecture:
        letter = "I" if not use else "IT" if task else "IA"
        return letter, round(architecture * (use or 0.85), 3)
    return ("AT", round(use, 3)) if use else ("O", 0.7)
