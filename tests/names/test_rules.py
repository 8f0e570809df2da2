"""House rules: what each asks, what a file of them may hold, and that a policy says the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filiation.names import parse
from filiation.names.rules import NameRulesError, broken, conditions, load_rules
from filiation.policy.expression import checked
from filiation.policy.facts import Facts, settled
from filiation.policy.load import load
from filiation.policy.naming import expression_of

HOUSE = Path(__file__).parents[2] / "examples" / "names" / "house.toml"
RULES = list(conditions(load_rules(HOUSE)))
WORDS = ["llama", "3", "8b", "ner", "ja", "gguf", "final", "base", "e3", "Bert", "x"]
NAMES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=7).flatmap(
    lambda words: st.sampled_from("-_.").map(lambda separator: separator.join(words))
)


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("llama-3-8b-ja-instruct", []),
        ("my_final_model", ["require.architecture", "require.size|parameters", "separators", "word.final"]),
        ("bert-base-cased-e3", ["forbid.training"]),
        ("qwen2.5-7b", []),
    ],
)
def test_the_example(name, ids):
    assert [rule.id for rule in RULES if broken(rule, parse(name))] == ids


@given(NAMES)
@settings(max_examples=30, deadline=None)
def test_a_policy_says_the_same(name):
    facts = settled(Facts(ref=f"model:o/{name}", kind="model", owner="o", name=name))
    assert [checked(expression_of(rule)).ask(facts) for rule in RULES] == [broken(rule, parse(name)) for rule in RULES]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "asks for nothing"),
        ("require = 3", "expected"),
        ("require = ['colour']", "no element"),
        ("order = ['size', 'colour']", "no element"),
        ("speed = 1", "key speed: there is no such key"),
        ("a = [", "not TOML"),
    ],
)
def test_what_is_no_rules(tmp_path, text, word):
    path = tmp_path / "rules.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(NameRulesError, match=word):
        load_rules(path)


def test_a_policy_takes_the_file_beside_it(tmp_path):
    (tmp_path / "names.toml").write_text("require = ['parameters']", encoding="utf-8")
    (tmp_path / "policy.toml").write_text("[names]\nrules = 'names.toml'\nverdict = 'block'", encoding="utf-8")
    [rule] = load(tmp_path / "policy.toml").rules
    assert (rule.id, rule.verdict) == ("names.require.parameters", "block")
    assert rule.message.ja
