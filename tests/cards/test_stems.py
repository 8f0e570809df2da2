"""Words looked for all at once are found as one by one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from filiation.cards.mentions import may_name, reduce, spelled
from filiation.cards.stems import Stems
from filiation.cards.topics import topics
from filiation.knowledge import load

OTHERS = {"parents", "datasets", "hyperparameters", "hardware", "carbon", "metric", "protocol"}
GROUPS = {"one": ["ab", "b", "モデ"], "two": ["b", "bc "], "three": ["aab"]}


@given(st.text("abcモデ \ud800"))
def test_a_group_is_found_where_one_of_its_words_is(text):
    slowly = {name for name, words in GROUPS.items() if any(word in text for word in words)}
    assert Stems(GROUPS).groups_in(text) == slowly


def test_topics_are_those_of_their_stems():
    table = load("card_prose")
    for text in ("We fine\u2010tuned it on 4 GPUs", "the learning rate", "learning rate 0.1", "WER of none", "", "datasets/x"):
        found = {name for name in ("hardware", "metric", "protocol", "datasets") if _has(table["facts"][name], text.lower())}
        if any(letter.isdigit() for letter in text):
            found |= {name for name in ("hyperparameters", "carbon") if _has(table["facts"][name], text.lower())}
        assert topics(text) & OTHERS == found | ({"parents"} if _has(table["parents"], spelled(text)) else set())


@given(
    st.lists(
        st.sampled_from([*"eps ", "fine", "tun", "-", "\u2011", "\n", "\u3000", "port", "of", "pre", "train", "ed", "adap"])
    )
)
def test_parents_are_told_of_where_our_spelling_of_a_text_has_a_stem(pieces):
    text = "".join(pieces)
    assert ("parents" in topics(text)) == _has(load("card_prose")["parents"], spelled(text))


PIECES = st.text("abe/-_.`@3 <>\n") | st.sampled_from(
    ["bert-base", "gpt2", "[x](https://hf.co/ab/e-3)", "led", "`a/b-3`", "a_e-3"]
)


@given(st.lists(PIECES))
def test_a_text_that_may_name_no_model_names_none(pieces):
    text = "".join(pieces)
    if not (may_name(text) or "names" in topics(text)):
        assert not reduce(text, "").models


def _has(table: dict, text: str) -> bool:
    return any(stem in text for stem in table["stems"])
