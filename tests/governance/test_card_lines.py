"""Lines of a card that speak of something: where words begin, and not where nobody said anything."""

from __future__ import annotations

import pytest

from filiation.governance.card_lines import MAX_LINE_CHARS, lines_with, prose


def found(card: str, *phrases: str) -> list[str]:
    text = prose(card)
    assert len(text) == len(card)
    return [text[start:stop].strip() for start, stop in lines_with(text, phrases, 3)]


def test_words_are_found_where_they_begin_and_a_line_once():
    assert found("the endpoint is unbiased\nIt has a BIAS, and biases.\n", "dpo", "bias") == ["It has a BIAS, and biases."]
    assert found("出力に偏りがあります", "偏り") == ["出力に偏りがあります"]


def test_a_long_line_is_cut_at_words():
    (line,) = found("xx " * 300 + "bias " + "yy " * 300, "bias")
    assert line.startswith("xx ")
    assert " bias yy " in line
    assert len(line) <= MAX_LINE_CHARS
    assert found("a" * 100_000, "bias") == []


@pytest.mark.parametrize(
    "card",
    [
        "## Bias, Risks",
        "<!-- the bias goes here -->",
        "```\nbias = True\n```",
        "---\ntags: [bias]\n---\n",
        "- **Bias:** [More Information Needed]",
        "Users (both direct and downstream) should be made aware of the risks, biases and limitations of the model.",
        "[Visualize in Weights & Biases](https://example.org)",
    ],
)
def test_headings_markup_templates_and_names_of_tools_say_nothing(card):
    assert found(card, "bias") == []
