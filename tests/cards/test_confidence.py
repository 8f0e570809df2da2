"""How often a name in prose is a parent, by what stands around it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiation.cards.blocks import read
from filiation.cards.confidence import EDGE, Evidence, confidence
from filiation.cards.parents import parents, scores
from filiation.knowledge import load

SCORES = st.floats(0, 1)
SEEN = st.builds(
    Evidence,
    score=SCORES,
    rule=st.sampled_from(sorted(scores())),
    kind=st.sampled_from(["link", "id", "bare", "quoted", "family"]),
    says_how=st.booleans(),
    names=st.integers(1, 64),
    rules=st.integers(1, 5),
    is_neighbour=st.booleans(),
)


@given(SEEN)
def test_it_is_an_edge_exactly_where_the_words_are_sure_enough(seen):
    assert 0 <= confidence(seen) <= 1
    assert (confidence(seen) >= EDGE) == (seen.score >= EDGE)


@given(SEEN)
def test_another_name_beside_makes_none_surer(seen):
    assert confidence(seen._replace(names=seen.names + 1)) <= confidence(seen)


def test_each_weight_counts_names_and_rules_that_there_are():
    for row in load("card_prose")["parents"]["confidence"].values():
        assert 0 <= row["right"] <= row["seen"]
        assert set(row.get("rules", [])) <= scores().keys()


@pytest.mark.parametrize(
    ("surer", "less_sure"),
    [
        ("Fine-tuned from o/base-7b.", "Based on o/base-7b."),
        ("Based on o/base-7b.", "Based on BERT-base."),
        ("Based on o/base-7b.", "Based on me/base-7b."),
        ("Based on o/base-7b.", "Based on o/base-7b. Another model is derived from o/other-7b."),
        ("Fine-tuned from o/base-7b.", "We fine-tune o/base-7b."),
    ],
)
def test_what_stands_around_a_name_counts(surer, less_sure):
    first, second = (parents(read(card), "me/mine")[0].confidence for card in (surer, less_sure))
    assert first > second >= EDGE
