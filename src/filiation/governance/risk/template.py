"""A risk file to fill in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import msgspec

from filiation.governance.assessment import Language
from filiation.governance.risk import checklist, duties
from filiation.governance.risk.file import FORMAT, Purpose
from filiation.governance.risk.references import studies
from filiation.governance.risk.steps import Step, said, steps
from filiation.governance.risk.words import words
from filiation.knowledge import load

_SOURCES = '[{ text = "", source = "", kind = "", date = "" }]'
_VALUES = {
    "actors": '[{ who = "", resources = "" }]',
    "chain": "[]",
    "changed": "[]",
    "assumptions": "[]",
    "evidence": _SOURCES,
}
"""What stands in the place of a part that is no text."""


def template(subject: str, purpose: Purpose, vectors: Sequence[str], at: date, lang: Language) -> str:
    """Return a risk file about `subject` with everything still to be said; it is read, and every step is found skipped.

    Args:
        subject: Such as ``model:o/a``.
        purpose: Whether it is released or adopted.
        vectors: Ids of the ways of misuse; those of the published studies where none is named.
        at: The day.
        lang: Of the remarks.
    """
    told = words(lang)
    head = [
        *_remarks(told["template"]),
        f"schema = {_text(FORMAT)}",
        f"subject = {_text(subject)}",
        f"purpose = {_text(purpose)}  # release, adoption",
        "version = 1",
        f"date = {at.isoformat()}",
        "authors = []",
    ]
    known = {item.id: item for item in studies()}
    body = [line for name in vectors or list(known) for line in _vector(name, known.get(name), lang)]
    return "\n".join([*head, *body, *_checklist(purpose, lang), *_responsibilities(purpose, lang)]) + "\n"


def _vector(name: str, known: Any, lang: Language) -> Iterator[str]:
    yield ""
    yield "# " + "-" * 100
    yield "[[vector]]"
    yield f"id = {_text(name)}"
    yield f"title = {_text(said(known, lang) if known else '')}"
    for step in steps():
        yield ""
        yield f"# {step.title(lang)}: {said(step, lang)}"
        yield from _step(step, lang)
    yield ""
    names = {field: ", ".join(load("risk_steps")[field]) for field in ("marginal_risk", "confidence")}
    yield f"[vector.conclusion]  # marginal_risk: {names['marginal_risk']}; confidence: {names['confidence']}"
    yield from ('marginal_risk = ""', 'confidence = ""', 'because = ""')


def _step(step: Step, lang: Language) -> Iterator[str]:
    if step.id != "marginal_evidence":
        yield f"[vector.{step.id}]"
        yield from (f"{part.id} = {_VALUES.get(part.id, _text(''))}  # {said(part, lang)}" for part in step.part)
        return
    yield f"# direction: {', '.join(load('risk_steps')['direction'])}; searched: {words(lang)['template_searched']}"
    for part in step.part:
        yield f"[vector.{step.id}.{part.id}]  # {said(part, lang)}"
        yield from ('finding = ""', 'direction = ""', f"evidence = {_SOURCES}", 'searched = ""')


def _checklist(purpose: Purpose, lang: Language) -> Iterator[str]:
    yield from ("", "# " + "-" * 100, *_remarks(words(lang)["template_checklist"]), "[checklist]")
    for item in checklist.properties():
        for asked in item.question:
            if purpose in asked.purposes:
                yield f"# {said(asked, lang)}"
                yield f'{_text(f"{item.id}.{asked.id}")} = {{ value = "unknown", text = "" }}'


def _responsibilities(purpose: Purpose, lang: Language) -> Iterator[str]:
    yield from ("", "# " + "-" * 100)
    listed = ", ".join(f"{actor} ({said(load('risk_duties')['actor'][actor], lang)})" for actor in duties.actors())
    yield from _remarks(words(lang)["template_duties"].format(actors=listed))
    for duty in duties.of(purpose):
        yield from ("", f"# {said(duty, lang)}", "# [[responsibility]]", f"# duty = {_text(duty.id)}")
        yield from (f"# actor = {_text(duty.by[0])}", '# who = ""', '# state = ""', "# accepted = false")


def _remarks(text: str) -> list[str]:
    return [f"# {line}" for line in text.strip().split("\n")]


def _text(text: str) -> str:
    """Return `text` as a TOML string: JSON's escapes are TOML's, but for the one of DEL."""
    return msgspec.json.encode(text).decode().replace("\x7f", "\\u007f")
