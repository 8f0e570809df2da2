"""Whether a ref, or a text, names something that is hidden."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ahocorasick_rs import AhoCorasick

from filiation.access.rules import Private
from filiation.core.errors import FiliationError
from filiation.core.ref import HUB, Ref

_RUN = re.compile(r"[a-z0-9_./-]+")
"""What could be a name, or an address with one in it."""
_ESCAPED = re.compile(r"\\u00([2-7][0-9a-f])")


class Hidden:
    """Names that somebody may not see.

    Args:
        rules: Whose patterns hide.
        names: Further names, ``owner/name``, that are hidden because each record of theirs is.
    """

    def __init__(self, rules: Iterable[Private], names: Iterable[str] = ()) -> None:
        patterns = [pattern.lower().strip() for rule in rules for pattern in rule.refs]
        self._names = frozenset(name.lower() for name in names)
        self._refs = [re.compile(ref_expression(pattern), re.DOTALL) for pattern in patterns]
        words = [*(pattern.rpartition(":")[2] for pattern in patterns), *sorted(self._names)]
        self._words = [word.split("*") for word in words]
        self._parts = AhoCorasick([max(parts, key=len) for parts in self._words]) if words else None

    def has(self, ref: str) -> bool:
        """Return whether a ref, in full or not, is hidden; its revision does not matter."""
        try:
            parsed = Ref.parse(ref)
        except FiliationError:
            return self.in_text(ref)
        full = f"{parsed.registry}:{parsed.kind}:{parsed.name}".lower()
        return parsed.name.lower() in self._names or any(pattern.fullmatch(full) for pattern in self._refs)

    def in_text(self, text: str) -> bool:
        """Return whether a text names something hidden, as a name or as the beginning of one.

        ``acme/secret`` is in ``made from acme/secret-gguf`` and in an address, not in ``acme/secretary``.
        """
        if self._parts is None:
            return False
        lowered = _plain(text.lower())
        hit = {which for which, _, _ in self._parts.find_matches_as_indexes(lowered, overlapping=True)}
        return bool(hit) and any(_is_named(self._words[which], run) for run in _RUN.findall(lowered) for which in hit)


def ref_expression(pattern: str) -> str:
    """Return the regular expression of ``registry:kind:name``, in lower case, for a pattern of refs."""
    *kinds, _ = pattern.split(":")
    prefix = {0: "[^:]*:[^:]*:", 1: f"{HUB}:"}.get(len(kinds), "")
    return prefix + any_run(pattern)


def any_run(pattern: str) -> str:
    """Return the regular expression of a pattern whose stars stand for anything."""
    return ".*".join(map(re.escape, pattern.lower().strip().split("*")))


def _plain(text: str) -> str:
    """Return JSON's text with what it may write otherwise as it is meant."""
    if "\\" not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)).lower(), text.replace("\\/", "/"))


def _is_named(parts: list[str], run: str) -> bool:
    """Return whether a run of characters holds `parts` in their order, the first and the last at the edge of a word.

    An empty part is a star at an end: no edge is asked for there.
    """
    first, last = parts[0], parts[-1]
    if len(parts) == 1:
        return any(_opens(run, at) and _closes(run, at + len(first)) for at in _places(run, first))
    at = next((place for place in _places(run, first) if _opens(run, place)), -1) if first else 0
    for part in parts[:-1]:
        at = run.find(part, at) if at >= 0 else -1
        if at < 0:
            return False
        at += len(part)
    return not last or any(place >= at and _closes(run, place + len(last)) for place in _places(run, last))


def _places(run: str, part: str) -> Iterator[int]:
    at = run.find(part)
    while at >= 0:
        yield at
        at = run.find(part, at + 1)


def _opens(run: str, at: int) -> bool:
    return at == 0 or run[at - 1] in "./-"


def _closes(run: str, at: int) -> bool:
    return at == len(run) or run[at] in "./-"
