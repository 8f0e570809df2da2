"""Where the sources of one repository name different licences."""

from __future__ import annotations

from collections.abc import Iterator

from filiation.core.claim import Basis
from filiation.core.finding import Finding, Severity
from filiation.licenses.catalog import catalog, kind_of
from filiation.licenses.declared import State
from filiation.licenses.expression import Expression, UnreadableExpressionError, ids, parse, render
from filiation.licenses.identify import CARD, Identified, Reading
from filiation.licenses.vocabulary import spoken

ENOUGH = 0.5
"""A reading that is less sure disagrees with nobody."""
_FREE = frozenset({"permissive", "public-domain"})


def disagreements(subject: str, found: Identified) -> Iterator[Finding]:
    """Yield a finding for each reading of the model's own licence that the declaration does not cover.

    Nothing disagrees with what was not declared; a family agrees with its members.
    """
    own = found.declared.expression
    if own is None or found.declared.state not in {State.EXPRESSION, State.OTHER}:
        return
    texts = {reading.license for reading in found.readings if reading.locator.source != CARD and reading.basis == Basis.STATED}
    for reading in found.readings:
        if reading.subject not in {"model", "unstated"} or reading.confidence < ENOUGH or reading.basis == Basis.INFERRED:
            continue
        if not _covered(own, reading.license) and not (reading.locator.source != CARD and _any_covered(own, texts)):
            yield _finding(subject, found, own, reading)


def _finding(subject: str, found: Identified, own: Expression, reading: Reading) -> Finding:
    kind = "name" if reading.basis == Basis.DECLARED else "prose" if reading.locator.source == CARD else "file"
    place = {"name": "license_name or license_link", "prose": "the card", "file": reading.locator.source}[kind]
    said, shown = render(own), reading.license
    looser = all(kind_of(part.key) in _FREE for part in ids(own)) and kind_of(reading.license) not in _FREE
    return Finding(
        check=f"license-{kind}-disagrees",
        subject=subject,
        message=f"The license field says {_told(said)}, {place} says {_told(shown)}.",
        severity=Severity.HIGH if looser else Severity.MEDIUM,
        confidence=round(reading.confidence * found.declared.confidence, 3),
        locations=(str(reading.locator), *(str(other.locator) for other in found.readings[:1] if other is not reading)),
        remedy="Ask the publisher which one holds; until then count with the stricter.",
        details=(said, place, shown) if kind == "file" else (said, shown),
    )


def _told(license_: str) -> str:
    return spoken(license_, "license", "en")


def _any_covered(own: Expression, licenses: set[str]) -> bool:
    return any(_covered(own, license_) for license_ in licenses)


def _covered(own: Expression, license_: str) -> bool:
    """Return whether the declaration names that licence, its family, or for a statement one of the same kind."""
    try:
        wanted = {part.key for part in ids(parse(license_))}
    except UnreadableExpressionError:
        wanted = {license_}
    return all(any(_agrees(part.key, want) for part in ids(own)) for want in wanted)


def _agrees(declared: str, want: str) -> bool:
    if declared == want:
        return True
    known = catalog().licenses
    one, other = known.get(declared), known.get(want)
    if one is None or other is None:
        return False
    if "statement" in {one.family, other.family}:
        return one.kind == other.kind
    return one.family is not None and one.family == other.family and (one.vague or other.vague)
