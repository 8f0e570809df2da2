"""The register of successes and failures, as every assessment of the model quotes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from filiation.core.adoption import Lesson
from filiation.governance.assessment import Assessment, Language, Table
from filiation.knowledge import load
from filiation.lineage.arrays import NULL, STATES, Lineage

MAX_QUOTED = 50
MAX_ANCESTORS = 200
TABLE = "register"
Made = TypeVar("Made", bound=Assessment)


def relatives(lineage: Lineage, node: int) -> list[str]:
    """Return the refs of a node and of what it was made from, itself first, at most `MAX_ANCESTORS`.

    What no repository could be called is left out, for nothing can be written about it; so it may be that nothing is left.
    What failed with a base is worth knowing of all that is made from it; what failed with a fine-tune says little of its base.
    """
    seen, queue = {node: None}, [node]
    while queue and len(seen) < MAX_ANCESTORS:
        here = queue.pop(0)
        start, stop = int(lineage.parent_start[here]), int(lineage.parent_start[here + 1])
        for parent in lineage.parent[start:stop].tolist():
            if parent != NULL and parent not in seen:
                seen[parent] = None
                queue.append(parent)
    return [lineage.ref(one) for one in seen if STATES[lineage.state[one]] != "malformed"]


def quoted(assessment: Made, lessons: Sequence[Lesson]) -> Made:
    """Return `assessment` with the register as a table, open failures flagged; as it is where nothing was learnt."""
    if not lessons:
        return assessment
    return msgspec.structs.replace(assessment, tables=(*assessment.tables, _table(lessons[:MAX_QUOTED], assessment.lang)))


def _table(lessons: Sequence[Lesson], lang: Language) -> Table:
    told = load("pilot_words")[lang]
    words, stages = told["assessment"], told["stage"]
    rows = tuple(
        (
            f"{item.at:%Y-%m-%d}", item.subject, words[item.learnt], item.what, item.where,
            stages[item.stage] if item.stage else "", item.who, _done(item, words["open"]),
        )
        for item in lessons
    )  # fmt: skip
    flagged = tuple(place for place, item in enumerate(lessons) if item.is_open)
    return Table(TABLE, words["register"], words["register_about"], tuple(words["columns"]), rows, flagged)


def _done(item: Lesson, nothing: str) -> str:
    if item.answered:
        return f"{item.answered} ({item.answered_by})"
    return nothing if item.is_open else ""
