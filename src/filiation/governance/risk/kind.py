"""Marginal risk as a kind of assessment: of what the atlas keeps, the latest version beside the one before."""

from __future__ import annotations

from filiation.governance.assessment import Assessment
from filiation.governance.kind import Asked, Kind
from filiation.governance.risk.assessing import assessment, questions
from filiation.governance.risk.file import PURPOSES, Purpose
from filiation.governance.risk.keeping import folder_of, kept
from filiation.governance.subject import subject


def assess(asked: Asked) -> Assessment:
    """Return the assessment by the version that is kept, where one is; what changed since the one before is told too."""
    folder = folder_of(asked.con)
    versions = kept(folder, asked.ref) if folder else []
    file, before = [*versions, None, None][:2]
    known = subject(asked.con, asked.lineage, asked.node, asked.lang)
    purpose: Purpose = _purpose(asked.purpose) if asked.purpose or not file else file.purpose
    return assessment(asked.ref, file, known, asked.given, asked.at, asked.lang, purpose, before)


def _purpose(text: str) -> Purpose:
    return next((purpose for purpose in PURPOSES if purpose == text), PURPOSES[0])


KIND = Kind("risk", "Marginal risk", "限界リスク", questions, assess, PURPOSES)
