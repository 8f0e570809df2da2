"""Sentences without one of the words that are looked for first state nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filiation.cards.stems import Stems
from filiation.knowledge import load
from filiation.licenses.prose import statements

RULES = load("license_prose")
WORDS = Stems({"any": RULES["words"]})
PATTERNS = [RULES["trigger"], *(row["pattern"] for row in RULES["statement"])]


@pytest.mark.parametrize("pattern", PATTERNS, ids=range(len(PATTERNS)))
def test_what_a_rule_fits_has_one_of_the_words(pattern):
    @settings(max_examples=60, deadline=None, database=None)
    @given(st.from_regex(re.compile(pattern, re.IGNORECASE), alphabet=st.characters(max_codepoint=127)))
    def holds(text):
        assert WORDS.places_in(text.lower()), text

    holds()


def test_a_section_on_the_license_is_read_without_the_words():
    assert [found.license for found in statements("# License\n\nMIT\n\n# More\n\nMIT\n")] == ["mit"]


def test_places_stay_where_a_small_letter_is_two():
    card = "İİİİ. This model is released under the MIT license."
    (found,) = statements(card)
    assert card[found.start : found.end] == "MIT"
