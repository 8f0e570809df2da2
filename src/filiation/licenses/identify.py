"""Every reading of a repository's licence: what its fields declare, its files and card state, its name lets one suspect."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

import msgspec

from filiation.core.claim import Basis, Claim, Locator, Predicate
from filiation.knowledge import load
from filiation.licenses.declared import Declared, State, declared, named
from filiation.licenses.expression import Id, render
from filiation.licenses.prose import Subject, statements
from filiation.licenses.texts import match_text

CARD = "README.md"
MENTIONED = 0.8
"""How much a licence that a LICENSE file only mentions counts, against one whose text it holds."""
_FILE = re.compile(r"^(?:[\w+.-]*[-_.])?(?:licen[cs]es?|copying)(?:[-_.][\w+.-]*)?$", re.IGNORECASE)


class Reading(msgspec.Struct, frozen=True):
    """One source's answer: an expression, of what it speaks, on what basis, where, and how sure we are that it says so."""

    license: str
    basis: Basis
    locator: Locator
    confidence: float
    subject: Subject = "model"


class Identified(msgspec.Struct, frozen=True):
    """What the fields say, and every reading, the most binding basis first."""

    declared: Declared
    readings: tuple[Reading, ...]


def identify(claims: Iterable[Claim], files: Mapping[str, str] | None = None, name: str = "") -> Identified:
    """Return what the claims and the files of one repository say of its licence.

    Args:
        claims: Of the repository; only those on its licence count.
        files: Text by file name; LICENSE files and the card are read.
        name: ``owner/name``; looked at only where fields and files leave the licence open. Empty: not at all.
    """
    said = list(claims)
    fields = {key: _first(said, key) for key in (Predicate.LICENSE_NAME, Predicate.LICENSE_LINK)}
    stated = [claim for claim in said if claim.predicate == Predicate.LICENSE]
    field = declared([claim.value for claim in stated], *map(_value, fields.values()))
    readings = [*_of_fields(field, stated, fields), *_of_files(files or {})]
    if name and not any(reading.subject in {"model", "unstated"} for reading in readings):
        readings += _of_name(name)
    return Identified(field, tuple(readings))


def _first(claims: list[Claim], predicate: Predicate) -> Claim | None:
    return next((claim for claim in claims if claim.predicate == predicate), None)


def _value(claim: Claim | None) -> str | None:
    return None if claim is None else claim.value


def _of_fields(field: Declared, stated: list[Claim], more: Mapping[Predicate, Claim | None]) -> Iterator[Reading]:
    if field.expression is not None:
        where = stated[0].locator if field.state == State.EXPRESSION else _locator(more) or stated[0].locator
        yield Reading(render(field.expression), Basis.DECLARED, where, field.confidence)
    elif field.state in {State.UNDECLARED, State.UNKNOWN}:
        yield from _named(more)
    if field.state == State.EXPRESSION:
        yield from (reading for reading in _named(more) if reading.license != render(field.expression or Id("")))


def _named(more: Mapping[Predicate, Claim | None]) -> Iterator[Reading]:
    """Yield what ``license_name`` or ``license_link`` say beside another declaration, or without one."""
    found = named(*map(_value, more.values()))
    where = _locator(more)
    if found is not None and where is not None:
        yield Reading(found, Basis.DECLARED, where, 0.9)


def _locator(more: Mapping[Predicate, Claim | None]) -> Locator | None:
    return next((claim.locator for claim in more.values() if claim is not None), None)


def _of_files(files: Mapping[str, str]) -> Iterator[Reading]:
    for file, text in files.items():
        if file == CARD:
            for found in statements(text):
                yield Reading(
                    found.license, Basis.STATED, _place(file, found.start, found.end), found.confidence, found.subject
                )
        elif _FILE.match(file.rpartition("/")[2]):
            yield from _of_license_file(file, text)


def _of_license_file(file: str, text: str) -> Iterator[Reading]:
    matches = match_text(text)
    for found in matches:
        yield Reading(found.license, Basis.STATED, _place(file, found.start, found.end), found.confidence)
    if not matches:
        for said in statements(text):
            sure = round(said.confidence * MENTIONED, 3)
            yield Reading(said.license, Basis.STATED, _place(file, said.start, said.end), sure, said.subject)


def _of_name(name: str) -> Iterator[Reading]:
    for license_, pattern, confidence in _hints():
        if pattern.search(name):
            yield Reading(license_, Basis.INFERRED, Locator("id"), confidence)
            return


def _place(file: str, start: int, end: int) -> Locator:
    return Locator(file, f"char={start},{end}")


@cache
def _hints() -> list[tuple[str, re.Pattern[str], float]]:
    rows = load("license_hints")["hint"]
    return [(row["license"], re.compile(row["pattern"], re.IGNORECASE), row["confidence"]) for row in rows]
