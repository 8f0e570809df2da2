"""The questions of openness that are not the framework's: the definition's, and those of the two indexes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import msgspec

from filiation.governance.assessment import Evidence, Language, Question, Result, Value
from filiation.governance.openness.found import NOTHING, Finder, Found
from filiation.governance.openness.mof import MET, Standing
from filiation.governance.openness.open_license import OpenLicense
from filiation.governance.subject import Signs
from filiation.knowledge import load
from filiation.licenses.catalog import license_of
from filiation.licenses.terms import terms

FILES = {"osaid": "openness_osaid", "eu": "openness_european", "fmti": "openness_transparency"}
POINTS: dict[str, float] = {"yes": 1.0, "partial": 0.5, "no": 0.0, "not_applicable": 0.0}


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question of the definition or of an index.

    Attributes:
        id: Stable.
        en: What it asks about, as it stands in a list.
        ja: The same in Japanese.
        asks_en: The question.
        asks_ja: The same in Japanese.
        part: Of the index.
        domain: Of the index.
        freedom: The right that a license must grant, by term; empty where the license decides nothing.
        limits: Terms that take it away, besides those that take every freedom.
        components: Those of the framework whose answers answer it.
        only_hint: Whether a component's answer is a hint and no more.
        any_license: Whether it is enough that a component is released, under whichever license.
        finder: By name, see `Finder.find`.
        shown: Signs that show it.
        hints: Signs that leave it open.
    """

    id: str
    en: str
    ja: str
    asks_en: str
    asks_ja: str
    part: str = ""
    domain: str = ""
    freedom: str = ""
    limits: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    only_hint: bool = False
    any_license: bool = False
    finder: str = ""
    shown: Signs = Signs()
    hints: Signs = Signs()

    def name(self, lang: Language) -> str:
        """Return what it asks about."""
        return self.ja if lang == "ja" else self.en


class Parts(msgspec.Struct, frozen=True):
    """The framework's components as they were answered, for the questions that ask the same.

    Attributes:
        questions: By id.
        stands: How each stands, by id.
        license: Of the parameters; None where none covers them.
    """

    questions: Mapping[str, Question]
    stands: Mapping[str, Standing]
    license: OpenLicense | None


@cache
def asked(name: str, list_: str) -> tuple[Asked, ...]:
    """Return the questions in ``knowledge/openness_<name>.toml``."""
    return tuple(msgspec.convert(load(f"openness_{name}")[list_], list[Asked]))


def osaid(item: Asked, parts: Parts, finder: Finder) -> Question:
    """Return a question of the definition, as far as the license and the components answer it."""
    found = _freedom(item, parts, finder.lang) if item.freedom else NOTHING
    if item.components:
        stands = [parts.stands.get(name, "unasked") for name in item.components]
        value: Value = "unknown"
        if not item.only_hint:
            met = all(stand in MET for stand in stands)
            value = "yes" if met else _worst([_of_standing(stand, documentation=False) for stand in stands])
        by_parts = Found(value, "", _evidence(item, parts, finder.lang))
        found = _both(found, by_parts) if item.freedom else by_parts
    return _question("osaid", item, found, finder.lang)


def european(item: Asked, parts: Parts, finder: Finder) -> Question:
    """Return a parameter of the European index: what is released under a license that is not open counts in part."""
    if not item.components:
        return _question("eu", item, finder.find(item.finder, item.shown, item.hints), finder.lang)
    values = [
        parts.questions[name].value
        if item.part == "documentation"
        else _of_standing(parts.stands.get(name, "unasked"), documentation=True)
        for name in item.components
    ]
    return _question("eu", item, Found(_worst(values), "", _evidence(item, parts, finder.lang)), finder.lang)


def transparency(item: Asked, parts: Parts, finder: Finder) -> Question:
    """Return an indicator of the transparency index: it is disclosed or not, and half of it is for a person to judge."""
    found = finder.find(item.finder, item.shown, item.hints)
    if item.components:
        value = _worst([parts.questions[name].value for name in item.components])
        evidence = tuple(dict.fromkeys((*_evidence(item, parts, finder.lang), *found.evidence)))
        found = Found(value if found.value == "unknown" else found.value, "", evidence)
    if found.value == "partial":
        found = found._replace(value="unknown")
    return _question("fmti", item, found, finder.lang)


def with_gap(question: Question, name: str, lang: Language, group: str) -> Question:
    """Return a question with what is missing: nothing where the answer is yes, or nobody gave one."""
    words = load("openness_words")[lang]
    if question.value in ("yes", "unknown", "not_applicable"):
        return msgspec.structs.replace(question, gap="")
    gaps = {"osaid": ("osaid_gap_no", "osaid_gap_partial"), "eu": ("european_gap", "european_gap_partial")}
    none, part = gaps.get(group, ("fmti_gap", "fmti_gap"))
    return msgspec.structs.replace(question, gap=words[none if question.value == "no" else part].format(name=name))


def osaid_result(questions: list[Question], names: Mapping[str, str], lang: Language) -> Result:
    """Return whether the definition is met: only if every answer is yes."""
    words = load("openness_words")[lang]
    failing = tuple(item.id for item in questions if item.value in ("no", "partial"))
    open_ = tuple(item.id for item in questions if item.value == "unknown")
    if failing:
        text = words["osaid_fails"].format(names=words["joined"].join(names[id_] for id_ in failing))
        return Result("osaid", words["osaid_title"], "no", text, failing)
    if open_:
        return Result("osaid", words["osaid_title"], "open", words["osaid_open"].format(count=len(open_)), open_)
    return Result("osaid", words["osaid_title"], "yes", words["osaid_meets"])


def european_result(questions: list[Question], lang: Language) -> Result:
    """Return the sum of the parameters, and what it would be at most."""
    words = load("openness_words")[lang]
    low = sum(POINTS.get(item.value, 0.0) for item in questions)
    open_ = sum(item.value == "unknown" for item in questions)
    form = words["european_sum" if open_ else "european_exact"]
    text = form.format(low=f"{low:g}", high=f"{low + open_:g}", all=len(questions))
    missing = tuple(item.id for item in questions if item.value in ("no", "partial"))
    return Result("eu", words["european_title"], f"{low:g}", text, missing)


def transparency_result(questions: list[Question], lang: Language) -> Result:
    """Return how many indicators are disclosed."""
    words = load("openness_words")[lang]
    counts = {value: sum(item.value == value for item in questions) for value in ("yes", "no", "unknown")}
    text = words["fmti_sum"].format(
        yes=counts["yes"], no=counts["no"], open=counts["unknown"], asked=len(questions),
        all=load("openness_transparency")["indicators"],
    )  # fmt: skip
    missing = tuple(item.id for item in questions if item.value == "no")
    return Result("fmti", words["fmti_title"], str(counts["yes"]), text, missing)


def _question(group: str, item: Asked, found: Found, lang: Language) -> Question:
    source = load(FILES[group])["source"]
    asks = item.asks_ja if lang == "ja" else item.asks_en
    return Question(f"{group}.{item.id}", asks, found.value, found.detail, evidence=found.evidence, source=source)


def _evidence(item: Asked, parts: Parts, lang: Language) -> tuple[Evidence, ...]:
    """Return what the components' answers rest on; a person's word says whose it is, for here it answers another question."""
    told = [evidence for name in item.components for evidence in _attributed(parts.questions[name], lang)]
    return tuple(dict.fromkeys(told))


def _attributed(question: Question, lang: Language) -> tuple[Evidence, ...]:
    given = question.answered
    if given is None:
        return question.evidence
    said = load("assessment_words")[lang]["said"].format(who=given.who, at=f"{given.at:%Y-%m-%d}", why=given.why)
    return (Evidence(said, question.evidence[0].where), *question.evidence[1:])


def _of_standing(stand: Standing, *, documentation: bool) -> Value:
    """Return a standing as an answer; what is released without an open license counts in part where that is asked."""
    if stand in MET:
        return "yes"
    if stand in ("unasked", "license-unasked"):
        return "unknown"
    if stand == "partial" or (documentation and stand in ("closed", "unlicensed")):
        return "partial"
    return "no"


def _worst(values: list[Value]) -> Value:
    for value in ("no", "unknown", "partial"):
        if value in values:
            return value
    return "yes"


def _both(one: Found, other: Found) -> Found:
    value = _worst([one.value, other.value])
    return Found(value, "" if value == "unknown" else one.detail, tuple(dict.fromkeys((*one.evidence, *other.evidence))))


def _freedom(item: Asked, parts: Parts, lang: Language) -> Found:
    """Return whether the license of the parameters grants a freedom without restricting for what."""
    license_ = parts.license
    if license_ is None:
        return NOTHING
    words = load("openness_words")[lang]
    how = "open" if license_.is_open else "closed" if license_.is_known else "unknown"
    told = Evidence(words["freedom"].format(license=license_.name, how=words[f"how_{how}"]))
    if license_.is_open:
        return Found("yes", license_.name, (told,))
    known = license_of(license_.name)
    if known is None or known.kind == "unknown":
        return Found("unknown", license_.name, (told,))
    against = {*load(FILES["osaid"])["limits"], *item.limits}
    limits = [clause.term for clause in known.terms if clause.term in against]
    granted = any(clause.term == item.freedom for clause in known.terms)
    if not limits:
        return Found("unknown" if granted else "no", license_.name, (told,))
    spoken = words["joined"].join(getattr(terms()[term], lang).rstrip(".。") for term in dict.fromkeys(limits))
    return Found("no", license_.name, (told, Evidence(words["restricted"].format(terms=spoken))))
