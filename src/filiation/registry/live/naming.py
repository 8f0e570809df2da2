"""Names of other registries as a repository may be called."""

from __future__ import annotations

import re

from filiation.core.ref import MAX_NAME_CHARS, is_name

_UNFIT = re.compile(r"[^A-Za-z0-9_./-]+|\.{2,}")


class Names:
    """Gives each name once; a second one that would be the same has none."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def of(self, text: str) -> str | None:
        """Return `text` as a name, at most one slash in it; None where nothing is left, or another text gave the same."""
        owner, slash, rest = _UNFIT.sub("-", text)[: MAX_NAME_CHARS // 2].partition("/")
        name = f"{owner.strip('-.')}{slash}{rest.replace('/', '-').strip('-.')}".strip("/")
        if not is_name(name) or name in self._given:
            return None
        self._given.add(name)
        return name
