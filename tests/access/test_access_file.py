"""The file of access: what it says, and what it is refused for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiation.access.openid import OpenId, person_of
from filiation.access.rules import Access, Private, load
from filiation.core.errors import FiliationError
from filiation.core.portfolio import Portfolio
from filiation.ledger.person import Person, Role

GROUPS = ("a", "b", "c")


def access(*rules: Private, **more) -> Access:
    return Access(dict.fromkeys(GROUPS, ()), rules, **more)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[groups", "is not TOML"),
        ("[groups]\na = 3", "expected 'array', got 'int'"),
        ("[[privat]]", "there is no such key"),
        ('[[private]]\nrefs = ["o/*"]\ngroups = ["lab"]', "speaks of a group 'lab' that it does not list"),
        ("[[private]]\ngroups = []", "names nothing"),
        ('[[private]]\nrefs = ["*"]', "which is no pattern"),
        ('[[private]]\nrefs = ["*a*b*"]', "which is no pattern"),
        ('[[portfolio]]\nname = "x"\n[[portfolio]]\nname = "x"', "two portfolios called 'x'"),
        ('[openid]\nissuer = "https://id.example"\nclient = "me"\nalgorithms = ["HS256"]', "Invalid enum value"),
    ],
)
def test_a_file_that_is_none_is_told_why(tmp_path, text, says):
    (tmp_path / "access.toml").write_text(text)
    with pytest.raises(FiliationError) as raised:
        load(tmp_path / "access.toml")
    assert says.lower() in str(raised.value).lower()


def test_members_are_tokens_by_name_and_people_of_the_provider_by_subject():
    rules = Access({"lab": ("ann", "openid:17"), "all": ()})
    assert rules.groups_of(None) == frozenset()
    assert rules.groups_of(Person("ann", Role.READER, "token:1")) == {"lab"}
    assert rules.groups_of(Person("ann", Role.READER, "openid:99", ("all", "strange"))) == {"all"}  # a name that they chose
    assert rules.groups_of(Person("x", Role.READER, "openid:17")) == {"lab"}
    assert rules.groups_of(Person("openid:17", Role.READER, "token:2", ("lab",))) == frozenset()  # a token's name is no subject


sets = st.frozensets(st.sampled_from(GROUPS))
rules = st.builds(Private, st.tuples(st.sampled_from(GROUPS)) | st.just(()), st.tuples(st.sampled_from(("o/*", "p/x"))))


@given(st.lists(rules, max_size=4), sets, sets)
def test_whoever_is_in_more_groups_sees_no_less(rules, mine, more):
    known = access(*rules, portfolio=tuple(Portfolio(group, groups=(group,)) for group in GROUPS))
    fewer, all_ = known.sight(mine), known.sight(mine | more)
    assert set(all_.hidden) <= set(fewer.hidden)
    assert set(all_.portfolios) >= set(fewer.portfolios)
    assert (all_.digest == "") == (not all_.hidden)


def test_a_view_is_named_by_what_it_hides_not_by_who_sees_it():
    one = access(Private(("a",), ("o/*", "p/*")), Private(("b",), ("q/*",)))
    other = access(Private(("c",), ("q/*",)), Private((), ("p/*", "o/*")))
    assert one.sight(()).digest == other.sight(()).digest
    assert one.sight(("a",)).digest != one.sight(()).digest
    assert [sight.digest for _, sight in one.sights()] == [one.sight(g).digest for g in ((), ("a",), ("b",))]


def test_claims_say_who_somebody_is():
    config = OpenId(
        "https://id.example", "me", groups_claim="realm_access.roles",
        roles={Role.REVIEWER: ("look", "act"), Role.ADMINISTRATOR: ("rule",)},
    )  # fmt: skip
    claims = {"sub": "17", "preferred_username": " ann ", "realm_access": {"roles": ["act", "rule", 3]}}
    assert person_of(config, claims) == Person("ann", Role.ADMINISTRATOR, "openid:17", ("act", "rule"))
    assert person_of(config, {"sub": "17", "realm_access": "x"}) == Person("17", Role.READER, "openid:17")
    for nobody in ({}, {"sub": 17}, {"sub": ""}, {"sub": "x" * 201}):
        with pytest.raises(FiliationError, match="names no subject"):
            person_of(config, nobody)
