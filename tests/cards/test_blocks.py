"""Blocks of a model card: every kind of Markdown and HTML that real cards use, and what strangers may write."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from filiation.cards.blocks import MAX_CARD, Block, plain, read, sentences

PIECES = st.sampled_from(
    [
        "---\n", "# Title\n", "Title\n===\n", "**Bold**\n", "- item\n", "  more\n", "1. one\n", "| a | b |\n", "|--|--|\n",
        "a | b\n", "--|--\n", "```python\n", "```\n", "~~~\n", "    indented\n", "> quote\n", "<!-- ", " -->", "<p>", "</p>\n",
        "<h2>", "<script>", "</script>", "\n", "\r\n", "\r", "\x0b", "\u2028", "\t", "text. More text", "Base model: x/y\n",
        "[link](https://example.org)", "。", "\x00", "\ufeff", "`code`", "*", "_", "|", "<", ">", "!",
    ]
)  # fmt: skip
CARDS = st.one_of(st.text(), st.lists(PIECES, max_size=60).map("".join))


def kinds(card: str) -> list[tuple[str, str]]:
    return [(block.kind, block.text.strip()) for block in read(card).blocks]


@given(CARDS)
@example("# T <b>x</b>\n<div>text</div>\n")
@example("---\n---\n")
def test_blocks_are_in_order_and_disjoint_and_slice_the_card(card: str) -> None:
    found = read(card)
    assert len(found.text) == len(found.source) == min(len(card), MAX_CARD)
    assert all(a in (b, " ") for a, b in zip(found.text, card, strict=False))
    place = 0
    for block in found.blocks:
        assert place <= block.start < block.stop <= len(card)
        place = block.stop
        text = card if block.kind in ("code", "quote") else found.text
        assert block.text == text[block.start : block.stop]
        assert len(block.heading) <= 7


@given(CARDS)
def test_sentences_slice_their_block_in_order(card: str) -> None:
    for block in read(card).blocks:
        place = block.start
        for sentence in sentences(block):
            assert place <= sentence.start < sentence.stop <= block.stop
            assert (
                sentence.text == sentence.text.strip() == block.text[sentence.start - block.start : sentence.stop - block.start]
            )
            place = sentence.stop


@given(CARDS)
def test_what_is_in_no_block_is_markup_or_blank(card: str) -> None:
    found = read(card)
    rest = list(found.text)
    for block in found.blocks:
        rest[block.start : block.stop] = " " * (block.stop - block.start)
    assert not any(character.isalpha() for character in "".join(rest))


def test_headings_of_every_form_nest() -> None:
    card = "# One\n\nTwo\n---\n\ntext\n\n### Three ###\n**Four:**\nbody\n\n<h2>Five</h2>\n\nlast\n"
    blocks = read(card).blocks
    assert [(block.text.strip(), block.level, block.heading) for block in blocks if block.kind == "heading"] == [
        ("One", 1, ()),
        ("Two", 2, ("One",)),
        ("Three", 3, ("One", "Two")),
        ("Four:", 7, ("One", "Two", "Three")),
        ("Five", 2, ("One",)),
    ]
    assert next(block for block in blocks if block.text == "body").heading == ("One", "Two", "Three", "Four")


def test_a_bold_sentence_is_no_heading() -> None:
    assert kinds("**It was made in spring.**\n") == [("paragraph", "**It was made in spring.**")]


@pytest.mark.parametrize(
    "code",
    [
        "```python\n# no heading\n```",
        "~~~\n- no item\n~~~",
        "````\n```\n````",
        "    x = 1\n    y = 2",
        "\tx = 1",
        "```\nno end",
    ],
)
def test_code_is_one_block(code: str) -> None:
    assert kinds(f"before\n\n{code}\n") == [("paragraph", "before"), ("code", code.strip())]


def test_an_indented_line_of_a_list_is_no_code() -> None:
    assert kinds("- item\n\n    of the item\n") == [("item", "item"), ("paragraph", "of the item")]


def test_code_in_line_opens_no_fence() -> None:
    assert kinds("```x``` and y\n\nz\n") == [("paragraph", "```x``` and y"), ("paragraph", "z")]


def test_quotations_hold_the_lines_that_go_on() -> None:
    assert kinds("> one\ntwo\n\nthree\n") == [("quote", "> one\ntwo"), ("paragraph", "three")]


def test_rows_are_numbered_with_and_without_outer_bars() -> None:
    blocks = read("| a | b |\n|---|---|\n| 1 | 2 |\n\nx | y\n--|--\n3 | 4\n").blocks
    assert [(block.kind, block.text, block.level) for block in blocks] == [
        ("row", "| a | b |", 0),
        ("row", "| 1 | 2 |", 1),
        ("row", "x | y", 0),
        ("row", "3 | 4", 1),
    ]


def test_front_matter_comments_scripts_and_rules_are_in_no_block() -> None:
    card = "---\nlicense: mit\n---\n<!-- a\n# b -->\n<script>\n# c\n</script>\n\n***\n\nd <b>e</b>\n"
    assert kinds(card) == [("paragraph", "d    e")]


def test_text_behind_a_tag_is_html() -> None:
    assert kinds('<p align="center">one\ntwo</p>\n') == [("html", "one\ntwo")]


def test_line_ends_of_windows_change_nothing() -> None:
    card = "---\na: b\n---\n# One\n\ntext\n\n```\ncode\n```\n| a |\n|---|\n"
    assert [kind for kind, _ in kinds(card.replace("\n", "\r\n"))] == [kind for kind, _ in kinds(card)]


def test_sentences_end_at_full_stops_breaks_and_names_of_fields() -> None:
    text = "It is e.g. This one, v. 2. Then that! Base: x\nData: y\n日本語です。次です。"
    assert [sentence.text for sentence in sentences(Block("paragraph", text, 0, len(text)))] == [
        "It is e.g. This one, v. 2.", "Then that!", "Base: x", "Data: y\n日本語です。", "次です。",
    ]  # fmt: skip


def test_plain_text_keeps_the_words_of_links() -> None:
    assert plain("**The [model](https://example.org/a_b)** of `x_y`:") == "The model of x_y"


@pytest.mark.parametrize(
    "piece",
    [
        "<", "<a ", "<!--", "```", "``` ", "`" * 9 + "\n", "~~~a", "[a](", "[", "*", "**a", "- ", "-", "|", "| ", "#", "# ",
        "=\n", "> ", ". ", "! ", "\r", " ", " \n", "\t", "a\r", "---\n", "_", "1. ", "<h1 ", "<script", "。", "a:", "- - ",
        "-|", ":-",
    ],
)  # fmt: skip
def test_one_thing_repeated_to_the_greatest_length_is_read(piece: str) -> None:
    card = (piece * MAX_CARD)[: MAX_CARD + 9]
    found = read(card)
    assert len(found.text) == MAX_CARD
    for block in found.blocks:
        assert all(sentence.stop <= MAX_CARD for sentence in sentences(block))
        assert plain(block.text) == plain(block.text).strip()


def test_a_long_s_opens_no_script():
    assert read("Hi <\u017fcript> there").text == "Hi <\u017fcript> there"
