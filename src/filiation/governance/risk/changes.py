"""What one version of a risk file says that another does not; what changed for no stated reason is flagged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from filiation.governance.assessment import Language, Table
from filiation.governance.risk.duties import Duty, carried, of
from filiation.governance.risk.file import RiskFile, Vector
from filiation.governance.risk.words import words

SHOWN_CHARS = 300
_HEAD = ("schema", "version", "date", "supersedes")
"""What every version says anew."""
_GROUNDS = ("marginal_evidence", "uncertainty")
"""What a conclusion stands on."""


class Change(NamedTuple):
    """One place that says something else; `why` names a sentence on why to look, and is empty where nothing is odd."""

    where: str
    before: str
    after: str
    why: str = ""


def changes(old: RiskFile, new: RiskFile) -> list[Change]:
    """Return what changed from `old` to `new`, in the order of the places."""
    before, after = _leaves(old), _leaves(new)
    places = list(dict.fromkeys([*after, *before]))
    odd = dict(_odd(old, new))
    found = [
        Change(place, before.get(place, ""), after.get(place, ""), odd.get(place, ""))
        for place in places
        if before.get(place) != after.get(place)
    ]
    known = {change.where for change in found}
    found += [Change(place, "", "", why) for place, why in odd.items() if place not in known]
    if found and old.version >= new.version:
        found.insert(0, Change("version", str(old.version), str(new.version), "same_version"))
    return found


def table(old: RiskFile, new: RiskFile, lang: Language) -> Table:
    """Return the changes as a table, those to look at flagged."""
    told, found = words(lang), changes(old, new)
    rows = [(item.where, _short(item.before), _short(item.after), told[item.why] if item.why else "") for item in found]
    about = told["changes_about"].format(before=old.digest[:16], after=new.digest[:16])
    return Table(
        "risk.changes",
        told["changes"].format(version=old.version, date=old.date.isoformat()),
        about if rows else f"{about} {told['changes_none']}",
        tuple(told[name] for name in ("where", "before", "after", "why_flagged")),
        tuple(rows),
        tuple(number for number, item in enumerate(found) if item.why),
    )


def _odd(old: RiskFile, new: RiskFile) -> Iterator[tuple[str, str]]:
    """Yield the places to look at, each with why."""
    if old.subject != new.subject:
        yield "subject", "other_subject"
    now = {vector.id: vector for vector in new.vectors}
    for vector in old.vectors:
        place = f"vector.{vector.id}"
        if vector.id not in now:
            yield f"{place}.id", "vector_gone"
            continue
        same = all(getattr(vector, name) == getattr(now[vector.id], name) for name in _GROUNDS)
        if vector.conclusion.marginal_risk != now[vector.id].conclusion.marginal_risk and same:
            yield f"{place}.conclusion.marginal_risk", "without_evidence"
        for name in _lost(vector, now[vector.id]):
            yield f"{place}.{name}", "evidence_gone"
    for duty in of(new.purpose):
        if _is_carried(duty, old) and not _is_carried(duty, new):
            yield f"responsibility.{duty.id}", "duty_gone"


def _lost(old: Vector, new: Vector) -> Iterator[str]:
    """Yield the lists of evidence from which something is gone."""
    before, after = _evidence(msgspec.to_builtins(old), ""), _evidence(msgspec.to_builtins(new), "")
    for place, items in before.items():
        if not items <= after.get(place, frozenset()):
            yield place


def _evidence(tree: Any, place: str) -> dict[str, frozenset[str]]:
    if not isinstance(tree, Mapping):
        return {}
    found = {}
    for name, value in tree.items():
        here = f"{place}.{name}" if place else name
        if name == "evidence":
            found[here] = frozenset(f"{item.get('text', '')}\n{item.get('source', '')}" for item in value)
        else:
            found |= _evidence(value, here)
    return found


def _is_carried(duty: Duty, file: RiskFile) -> bool:
    return carried(duty, [item for item in file.responsibilities if item.duty == duty.id], "en").value == "yes"


def _leaves(file: RiskFile) -> dict[str, str]:
    """Return every text of a file by its place; lists of texts, of actors and of evidence are one text each."""
    tree = msgspec.to_builtins(file)
    found: dict[str, str] = {}
    for name, value in tree.items():
        if name == "vector":
            for vector in value:
                _walk(vector, f"vector.{vector['id']}", found)
        elif name == "responsibility":
            for item in value:
                place = f"responsibility.{item['duty']}"
                told = " ".join(str(part) for key, part in item.items() if key != "duty" and part)
                found[place] = f"{found[place]}; {told}" if place in found else told
        elif name not in _HEAD:
            _walk(value, name, found)
    return found


def _walk(value: Any, place: str, found: dict[str, str]) -> None:
    if isinstance(value, Mapping):
        for name, item in value.items():
            _walk(item, f"{place}.{name}", found)
    elif isinstance(value, list | tuple):
        found[place] = "; ".join(_told(item) for item in value)
    elif value not in (None, ""):
        found[place] = str(value)


def _told(item: Any) -> str:
    return ", ".join(str(part) for part in item.values() if part) if isinstance(item, Mapping) else str(item)


def _short(text: str) -> str:
    return text if len(text) <= SHOWN_CHARS else f"{text[: SHOWN_CHARS - 1]}…"
