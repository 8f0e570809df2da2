"""Which facts an expression refers to, and what it answers where some are unknown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiation.policy.expression import checked, expression
from filiation.policy.facts import Facts, FindingFacts, ParentFacts, ScoreFacts, settled
from filiation.policy.language import MAX_CHARS, ExpressionError, places, read, shapes

FINDINGS = (FindingFacts("a", "license", "high", 0.9), FindingFacts("b", "files", "low", 0.4))


def asked(text, facts):
    return checked(text).ask(settled(facts))


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("scores.documentation < 0.5", ["scores.documentation"]),
        ("findings.exists(f, f.severity == 'high' && f.confidence > 0.5)", ["findings[].severity", "findings[].confidence"]),
        ("size(findings) > 2 && is_pinned", ["findings", "is_pinned"]),
        ("has(facts.revision) && facts.license.state == 'other'", ["revision", "license.state"]),
        ("'scores.upkeep' == name // scores.popularity", ["name"]),
        ("license.kinds.exists(k, k == owner)", ["license.kinds", "owner"]),
        ("findings.exists(f, f.check == 'x') && findings == findings", ["findings[].check", "findings"]),
        ("findings.filter(f, f.check == 'x').exists(g, g.severity == 'low')", ["findings[].check"]),
        ("true", []),
    ],
)
def test_what_an_expression_refers_to(text, paths):
    assert [str(path) for path in read(text).paths] == paths


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("scores.foo < 0.5", "names a fact that there is not: scores.foo"),
        ("nope", "names a fact that there is not: nope"),
        ("findings.exists(f, f.nope == 'x')", "findings[].nope"),
        ("findings.exists(kind, true)", "uses the name of the fact kind for something else"),
        ("scores.documentation", "answers 1.0"),
        ("scores.documentation * 2 < 1.0", "fails on facts that are all known"),
        ("scores.documentation <", "is not CEL"),
        ("name.nope()", "fails on facts that are all known"),
        ("true" + " " * MAX_CHARS, "longer than"),
        ("findings.exists(a, " * 5 + "true" + ")" * 5, "more than 4 lists"),
        ("(" * 500 + "true" + ")" * 500, "is not CEL"),
    ],
)
def test_an_expression_that_cannot_be_used_says_why(text, why):
    with pytest.raises(ExpressionError, match=why.replace("[", r"\[").replace("(", r"\(")):
        checked(text)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("scores.documentation < 0.5", None),
        ("scores.documentation < 0.5 || kind == 'model'", True),
        ("kind == 'model' || scores.documentation < 0.5", True),
        ("scores.documentation < 0.5 && kind == 'dataset'", False),
        ("kind == 'model' && !(revision in ['main'])", None),
        ("has(facts.revision)", False),
        ("has(scores.documentation) && scores.documentation < 0.5", False),
        ("size(findings) == 0", None),
        ("findings.exists(f, f.severity == 'high')", None),
        ("findings.all(f, f.severity == 'high')", None),
        ("formats.exists(f, f == 'pickle')", None),
    ],
)
def test_what_is_unknown_is_neither_true_nor_false(text, answer):
    assert asked(text, Facts(kind="model")) is answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("findings.exists(f, f.severity == 'high' && f.confidence >= 0.8)", True),
        ("findings.exists(f, f.severity == 'low' && f.confidence >= 0.8)", False),
        ("findings.exists(f, f.severity == 'low') && findings.exists(f, f.topic == 'license')", True),
        ("findings.all(f, f.confidence > 0.3)", True),
        ("size(findings) == 2 && worst == 'high'", True),
    ],
)
def test_lists_are_gone_through(text, answer):
    assert asked(text, Facts(findings=FINDINGS)) is answer


def test_one_unknown_item_does_not_hide_another_that_settles_it():
    parents = (ParentFacts("model:o/x"), ParentFacts("model:o/y", state="missing"))
    assert asked("parents.exists(p, p.state == 'missing')", Facts(parents=parents)) is True
    assert asked("parents.exists(p, p.state == 'ambiguous')", Facts(parents=parents)) is None


def test_witnesses_are_the_items_that_make_it_hold():
    found = expression("findings.exists(f, f.severity == 'high')").witnesses(Facts(findings=FINDINGS))
    assert found == FINDINGS[:1]


def test_places_of_a_message_are_facts():
    assert [str(path) for path in places("It is {scores.documentation} of {license.state}, {0} {NOPE}.")] == [
        "scores.documentation",
        "license.state",
    ]
    with pytest.raises(ExpressionError):
        places("{scores.nope}")


def test_every_fact_can_be_asked_about():
    for path, (shape, struct) in shapes().items():
        name = ".".join(path)
        assert read(f"{name} == {name}").paths
        if shape == "items":
            for field in struct.__struct_fields__:
                assert read(f"{name}.exists(x, x.{field} == x.{field})").paths


@given(st.floats(0, 1), st.text(max_size=30))
def test_hostile_facts_are_only_data(score, text):
    facts = Facts(name=text, scores=ScoreFacts(documentation=score))
    assert asked("name == name && scores.documentation <= 1.0", facts) is True
    assert asked(
        f"{text!r}.size() >= 0 && name.size() >= 0" if text.isascii() and text.isprintable() else "name == name", facts
    )


def test_a_pattern_that_blows_up_elsewhere_does_not_here():
    assert asked("name.matches('^(a+)+$')", Facts(name="a" * 5_000 + "b")) is False
