"""What a publisher should mend in a card before it is published."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from filiation.assess.card_rules import Language, finding
from filiation.assess.documentation import MAX_SENTENCE_CHARS, Reading, SectionScore, bounded, scored_sections
from filiation.cards.blocks import Card, plain, read
from filiation.cards.sections import sections
from filiation.cards.template import STATES, Section, Template, template
from filiation.core.errors import FiliationError
from filiation.core.extractor import UnreadableError
from filiation.core.finding import Finding, Severity
from filiation.core.ref import Kind, is_name
from filiation.extract.front_matter import front_matter
from filiation.knowledge import load
from filiation.licenses.catalog import license_of
from filiation.licenses.declared import State as LicenseState
from filiation.licenses.declared import declared
from filiation.licenses.expression import ids

MAX_SHOWN = 80
MAX_FINDINGS = 500
"""A card made to have more says no more with them."""
_OPENING = re.compile(r"\A\ufeff?\s*---[ \t]*\r?\n")
_LINK = re.compile(r"(?<!!)\[([^\[\]\n]{1,200})\]\(([^()\s]{0,300})\)")
_HOST = re.compile(r"https?://([^/\s]+)")
_UNMARKED = re.compile(r"#{1,6}[^\s#!0-9]")
_GENERATED = re.compile(r"<!--[^>]{0,200}generated automatically[^>]{0,400}proofread", re.IGNORECASE)
_HUB = re.compile(r"https?://(?:www\.)?(?:huggingface\.co|hf\.co)/")
_LANGUAGE = re.compile(r"[a-z]{3}(?:[-_][A-Za-z]{2,8}){0,3}|[a-z]{2}(?:[-_][A-Za-z]{2,8}){1,3}|code")
_SPELLED = "owner/name"


class Linted(msgspec.Struct, frozen=True):
    """A card that was looked at: its documentation `score` in [0, 1] as far as the card itself tells, and what to mend."""

    path: str
    kind: Kind
    score: float
    sections: list[SectionScore]
    findings: list[Finding]


def lint(
    text: str | None,
    path: str = "README.md",
    kind: Kind | None = None,
    required: Sequence[str] = (),
    lang: Language = "en",
) -> Linted:
    """Return what is to be mended in a card.

    Args:
        text: The card; None where there is none.
        path: How findings name its file.
        kind: Of what it is the card; None to tell by its fields.
        required: Ids of sections that must be filled.
        lang: Language of messages and titles.

    Raises:
        FiliationError: If `required` names no section.
    """
    linter = _Linter(text or "", path, kind, lang)
    asked = [_section(linter.template, name) for name in required]
    if text is None:
        return Linted(path, linter.kind, 0.0, linter.scored, [linter.found("card-missing", (path,), None)])
    found = [
        item for part in (linter.matter_findings(), linter.section_findings(asked), linter.text_findings()) for item in part
    ]
    total = sum(item.points for item in linter.scored) / 100
    return Linted(path, linter.kind, total, linter.scored, sorted(found[:MAX_FINDINGS], key=_place))


def title_of(section: Section | SectionScore, lang: Language) -> str:
    """Return a section's title in a language."""
    return section.title_ja if lang == "ja" else section.title


class _Matter(NamedTuple):
    """The front matter, what was wrong with it, and where it ends."""

    fields: dict[str, Any]
    error: str | None
    stop: int


class _Linter:
    """Looks at one card."""

    def __init__(self, text: str, path: str, kind: Kind | None, lang: Language) -> None:
        self.text, self.path, self.lang = text, path, lang
        self.card: Card = read(text)
        self.matter = _matter(text)
        told = any(name in self.matter.fields for name in load("card_rules")["kind"]["dataset"])
        self.kind = kind or (Kind.DATASET if told else Kind.MODEL)
        self.template: Template = template(self.kind)
        self.scored = self._scored()
        self.state = {item.section: item for item in self.scored}

    def _scored(self) -> list[SectionScore]:
        found = {
            item.section: Reading(item.state)
            if item.start is None or item.stop is None
            else Reading(item.state, bounded(self.text[item.start : item.stop]), self._at(item.start, item.stop))
            for item in sections(self.card, self.kind)
        }
        for leaf in self.template.leaves:
            for source in leaf.fields:
                value = self.matter.fields.get(source.name)
                better = STATES.index(source.state) > STATES.index(found[leaf.id].state)
                if better and value not in (None, "", [], {}):
                    said = bounded(", ".join(_strings(value)) or str(value))
                    found[leaf.id] = Reading(source.state, said, self._field(source.name))
        return scored_sections(self.kind, found)

    def _at(self, start: int, stop: int) -> str:
        return f"{self.path}#char={start},{stop}"

    def _field(self, name: str) -> str:
        """Return where a field of the front matter stands, its first line; the first line of all where it is not there."""
        place = re.search(rf"^{re.escape(name)}[ \t]*:.*$", self.text[: self.matter.stop], re.MULTILINE)
        return self._at(*place.span()) if place else self._at(0, len(self.text.partition("\n")[0]))

    def found(self, name: str, details: tuple[str, ...], where: str | None, severity: Severity | None = None) -> Finding:
        """Return a finding; without `where` it is about the whole file."""
        return finding(name, self.path, self.lang, details, where or self.path, severity)

    def matter_findings(self) -> Iterator[Finding]:
        """Yield what is wrong with the front matter."""
        fields, top = self.matter.fields, self._at(0, len(self.text.partition("\n")[0]))
        if self.matter.error:
            yield self.found("front-matter-unreadable", (self.matter.error,), top)
            return
        if not self.matter.stop:
            opened = _OPENING.match(self.text)
            yield self.found("front-matter-open" if opened else "card-front-matter-missing", (), top)
            return
        yield from self._license(fields)
        for name in load("card_rules")["fields"][self.kind]:
            if fields.get(name) in (None, "", []):
                yield self.found("card-field-missing", (name,), top)
        parent = self.state.get("finetuned_from")
        if parent and parent.state == "present" and not fields.get("base_model") and parent.locator and parent.sentence:
            yield self.found("card-parent-undeclared", (_quoted(parent.sentence),), parent.locator)
        yield from self._names(fields)

    def _license(self, fields: dict[str, Any]) -> Iterator[Finding]:
        values = _strings(fields.get("license"))
        name, link = (fields.get(key) if isinstance(fields.get(key), str) else None for key in ("license_name", "license_link"))
        said = declared(values, name, link)
        state, named = said.state, ids(said.expression) if said.expression else ()
        unknown = [item.key for item in named if license_of(item.key) is None]
        where = self._field("license")
        if state == LicenseState.UNDECLARED:
            yield self.found("license-missing", (), where)
        elif state == LicenseState.OTHER:
            if not (name or link):
                yield self.found("license-other-unexplained", (), where)
        elif unknown or state in (LicenseState.UNREADABLE, LicenseState.UNKNOWN):
            yield self.found("license-unknown", (_quoted(", ".join(unknown or values)),), where)

    def _names(self, fields: dict[str, Any]) -> Iterator[Finding]:
        for value in _strings(fields.get("base_model")) if self.kind == Kind.MODEL else []:
            if "/" not in value or not is_name(value):
                yield self.found("base-model-malformed", (_quoted(value),), self._field("base_model"))
        loaders = load("names")["loaders"]
        for value in _strings(fields.get("datasets")) if self.kind == Kind.MODEL else []:
            if not is_name(value) or value.lower() in loaders:
                yield self.found("dataset-malformed", (_quoted(value),), self._field("datasets"))
        for value in _strings(fields.get("language")):
            if value.lower() not in load("languages")["codes"] and not _LANGUAGE.fullmatch(value):
                yield self.found("language-unknown", (_quoted(value),), self._field("language"))

    def section_findings(self, required: Sequence[Section]) -> Iterator[Finding]:
        """Yield what the sections lack: of a group of which nothing is said, once."""
        for section in required:
            item = self.state[section.id]
            if item.state != "present":
                states = {"absent": "ない", "placeholder": "未記入である", "thin": "少ない"}
                word = states[item.state] if self.lang == "ja" else item.state
                yield self.found("card-section-required", (title_of(section, self.lang), word), item.locator)
        blank = {group for group in self.template.members if self.state[group].state == "absent"}
        for section in self.template.sections:
            item = self.state[section.id]
            if section.of in blank or (section.default and section.id not in blank):
                continue
            yield from self._section(section, item)

    def _section(self, section: Section, item: SectionScore) -> Iterator[Finding]:
        title, sentence = title_of(section, self.lang), _quoted(item.sentence or "")
        members = [self.template.by_id[name] for name in self.template.members.get(section.id, (section.id,))]
        scored = [member for member in members if member.weight]
        is_asked = any(not member.optional for member in scored)
        if item.state == "placeholder":
            severity = Severity.MEDIUM if is_asked else Severity.LOW if scored else Severity.INFO
            yield self.found("card-section-placeholder", (title, sentence), item.locator, severity)
        elif item.state == "absent" and scored and section.id != "license":
            yield self.found("card-section-absent", (title,), None, Severity.LOW if is_asked else Severity.INFO)
        elif item.state == "thin" and is_asked:
            yield self.found("card-section-thin", (title, sentence), item.locator)

    def text_findings(self) -> Iterator[Finding]:
        """Yield what is wrong with headings and links, and what a generator left behind."""
        if left := _GENERATED.search(self.text, 0, 20_000):
            yield self.found("card-generated-comment", (), self._at(*left.span()))
        level, seen = 0, set[tuple[tuple[str, ...], str]]()
        for block in self.card.blocks:
            where = self._at(block.start, block.stop)
            if block.kind == "heading" and block.level <= 6:
                title = plain(block.text)
                if level and block.level > level + 1:
                    yield self.found("card-heading-levels", (_shown(title), str(block.level), str(level)), where)
                if (block.heading, title.casefold()) in seen:
                    yield self.found("card-heading-repeated", (_shown(title),), where)
                level = block.level
                seen.add((block.heading, title.casefold()))
            elif block.kind == "paragraph" and _UNMARKED.match(block.text):
                first = block.text.partition("\n")[0]
                yield self.found("card-heading-unmarked", (_quoted(first),), self._at(block.start, block.start + len(first)))
            if block.kind not in ("code", "quote"):
                yield from self._links(block.text, block.start)

    def _links(self, text: str, start: int) -> Iterator[Finding]:
        known = load("card_sections")["placeholder"]
        for link in _LINK.finditer(text):
            host = _HOST.match(link[2])
            if link[2].lower() in known["links"] or (host and host[1].lower() in known["hosts"]):
                where = self._at(start + link.start(), start + link.end())
                yield self.found("card-link-placeholder", (_shown(link[1]), _quoted(link[2])), where)


def _matter(text: str) -> _Matter:
    try:
        found = front_matter(text)
    except UnreadableError as error:
        return _Matter({}, str(error).removeprefix("README.md front matter: "), 0)
    fields = msgspec.json.decode(found, type=dict[str, Any]) if found else {}
    opened = _OPENING.match(text)
    closed = re.compile(r"^---[ \t]*\r?$", re.MULTILINE).search(text, opened.end()) if opened else None
    return _Matter(fields, None, closed.end() if closed else 0)


def _strings(value: object) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [str(item).strip() for item in items if isinstance(item, (str, int, bool)) and str(item).strip()]


def _section(of: Template, name: str) -> Section:
    if name not in of.by_id:
        raise FiliationError(f"{name!r} is no section of a {of.kind} card: choose among {', '.join(of.by_id)}.")
    return of.by_id[name]


def _quoted(text: str) -> str:
    return f'"{_shown(text)}"'


def _shown(text: str) -> str:
    short = " ".join(text[:MAX_SENTENCE_CHARS].split())
    return short if len(short) <= MAX_SHOWN else f"{short[: MAX_SHOWN - 1]}…"


def _place(item: Finding) -> tuple[int, str]:
    span = item.locations[0].partition("#char=")[2].partition(",")[0]
    return int(span) if span else 1 << 30, item.check
