"""One file that is being looked at, with all that is nested in it, and what was seen so far."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import msgspec

from filiation.core.tensor import Bytes
from filiation.knowledge import load
from filiation.scan.answer import LEVELS, Level, Reason
from filiation.scan.limits import Budget, Limits

MAX_EVIDENCE_CHARS = 160
MAX_PLACE_CHARS = 240
MAX_GLOBALS = 10_000
MAX_OF_A_RULE = 500
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


class Part(msgspec.Struct, frozen=True):
    """A file, or one that is nested in it.

    Attributes:
        file: Its bytes.
        name: What it is called where it lies, with its folders.
        place: Where it is within the file that is looked at; empty for that file itself.
        depth: How many archives it lies in.
        limb: Whether what is around it keeps raw values under such names, so that its first bytes tell little.
    """

    file: Bytes
    name: str
    place: str = ""
    depth: int = 0
    limb: bool = False

    def at(self, where: object) -> str:
        """Return the place of something within this part."""
        return f"{self.place}{'@' if isinstance(where, int) else '#'}{where}"

    def within(self, file: Bytes, name: str) -> Part:
        """Return a part that lies in this one."""
        return Part(file, name, f"{self.place}!{name}" if self.place else f"!{name}", self.depth + 1)


class Look:
    """Gathers what is seen of one file.

    Args:
        limits: Of this file.
        opener: Looks into a part, whatever it is.
        loaded: Names of the Python files of the repository that a configuration has loaded.
        siblings: Names of all files of the repository; None where it is one file alone.
    """

    def __init__(
        self,
        limits: Limits,
        opener: Callable[[Part, Look], None],
        loaded: frozenset[str] = frozenset(),
        siblings: frozenset[str] | None = None,
    ) -> None:
        self.budget = Budget(limits)
        self.limits = limits
        self.loaded = loaded
        self.siblings = siblings
        self.globals: set[tuple[str, str]] = set()
        self._opener = opener
        self._seen: dict[tuple[str, str], Reason] = {}
        self._counts: Counter[str] = Counter()

    def into(self, part: Part) -> None:
        """Look into `part`, unless it lies too deep."""
        if part.depth > self.limits.depth:
            self.say("nested-too-deep", part.place, "", str(self.limits.depth))
            return
        self._opener(part, self)

    def say(self, rule: str, place: str, evidence: str = "", *details: str, level: Level | None = None) -> None:
        """Note something that was seen; the same of the same rule once."""
        shown = tuple(shortened(detail) for detail in details)
        key = (rule, shortened(evidence) or shown[0] if shown or evidence else place)
        if key in self._seen and (level is None or LEVELS.index(self._seen[key].level) <= LEVELS.index(level)):
            return
        if self._counts[rule] > MAX_OF_A_RULE:
            return
        self._counts[rule] += 1
        told = rules()[rule]
        made = level or Level(told["level"])
        message = told["en"].format(*shown)
        self._seen[key] = Reason(rule, made, shortened(place, MAX_PLACE_CHARS), shortened(evidence), message, shown)

    def note_global(self, module: str, name: str) -> None:
        """Keep the name of something that a pickle would import."""
        if len(self.globals) < MAX_GLOBALS:
            self.globals.add((module, name))

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What was seen, the worst first, as many as are kept."""
        ordered = sorted(self._seen.values(), key=lambda item: LEVELS.index(item.level))
        return tuple(ordered[: self.limits.reasons])


def rules() -> dict[str, dict[str, str]]:
    """Return what each rule says, by its id."""
    return load("scan_rules")


def said(reason: Reason, lang: str) -> Reason:
    """Return the same reason with its message in `lang`."""
    return msgspec.structs.replace(reason, message=rules()[reason.rule][lang].format(*reason.details))


def shortened(text: str, limit: int = MAX_EVIDENCE_CHARS) -> str:
    """Return a text on one line, without what steers a terminal, of at most `limit` characters."""
    plain = _UNPRINTABLE.sub(" ", text[: 4 * limit]).strip()
    return plain if len(plain) <= limit else f"{plain[: limit - 1]}\N{HORIZONTAL ELLIPSIS}"
