"""What changes are called, in the languages of the readers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from filiation.core.language import Language
from filiation.knowledge import load
from filiation.watch.answer import Reaudited, Told, WatchAnswer

SHOWN = 100
"""So many changes are told of one by one in a text."""
NAMED = 3


def words_of(lang: Language) -> Mapping[str, Any]:
    """Return the words of a language."""
    return load("watch")[lang]


def title(told: Told, lang: Language) -> str:
    """Return a change in a line: ``High: License changed: model:o/a``."""
    words = words_of(lang)
    return f"{words[told.severity]}: {words[told.change]}: {told.ref}"


def change_said(told: Told, lang: Language) -> str:
    """Return what was said before and what is said now."""
    nothing = words_of(lang)["nothing_said"]
    return f"{told.field}: {told.before or nothing} → {told.after or nothing}"


def touches_said(told: Told, lang: Language) -> list[str]:
    """Return whom a change touches, in lines; none where it touches nobody that is known."""
    words, touches = words_of(lang), told.touches
    lines = []
    if touches.descendants:
        count = words["touched_one"] if touches.descendants == 1 else words["touched"].format(count=f"{touches.descendants:,}")
        lines.append(f"{count}: {', '.join(touches.models[:NAMED])}{' …' if len(touches.models) > NAMED else ''}")
    for item in touches.portfolios:
        owner = words["owner"].format(owner=item.owner) if item.owner else ""
        lines.append(words["portfolio"].format(model=item.model, portfolio=item.portfolio) + owner)
    return [*lines, *(f"application:{name}" for name in touches.applications)]


def audit_said(item: Reaudited, lang: Language) -> list[str]:
    """Return what an audit says of an adopted model before and now, the verdict first."""
    words = words_of(lang)
    names = {"before": words.get(item.before or "", "?"), "after": words.get(item.after or "", "?")}
    kind = "verdict_new" if item.before is None else "verdict_same" if item.before == item.after else "verdict_change"
    lines = [words[kind].format(ref=item.ref, **names)]
    lines.append(words["because"].format(refs=", ".join(item.because[:NAMED]) + (" …" if len(item.because) > NAMED else "")))
    lines += [words["came"].format(message=found.message) for found in item.came]
    return lines + [words["went"].format(message=found.message) for found in item.went]


def lines(answer: WatchAnswer, shown: int = SHOWN) -> Iterator[tuple[bool, str]]:
    """Yield the answer as text, each line with whether it is a heading."""
    lang: Language = "ja" if answer.lang == "ja" else "en"
    words = words_of(lang)
    if answer.first_look:
        yield False, words["first_look"]
        return
    since = f"{answer.since:%Y-%m-%d %H:%M}" if answer.since else "…"
    yield True, words["heading"].format(count=f"{len(answer.changes):,}", atlas=answer.atlas, since=since)
    if answer.reaudited:
        yield True, words["reaudit"].format(policy=answer.policy)
        for item in answer.reaudited:
            first, *rest = audit_said(item, lang)
            yield False, f"  {first}"
            yield from ((False, f"    {text}") for text in rest)
    for told in answer.changes[:shown]:
        yield False, title(told, lang)
        yield False, f"  {change_said(told, lang)}"
        yield from ((False, f"    {text}") for text in touches_said(told, lang))
    if len(answer.changes) > shown:
        yield False, words["more"].format(count=f"{len(answer.changes) - shown:,}")
    if not answer.changes:
        yield False, words["no_changes"]
    yield from ((False, text) for text in answer.skipped)
