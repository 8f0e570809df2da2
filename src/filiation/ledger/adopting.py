"""How a model stands, and what is in the register, after an entry that says so."""

from __future__ import annotations

from datetime import datetime

import msgspec

from filiation.core.adoption import Adopted, Learnt, Lesson, Stage
from filiation.ledger.entry import Entry


def moved(before: Adopted | None, read: Entry) -> Adopted:
    """Return how a model stands after an entry that moves it."""
    body = read.body
    stage, due = Stage(read.value), body.get("due")
    kept = before and (stage is not Stage.SELECT or before.stage is not Stage.STOPPED)
    return Adopted(
        subject=read.subject,
        stage=stage,
        since=read.at,
        who=read.who,
        why=read.why,
        owner=body.get("owner") or (before.owner if before and kept else ""),
        revision=body.get("revision") or (before.revision if before and kept else ""),
        due=datetime.fromisoformat(due) if due else None,
        missing=tuple(body.get("missing", ())),
        began=before.began if before else read.at,
        steps=before.steps + 1 if before else 0,
        entry=read.number,
    )


def learnt(known: dict[int, Lesson], read: Entry) -> Lesson:
    """Return the lesson that an entry writes, or answers."""
    if read.value == "answered":
        return msgspec.structs.replace(known[read.body["of"]], answered=read.why, answered_by=read.who)
    told: Learnt = "success" if read.value == "success" else "failure"
    stage = Stage(read.check) if read.check else None
    return Lesson(read.number, read.subject, told, read.why, read.body.get("where", ""), stage, read.who, read.at)
