"""The answer of `name`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from filiation.core.errors import FiliationError
from filiation.core.finding import Finding, Severity
from filiation.core.language import Language
from filiation.core.ref import Kind, Ref
from filiation.knowledge import load
from filiation.lineage.arrays import Lineage
from filiation.names import Element, parse
from filiation.names.rules import Condition, NameRules, broken, conditions


class ReadElement(msgspec.Struct, frozen=True):
    """A stretch of a name, from character `start` on, and what it says."""

    text: str
    start: int
    element: str
    value: str
    confidence: float


class NameStatement(msgspec.Struct, frozen=True):
    """Something that a name says, held against what else an atlas knows of the model.

    Attributes:
        topic: What it is about, such as ``architecture``, ``parameters`` or ``base``.
        said: By the name.
        known: From elsewhere.
        judgement: confirmed, contradicted or unverifiable.
        confidence: That a contradiction of this kind is one.
        locations: Where both stand, as in findings.
    """

    topic: str
    said: str
    known: str
    judgement: str
    confidence: float
    locations: list[str]


class BrokenRule(msgspec.Struct, frozen=True):
    """A house rule that a name breaks, such as ``require.parameters``."""

    rule: str
    message: str
    remedy: str


class ReadName(msgspec.Struct, frozen=True):
    """What a name says: its elements in order and the convention that it follows; the rest as in `Named`."""

    name: str
    elements: list[ReadElement]
    convention: str
    confidence: float
    anomalies: list[NameStatement] | None = None
    agreements: list[NameStatement] | None = None
    broken: list[BrokenRule] | None = None


class Named(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/name/v1"):
    """What one name says; of several names, `names` says it of each, and the rest is left out.

    Attributes:
        convention: I (an implementation), IA or IT (with its application or task), AT (one of these alone) or O (other).
        anomalies: What else is known contradicts it; null where no atlas holds a model of that name.
        agreements: What else is known confirms it, or does not tell.
        broken: The house rules that it breaks; null where none were given.
    """

    name: str | UnsetType = UNSET
    elements: list[ReadElement] | UnsetType = UNSET
    convention: str | UnsetType = UNSET
    confidence: float | UnsetType = UNSET
    anomalies: list[NameStatement] | UnsetType | None = UNSET
    agreements: list[NameStatement] | UnsetType | None = UNSET
    broken: list[BrokenRule] | UnsetType | None = UNSET
    names: list[ReadName] | UnsetType = UNSET


def named(
    texts: Sequence[str],
    atlas: Path | None = None,
    rules: NameRules | None = None,
    lang: Language = "en",
    weights: str | None = None,
) -> Named:
    """Return what each of `texts` says, at least one.

    Args:
        texts: Names with or without their owners.
        atlas: Where to look for models of these names; None to look nowhere.
        rules: Of the house; None for none.
        lang: Language of what is said of broken rules.
        weights: A file, a folder or ``model:owner/name``, whose structure is held against the one name as well.

    Raises:
        FiliationError: If one of `texts` is empty, or there are several where `weights` are given.
        WeightsError: If these cannot be read.
        AtlasError: If `atlas` cannot be read, or its names were not.
    """
    if not all(_bare(text) for text in texts):
        raise FiliationError("A name has no characters, or an owner only: give one such as owner/name.")
    if weights and len(texts) > 1:
        raise FiliationError("Weights have one name: give one with --weights.")
    held = _held(texts, atlas) if atlas else {}
    if weights:
        held = {texts[0]: _beside(_structured(texts[0], weights), held.get(texts[0], []))}
    names = [_read(text, held.get(text), rules, lang) for text in texts]
    if len(names) > 1:
        return Named(names=names)
    only = names[0]
    return Named(**{field: getattr(only, field) for field in ReadName.__struct_fields__})


def _structured(text: str, weights: str) -> list[NameStatement]:
    """Return what the tensors say beside the name; of the weights only headers are read."""
    from filiation.structure.identity import identity_of  # of no use without weights
    from filiation.structure.name_agreement import compare_name  # likewise
    from filiation.weights.target import checkpoint_at  # likewise

    with checkpoint_at(weights) as checkpoint:
        found = identity_of(checkpoint)
    return [NameStatement(*row) for row in compare_name(parse(text.removeprefix("model:")), found)]


def _beside(measured: list[NameStatement], held: list[NameStatement]) -> list[NameStatement]:
    """Return both, contradictions first."""
    return sorted([*measured, *held], key=lambda item: item.judgement != "contradicted")


def sarif_log(names: Sequence[Named | ReadName], lang: Language, rules: Path | None) -> dict[str, Any]:
    """Return a SARIF log: a result for each broken rule, placed in the file of rules, and for each anomaly.

    Args:
        names: As `named` read them.
        lang: Language of the messages.
        rules: The file of house rules, if one was given.
    """
    from filiation.checks import named as checks
    from filiation.export.sarif import sarif

    places = (rules.name,) if rules else ()
    findings, known = [], {}
    for name in names:
        subject = f"model:{str(name.name).removeprefix('model:')}"
        findings += [
            Finding(f"names.{item.rule}", subject, item.message, Severity.MEDIUM, 1.0, places, item.remedy, (item.rule,))
            for item in name.broken or []
        ]
        for item in name.anomalies or []:
            check = checks()[f"name-contradicts-{_CHECKS.get(item.topic, item.topic)}"]
            known[check.name] = check
            told = (item.said, item.known)
            findings.append(
                Finding(
                    check.name, subject, check.en.message.format(*told), Severity(check.severity), item.confidence,
                    tuple(item.locations), check.en.remedy, told,
                )
            )  # fmt: skip
    return sarif(findings, known.values(), lang=lang)


_CHECKS = {"parameters": "size", "base-size": "size", "heads": "layers"}
"""Of which check a topic is, where it has another name."""


def _held(texts: Sequence[str], path: Path) -> dict[str, list[NameStatement]]:
    """Return what the atlas knows of each of `texts` that is a model's full name."""
    from filiation.names.standing import require_names  # of no use without an atlas
    from filiation.names.statements import statements_of  # likewise
    from filiation.store.atlas import Atlas  # likewise

    lineage = Lineage.load(path)
    found = {text: node for text in texts if (node := _node(lineage, text)) >= 0}
    if not found:
        return {}
    with Atlas.open(path) as atlas:
        require_names(atlas.con, path)
        rows = statements_of(atlas.con, set(found.values()))
    told = {node: [NameStatement(*row) for row in rows[node]] for node in found.values()}
    return {text: told[node] for text, node in found.items()}


def _bare(text: str) -> str:
    """Return a name without its owner."""
    return text.removeprefix("model:").rpartition("/")[2].strip()


def _node(lineage: Lineage, text: str) -> int:
    try:
        ref = Ref.parse(text)
    except FiliationError:
        return -1
    return int(lineage.find(ref)) if ref.kind == Kind.MODEL else -1


def _read(text: str, held: list[NameStatement] | None, rules: NameRules | None, lang: Language) -> ReadName:
    name = parse(text.removeprefix("model:"))
    return ReadName(
        text,
        [_element(element) for element in name.elements],
        name.convention,
        name.confidence,
        None if held is None else [item for item in held if item.judgement == "contradicted"],
        None if held is None else [item for item in held if item.judgement != "contradicted"],
        None if rules is None else [_broken(rule, lang) for rule in conditions(rules) if broken(rule, name)],
    )


def _broken(rule: Condition, lang: Language) -> BrokenRule:
    words = load("name_rule_words")
    asked = rule.asked.replace("|", " | ")
    more = words["of"][lang].format(rule.has.replace("|", " | ")) if rule.has else ""
    return BrokenRule(rule.id, words[rule.kind][lang].format(asked) + more, words[rule.kind][f"remedy_{lang}"])


def _element(element: Element) -> ReadElement:
    return ReadElement(element.text, element.start, element.kind, element.value, element.confidence)
