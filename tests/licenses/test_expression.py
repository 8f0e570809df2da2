from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiation.licenses.catalog import bits, catalog, license_of
from filiation.licenses.declared import State, declared, named
from filiation.licenses.expression import (
    MAX_EXPRESSION,
    And,
    Id,
    Listed,
    Or,
    UnreadableExpressionError,
    With,
    ids,
    parse,
    render,
)
from filiation.licenses.reach import reach
from filiation.licenses.terms import bits_of, kind_mask

KEYS = sorted(key for key, item in catalog().licenses.items() if item.hub)
SINGLE = st.sampled_from([*KEYS, "acme-1.0", "zz", "my.own_thing"]).map(Id) | st.builds(
    With, st.sampled_from(["gpl-2.0", "apache-2.0"]).map(Id), st.sampled_from(["Classpath-exception-2.0", "LLVM-exception"])
)


def joined(children):
    parts = st.lists(children, min_size=2, max_size=4, unique=True)
    return st.builds(lambda kind, several: render(kind(tuple(several))), st.sampled_from([And, Or]), parts)


TEXTS = st.recursive(SINGLE.map(render), lambda inner: joined(inner.map(parse)), max_leaves=12)


@given(TEXTS)
def test_parse_and_render_are_inverse(text):
    expression = parse(text)
    assert parse(render(expression)) == expression


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_several_are_read_as_several(several):
    expression = parse(", ".join(several))
    assert parse(render(expression)) == expression
    assert {one.key for one in ids(expression)} == {one.key for text in several for one in ids(parse(text))}


@given(st.text(max_size=300))
def test_any_text_is_an_expression_or_unreadable(text):
    try:
        expression = parse(text)
    except UnreadableExpressionError:
        return
    assert parse(render(expression)) == expression


@given(TEXTS)
def test_what_is_certain_is_possible(text):
    found = reach(parse(text))
    assert found.certain & ~found.possible == 0


@given(TEXTS, st.sampled_from(KEYS))
def test_a_further_licence_takes_no_duty_away(text, key):
    rights = kind_mask("right")
    before, after = reach(parse(text)), reach(parse(f"({text}) AND {key}"))
    assert before.possible & ~rights & ~after.possible == 0
    assert before.certain & ~rights & ~after.certain == 0
    assert after.certain & rights & ~before.certain == 0


@given(TEXTS, st.sampled_from(KEYS))
def test_a_choice_is_never_silently_taken(text, key):
    one, either = reach(parse(text)), reach(parse(f"({text}) OR {key}"))
    assert either.certain & ~one.certain == 0
    assert one.possible & ~either.possible == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MIT", Id("mit")),
        ("mit or Apache-2.0", Or((Id("mit"), Id("apache-2.0")))),
        ("Apache License, Version 2.0 OR MIT", Or((Id("apache-2.0"), Id("mit")))),
        ("llama3.3,gemma", Listed((Id("llama3.3"), Id("gemma")))),
        ("GPL-2.0-or-later", Id("gpl-2.0", later=True)),
        ("mit AND (bsd OR isc)", And((Id("mit"), Or((Id("bsd"), Id("isc")))))),
        ("mit OR (bsd OR mit)", Or((Id("mit"), Id("bsd")))),
        ("GPL-2.0-only WITH Classpath-exception-2.0", With(Id("gpl-2.0"), "Classpath-exception-2.0")),
        ("iquestcoder", Id("iquestcoder")),
    ],
)
def test_parse(text, expected):
    assert parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ",",
        "and",
        "mit and",
        "(mit OR bsd",
        "mit OR",
        "x" * 1_000_000,
        "(" * 30 + "mit" + ")" * 30,
        "mit OR \u202ebsd",
        "with",
    ],
)
def test_what_is_no_expression(text):
    with pytest.raises(UnreadableExpressionError):
        parse(text)


def test_long_but_not_too_long():
    assert parse("x" * MAX_EXPRESSION) == Id("x" * MAX_EXPRESSION)


def test_or_later_is_a_choice_of_versions():
    found = reach(parse("GPL-2.0-or-later"))
    patents = bits_of(["patent-grant"])
    assert found.possible & patents
    assert not found.certain & patents


def test_an_exception_leaves_nothing_but_rights_certain():
    found = reach(parse("GPL-2.0-only WITH Classpath-exception-2.0"))
    assert found.certain & ~kind_mask("right") == 0
    assert found.possible & bits_of(["share-alike"])


def test_an_unknown_licence_promises_nothing():
    found = reach(parse("acme-1.0"))
    assert found.certain == 0
    assert found.possible == bits_of(["terms-unknown"])


def test_both_together_ask_for_both():
    both = reach(parse("mit AND cc-by-nc-4.0"))
    assert both.certain & bits_of(["non-commercial"])
    assert not both.certain & bits_of(["may-sell"])
    assert bits(license_of("mit")) & bits_of(["may-sell"])


@pytest.mark.parametrize(
    ("values", "name", "link", "state", "expression"),
    [
        ([], None, None, State.UNDECLARED, None),
        ([None, "", "none", " NULL "], None, None, State.UNDECLARED, None),
        (["unknown"], None, None, State.UNKNOWN, None),
        (["other"], None, None, State.OTHER, None),
        (["other"], "yi-license", "LICENSE", State.OTHER, Id("yi")),
        (["other"], None, "https://www.llama.com/llama3_1/license/", State.OTHER, Id("llama3.1")),
        (["other"], "my own", "https://example.org", State.OTHER, None),
        (["other"], "gemma", "https://ai.meta.com/llama/license/", State.OTHER, None),
        (["other"], "llama3-taide-models-community-license-agreement", None, State.OTHER, None),
        (["apache-2.0"], None, None, State.EXPRESSION, Id("apache-2.0")),
        (["mit", "mit"], None, None, State.EXPRESSION, Id("mit")),
        (["mit", "apache-2.0"], None, None, State.EXPRESSION, Listed((Id("mit"), Id("apache-2.0")))),
        (["mit", "other"], None, None, State.EXPRESSION, Listed((Id("mit"), Id("other")))),
        (["((((("], None, None, State.UNREADABLE, None),
    ],
)
def test_declared(values, name, link, state, expression):
    found = declared(values, name, link)
    assert (found.state, found.expression) == (state, expression)


def test_name_and_link_that_agree():
    assert (
        named("Tongyi Qianwen", "https://github.com/QwenLM/Qwen/blob/main/Tongyi%20Qianwen%20LICENSE%20AGREEMENT")
        == "tongyi-qianwen"
    )
    assert named(None, None) is None
    assert named("x" * 1_000_000, "y" * 1_000_000) is None
