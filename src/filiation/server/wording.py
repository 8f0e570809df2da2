"""What a page needs to say answers in another language than theirs: sentences of terms and checks, by id."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from filiation.assess.formula import AttributeRule, formula
from filiation.core.check import Topic, Vocabulary, Wording
from filiation.licenses.terms import terms
from filiation.licenses.vocabulary import Title, vocabularies
from filiation.server.answers import Nothing
from filiation.server.standing import Standing


class TermWords(msgspec.Struct, frozen=True):
    """A term of licences: right, obligation or restriction, in a sentence of each language."""

    kind: str
    en: str
    ja: str


class CheckWords(msgspec.Struct, frozen=True):
    """A check in each language; messages have a place ``{0}``, ``{1}``, ... for each of a finding's details.

    A detail that `vocabulary` has, by its place, is one or several ids of that vocabulary.
    """

    topic: Topic
    en: Wording
    ja: Wording
    vocabulary: Mapping[int, Vocabulary]


class FactorWords(msgspec.Struct, frozen=True):
    """A factor of an attribute, and its parts by id."""

    en: str
    ja: str
    parts: dict[str, Title]


class AttributeWords(msgspec.Struct, frozen=True):
    """An attribute, what it is about, and its factors by id."""

    en: str
    ja: str
    about: Title
    factors: dict[str, FactorWords]


class Words(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/wording/v1"):
    """Terms of licences, checks, attributes and what stands in findings, by id."""

    terms: dict[str, TermWords]
    checks: dict[str, CheckWords]
    attributes: dict[str, AttributeWords]
    vocabularies: dict[Vocabulary, dict[str, Title]]


def tell_words(_: Standing, __: Nothing) -> Words:
    """Return every term, check and attribute in words."""
    from filiation.checks import checks  # noqa: PLC0415  # reads a module for each check

    return Words(
        {name: TermWords(term.kind, term.en, term.ja) for name, term in terms().items()},
        {check.name: CheckWords(check.topic, check.en, check.ja, check.vocabulary) for check in checks()},
        {rule.id: _attribute(rule) for rule in formula().attribute},
        vocabularies(),
    )


def _attribute(rule: AttributeRule) -> AttributeWords:
    factors = {
        factor.id: FactorWords(factor.en, factor.ja, {part.id: Title(part.en, part.ja) for part in factor.part})
        for factor in rule.factor
    }
    return AttributeWords(rule.en, rule.ja, Title(rule.about_en, rule.about_ja), factors)
