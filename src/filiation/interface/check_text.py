"""Texts of one's own against what a model reads: is there one, does it fit, are its characters known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from filiation.interface.fit import Notes
from filiation.interface.shape import Port
from filiation.interface.token_bounds import bounds, unknown_characters
from filiation.interface.tokenizer import Tokenizer

Counting = Callable[[list[str]], list[int]]
"""Returns the exact number of tokens of each text, special ones included."""
_ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})


class TextCheck:
    """Looks at one text after another.

    Args:
        port: The input that they are for.
        found: The model's tokenizer, None where it has none that we can read.
        notes: Takes what is wrong.
        counting: Counts exactly; None for bounds alone.
    """

    def __init__(self, port: Port, found: Tokenizer | None, notes: Notes, counting: Counting | None = None) -> None:
        self._port, self._found, self._notes, self._counting = port, found, notes, counting
        limit = port.fact("max_tokens")
        self._most = port.number("max_tokens")
        others = [said.value for said in limit.also if isinstance(said.value, int)] if limit else []
        self._least = min([other for other in others if other < (self._most or 0)], default=None)
        self._unsure: list[tuple[int, str]] = []
        self._characters: Counter[str] = Counter()
        self._capitals = 0
        self.tokens: Counter[str] = Counter()

    def look(self, row: int, value: object) -> str | None:
        """Note what is wrong with `value`, and return it as text; None where it is none."""
        text = self._as_text(row, value)
        if text is None:
            return None
        if not text.strip():
            self._notes.add("text-empty", row)
            return None
        if any("\ud800" <= sign <= "\udfff" for sign in text) if not text.isascii() else False:
            self._notes.add("text-not-utf8", row, text)
        self._capitals += text != text.lower()
        if self._found is not None:
            self._unknown(row, text)
            self._measure(row, text)
        return text

    def finish(self) -> None:
        """Say what only all of them together show."""
        if self._unsure and self._counting is not None:
            for (row, text), count in zip(self._unsure, self._counting([text for _, text in self._unsure]), strict=True):
                self.tokens["counted"] += 1
                self._length(row, text, count)
        elif self._unsure:
            self.tokens["unsure"] += len(self._unsure)
            rows = self._unsure
            for row, text in rows:
                self._notes.add("text-maybe-long", row, text, limit=self._most)
        if self._characters:
            shown = " ".join(sign for sign, _ in self._characters.most_common(20))
            self._notes.add("text-unknown-characters", 0, None, 0, characters=shown)
        if self._capitals and self._found and self._found.lowers:
            self._notes.add("text-case-lost", 0, None, self._capitals)

    def _as_text(self, row: int, value: object) -> str | None:
        if value is None:
            self._notes.add("text-missing", row)
        elif isinstance(value, str):
            return value
        elif isinstance(value, list) and self._port.fact("chat_template") is not None:
            return self._conversation(row, value)
        else:
            self._notes.add("text-not-text", row, value, kind=type(value).__name__)
        return None

    def _conversation(self, row: int, turns: list[object]) -> str | None:
        """Return what is said in a conversation, as templates take it: a list of turns, each with a role and a content."""
        said = []
        for turn in turns:
            if not isinstance(turn, dict) or not isinstance(turn.get("content"), str) or turn.get("role") not in _ROLES:
                self._notes.add("text-not-a-conversation", row, turn)
                return None
            said.append(turn["content"])
        return "\n".join(said)

    def _unknown(self, row: int, text: str) -> None:
        missing = unknown_characters(text, self._found) if self._found else set()
        if missing:
            self._characters.update(missing)
            self._notes.add("text-unknown-characters", row, text)

    def _measure(self, row: int, text: str) -> None:
        if self._most is None or self._found is None:
            return
        least, most = bounds(text, self._found)
        if least <= self._most < most:
            self._unsure.append((row, text))
        else:
            self._length(row, text, least)

    def _length(self, row: int, text: str, least: int) -> None:
        if self._most is not None and least > self._most:
            self.tokens["too long"] += 1
            self._notes.add("text-cut", row, text, limit=self._most)
        else:
            self.tokens["fit"] += 1
            if self._least is not None and least > self._least:
                self._notes.add("text-cut-elsewhere", row, text, limit=self._least, other=self._most)
