"""How much a change matters by itself."""

from __future__ import annotations

from functools import lru_cache

from filiation.core.event import Change, Event
from filiation.core.finding import Severity
from filiation.knowledge import load
from filiation.licenses.catalog import bits, license_of
from filiation.licenses.declared import declared
from filiation.licenses.expression import ids
from filiation.licenses.terms import kind_mask

ORDER = tuple(Severity)
"""From the least to the worst."""
TRUE = "true"


def rating(event: Event) -> Severity:
    """Return how much an event matters, whomever it touches.

    What a registry does not hand out to everyone any more, and a licence that restricts what it did not or that is not there
    any more, weigh more than the rest of their kind; what is opened and freed weighs less.
    """
    usual = Severity(load("watch")["severity"][event.change])
    if event.change is Change.ACCESS:
        return _access(event, usual)
    if event.change is Change.LICENSE and event.field == "license":
        return _license(event.before, event.after, usual)
    return usual


def at_least(severity: Severity, least: Severity) -> bool:
    """Return whether `severity` is `least` or worse."""
    return ORDER.index(severity) >= ORDER.index(least)


def _access(event: Event, usual: Severity) -> Severity:
    if event.field == "gated":
        return usual if event.after else Severity.INFO
    return Severity.HIGH if event.after == TRUE else Severity.LOW


@lru_cache(maxsize=4096)
def _license(before: str | None, after: str | None, usual: Severity) -> Severity:
    if after is None:
        return Severity.HIGH
    if before is None:
        return Severity.LOW
    then, now = _restrictions(before), _restrictions(after)
    if now is None or then is None:
        return usual
    return Severity.HIGH if now & ~then else Severity.LOW if then & ~now else usual


def _restrictions(said: str) -> int | None:
    """Return the bits of what the licences restrict; None where one of them is not known."""
    expression = declared(said.split(", ")).expression
    if expression is None:
        return None
    total = 0
    for part in ids(expression):
        found = license_of(part.key)
        if found is None:
            return None
        total |= bits(found)
    return total & kind_mask("restriction")
