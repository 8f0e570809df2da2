"""Answers about texts are kept, and only so many of only so long ones."""

from __future__ import annotations

from filiation.cards.remembered import MAX_ANSWERS, MAX_CHARS, remembered, remembered_with


def test_a_short_text_is_asked_about_once_and_a_long_one_each_time():
    asked = []

    def length(text: str, more: int = 0) -> int:
        asked.append(text)
        return len(text) + more

    for function, rest in ((remembered(length), ()), (remembered_with(length), (1,))):
        asked.clear()
        for text in ("a", "a", "b" * (MAX_CHARS + 1), "b" * (MAX_CHARS + 1)):
            assert function(text, *rest) == len(text) + sum(rest)
        assert list(map(len, asked)) == [1, MAX_CHARS + 1, MAX_CHARS + 1]


def test_no_more_answers_are_kept_than_said():
    asked = []
    function = remembered(asked.append)
    for number in [*range(MAX_ANSWERS + 1), 0]:
        function(str(number))
    assert asked[-1] == "0"
