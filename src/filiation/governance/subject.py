"""What an atlas holds of one model that governance asks for, and the evidence that it gives.

A question of the knowledge files names its signs: claims by predicate, sections of the card, files by pattern, fields of the
registry's answer, terms of the license, findings by check. `Subject.evidence` tells what of them is there, with its place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

import duckdb
import msgspec

from filiation.assess import documentation
from filiation.assess.documentation import SectionScore
from filiation.core.claim import Basis
from filiation.core.finding import Finding
from filiation.core.relation import RELATIONS, WEIGHTS, Relation
from filiation.governance.assessment import Evidence, Language, surest
from filiation.governance.card_lines import MAX_LINE_CHARS, lines_with, prose
from filiation.knowledge import load
from filiation.licenses.above import above
from filiation.licenses.answer import LicenseAnswer
from filiation.lineage.arrays import STATES, Lineage
from filiation.lineage.portrait import Portrait, SaidClaim, portrait
from filiation.policy.facts import formats_of

MAX_VALUE_CHARS = MAX_LINE_CHARS
MAX_CARD_CHARS = 1_000_000
MAX_OF_A_SIGN = 3
"""So many claims of a predicate, or files of a pattern, are shown."""
SMALL = (Relation.QUANTIZED, Relation.CONVERTED)
TUNED = (Relation.FINETUNE, Relation.ADAPTER, Relation.MERGE, Relation.DISTILLED)
_FILLED = ("present", "thin")


class Signs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What shows an answer; each is a list of names.

    Attributes:
        claims: Predicates.
        sections: Of the card, by id.
        files: Patterns of file names, in lower case.
        facts: Methods of `Subject` that return evidence, by name with ``-`` for ``_``.
        checks: Whose findings speak against it.
    """

    claims: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Subject:
    """What an atlas holds of one model.

    Attributes:
        ref: The model, in full.
        lang: Of the evidence's sentences.
        portrait: Claims, parents, findings.
        sections: Of the card by id; empty where no card is known.
        has_card: None where nobody saw.
        files: Names, None where they are not known.
        gated: As the registry says it, None where it does not.
        revision: The latest seen.
        seen_at: When it was last seen, naive UTC.
        parameters: How many, None where the registry does not say.
        license: What is declared, and what that says.
        children: How many descend directly, by relation.
        held: Whether the registry holds it.
        card: Its text, at most `MAX_CARD_CHARS`; empty where it is not known.
    """

    ref: str
    lang: Language
    portrait: Portrait
    sections: dict[str, SectionScore]
    has_card: bool | None
    files: tuple[str, ...] | None
    gated: str | None
    revision: str | None
    seen_at: datetime | None
    parameters: int | None
    license: LicenseAnswer
    children: Counter[str]
    held: bool
    card: str = ""

    @cached_property
    def terms(self) -> frozenset[str]:
        """What the declared license says, by term."""
        return frozenset(clause.term for clause in self.license.declared.clauses)

    def evidence(self, signs: Signs) -> tuple[Evidence, ...]:
        """Return what is there of `signs`, the surest first; what a person must look at in findings is left to `against`."""
        found = [
            *(item for name in signs.claims for item in self._claims(name)),
            *(item for name in signs.sections for item in self._section(name)),
            *(item for pattern in signs.files for item in self._files(pattern)),
            *(item for name in signs.facts for item in getattr(self, name.replace("-", "_"))()),
        ]
        return surest(found)

    @cached_property
    def _prose(self) -> str:
        return prose(self.card)

    def mentions(self, phrases: Sequence[str]) -> Iterator[Evidence]:
        """Yield the first lines of the card's prose that have one of `phrases`."""
        spans = lines_with(self._prose, phrases, MAX_OF_A_SIGN) if phrases and self.card else []
        for start, stop in spans:
            yield Evidence(_line(self._prose[start:stop]), f"README.md#char={start},{stop}", Basis.STATED, 0.6)

    def against(self, signs: Signs) -> list[Finding]:
        """Return the findings of the checks that speak against it."""
        return [item for item in self.portrait.findings if any(fnmatchcase(item.check, name) for name in signs.checks)]

    def could_tell(self, signs: Signs) -> bool:
        """Return whether every place was seen in which the signs would stand, so that their absence says something."""
        needs_card = bool(signs.sections or signs.claims)
        seen = {"weights": self.files is not None, "access": self.gated is not None, "size": False, "published": False}
        return (
            self.held
            and (not needs_card or self.has_card is not None)
            and (not signs.files or self.files is not None)
            and all(seen.get(name, True) for name in signs.facts)
        )

    # ------------------------------------------------------------------------------------------------------------- facts

    def published(self) -> Iterator[Evidence]:
        """Yield since when the registry has it; the weights may be older or younger."""
        if self.portrait.created_at:
            yield self._told("published", "registry#created_at", Basis.INFERRED, 0.8, f"{self.portrait.created_at:%Y-%m-%d}")

    def access(self) -> Iterator[Evidence]:
        """Yield whether whoever wants the files must ask first."""
        if self.gated is not None:
            name = "not_gated" if self.gated.lower() in ("false", "") else "gated"
            yield self._told(name, "registry#gated", Basis.DECLARED, 1.0)

    def declared_license(self) -> Iterator[Evidence]:
        """Yield the license, as it is understood."""
        declared = self.license.declared
        if declared.expression:
            yield self._told("license", "license", Basis.DECLARED, 1.0, declared.expression)
        elif declared.text:
            yield self._told("license_unread", "license", Basis.DECLARED, 0.5, ", ".join(declared.text)[:MAX_VALUE_CHARS])

    def license_rights(self) -> Iterator[Evidence]:
        """Yield which rights the license grants."""
        yield from self._of_terms("rights", ("may-use", "may-modify", "may-redistribute", "may-sell"))

    def license_limits(self) -> Iterator[Evidence]:
        """Yield which restrictions on use the license has."""
        limits = [clause.term for clause in self.license.declared.clauses if clause.kind == "restriction"]
        yield from self._of_terms("limits", tuple(dict.fromkeys(limits)))

    def use_policy(self) -> Iterator[Evidence]:
        """Yield the restrictions on use, and the policy that the license names."""
        names = ("acceptable-use-policy", "use-restricted", "no-military", "no-medical-advice", "research-only")
        yield from self._of_terms("limits", names)

    def weights(self) -> Iterator[Evidence]:
        """Yield the files of weights."""
        names = [name for name in self.files or () if formats_of([name])]
        if names:
            shown = ", ".join(names[:MAX_OF_A_SIGN]) + (" …" if len(names) > MAX_OF_A_SIGN else "")
            yield self._told("files", "files", Basis.MEASURED, 1.0, shown)

    def size(self) -> Iterator[Evidence]:
        """Yield the number of parameters."""
        if self.parameters:
            yield self._told("parameters", "registry", Basis.DECLARED, 0.95, f"{self.parameters:,}")

    def tuned(self) -> Iterator[Evidence]:
        """Yield how many others made their own of it."""
        yield from self._of_children("tuned", TUNED)

    def small(self) -> Iterator[Evidence]:
        """Yield how many quantised or converted variants there are."""
        yield from self._of_children("small", SMALL)

    def below(self) -> Iterator[Evidence]:
        """Yield how much stands on it, and how many copies there are."""
        if self.portrait.descendants_count:
            yield self._told("below", "lineage", Basis.INFERRED, 0.9, f"{self.portrait.descendants_count:,}")
        if self.portrait.copies:
            yield self._told("copies", "weights_sha256", Basis.MEASURED, 1.0, f"{len(self.portrait.copies):,}")

    def bases(self) -> Iterator[Evidence]:
        """Yield what it was made from."""
        for parent in self.portrait.parents:
            if parent.relation in WEIGHTS and parent.set_aside is None:
                sure = parent.confidence * parent.relation_confidence
                yield self._told(
                    "base", "lineage", Basis(parent.basis), round(sure, 3), parent.ref, parent.relation, kind="child"
                )

    def pinned(self) -> Iterator[Evidence]:
        """Yield the revision that was seen."""
        if self.revision:
            yield self._told("revision", "registry#sha", Basis.DECLARED, 1.0, self.revision)

    # ----------------------------------------------------------------------------------------------------------- signs

    def _claims(self, predicate: str) -> list[Evidence]:
        told: dict[str, SaidClaim] = {}
        for claim in self.portrait.claims:
            if claim.predicate == predicate:
                told.setdefault(claim.value, claim)
        first = sorted(told.values(), key=lambda claim: -claim.confidence)[:MAX_OF_A_SIGN]
        return [Evidence(_line(item.value), item.locator, Basis(item.basis), item.confidence) for item in first]

    def _section(self, name: str) -> list[Evidence]:
        section = self.sections.get(name)
        if section is None or section.state not in _FILLED or not section.sentence:
            return []
        title = section.title_ja if self.lang == "ja" else section.title
        words = load("governance_words")[self.lang]
        said = _line(section.sentence)
        is_named = said.casefold().startswith(f"{title}:".casefold())
        text = said if is_named else words["section"].format(title=title, text=said)
        return [Evidence(text, section.locator or "README.md", Basis.STATED, 0.9 if section.state == "present" else 0.6)]

    def _files(self, pattern: str) -> list[Evidence]:
        names = [name for name in self.files or () if fnmatchcase(name.lower(), pattern)]
        return [Evidence(name, "files", Basis.MEASURED) for name in names[:MAX_OF_A_SIGN]]

    def _of_terms(self, name: str, terms: Sequence[str]) -> Iterator[Evidence]:
        said = [clause for clause in self.license.declared.clauses if clause.term in terms]
        if said:
            labels = load("license_words").get("term", {})
            told = list(dict.fromkeys(_label(labels, clause.term, self.lang) for clause in said))
            where = ", ".join(dict.fromkeys(f"{clause.license} {clause.clause}".strip() for clause in said))[:MAX_VALUE_CHARS]
            listed = ("、" if self.lang == "ja" else ", ").join(told)
            yield self._told(name, where, Basis.DECLARED, min(clause.confidence for clause in said), listed)

    def _of_children(self, name: str, relations: Sequence[Relation]) -> Iterator[Evidence]:
        count = sum(self.children[relation] for relation in relations)
        if count:
            yield self._told(name, "lineage", Basis.INFERRED, 0.9, f"{count:,}")

    def _told(self, name: str, where: str, basis: Basis, sure: float, *words: str, kind: str = "") -> Evidence:
        told = load("governance_words")[self.lang]
        if kind:
            words = (words[0], told[f"relation_{words[1]}"])
        return Evidence(told[name].format(*words), where, basis, sure)


def subject(con: duckdb.DuckDBPyConnection, lineage: Lineage, node: int, lang: Language) -> Subject:
    """Return what the atlas holds of `node`."""
    told = portrait(con, lineage, node)
    held = STATES[lineage.state[node]] == "present"
    rows = con.execute(_TRAITS, [node]).fetchall()
    names, gated, revision, seen_at, total, text = rows[0] if rows else (None,) * 6
    card = documentation.portrait(con, node) if held else None
    edges = lineage.child_edge[int(lineage.child_start[node]) : int(lineage.child_start[node + 1])]
    return Subject(
        ref=told.ref,
        lang=lang,
        portrait=told,
        sections={item.section: item for item in card.sections} if card and card.reason == "card" else {},
        has_card=None if card is None else card.reason == "card",
        files=tuple(names) if names else None,
        gated=gated,
        revision=revision,
        seen_at=seen_at,
        parameters=int(total) if total else None,
        license=above(con, lineage, node).answer([]),
        children=Counter(str(RELATIONS[code]) for code in lineage.relation[edges].tolist()),
        held=held,
        card=(text or "")[:MAX_CARD_CHARS],
    )


def _label(labels: dict[str, Any], term: str, lang: Language) -> str:
    entry = labels.get(term)
    return str(entry[lang]) if isinstance(entry, dict) and lang in entry else term


def _line(text: str) -> str:
    """Return the value of a claim on one line, without emphasis; one of several fields, such as a result, as its fields."""
    try:
        fields = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        fields = None
    if isinstance(fields, dict):
        text = ", ".join(f"{name}: {field}" for name, field in fields.items() if field is not None)
    short = " ".join(text.replace("**", "").split()).strip("| ")
    return short if len(short) <= MAX_VALUE_CHARS else f"{short[: MAX_VALUE_CHARS - 1]}…"


_TRAITS = """
SELECT file_names, gated, revision, seen_at,
    coalesce(
        TRY_CAST(json_extract_string(body, '$.safetensors.total') AS BIGINT),
        TRY_CAST(json_extract_string(body, '$.gguf.total') AS BIGINT),
        TRY_CAST(json_extract_string(body, '$.num_parameters') AS BIGINT)
    ),
    json_extract_string(files, '$."README.md"')
FROM node JOIN record USING (record_id) JOIN trait USING (record_id) WHERE node_id = ?
"""
