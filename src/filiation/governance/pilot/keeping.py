"""What a check found, as an answer that the ledger keeps: so that a need is settled once, with what it rests on."""

from __future__ import annotations

from fnmatch import fnmatchcase

from filiation.governance.assessment import Language
from filiation.governance.pilot.needs import needs
from filiation.governance.pilot.project import FILE, ProjectCheck, points
from filiation.interface.fit import DataCheck
from filiation.knowledge import load
from filiation.ledger.drafts import Reply

DATA = "evaluate.data"
MAX_NAMED = 6
_VALUES = {"fits": "yes", "fits with losses": "partial", "does not fit": "no"}


def reply_of_data(found: DataCheck) -> Reply:
    """Return what a check of own samples answers."""
    words = load("pilot_words")[found.lang]
    ids = ", ".join(item.id for item in found.problems[:MAX_NAMED]) or words["assessment"]["no_problems"]
    why = words["assessment"]["keep_data"].format(
        verdict=words[found.verdict], read=f"{found.read:,}", samples=found.samples, problems=ids
    )
    return Reply(DATA, _VALUES[found.verdict], why, where=f"filiation pilot check-data {found.samples}")


def replies_of_project(checked: ProjectCheck, lang: Language) -> list[Reply]:
    """Return what a project answers: a need whose places are all settled with yes, one with some open partly or not at all."""
    words = load("pilot_words")[lang]["assessment"]
    replies = []
    for need in needs():
        places = [place for place in need.project if place]
        if not places:
            continue
        open_ = checked.open if need.required else (*checked.open, *checked.optional)
        left = [item.place for item in open_ if any(_is_of(item.place, wanted) for wanted in places)]
        value = "yes" if not left else "partial" if len(left) < _count(places) else "no"
        form = "keep_project_open" if left else "keep_project"
        why = words[form].format(project=checked.project, open=", ".join(left[:MAX_NAMED]))
        replies.append(Reply(need.id, value, why, where=f"{FILE} {', '.join(places)}"))
    return replies


def _is_of(place: str, wanted: str) -> bool:
    return fnmatchcase(place, wanted) or place.startswith(f"{wanted}.")


def _count(places: list[str]) -> int:
    """Return how many points stand at those places."""
    named = sum(not place.endswith("*") for place in places)
    parts = [place.removesuffix(".*") for place in places if place.endswith("*")]
    return named + sum(point["needed"] for part in parts for point in points()[part])
