"""Which standing answers whom: the whole atlas, or the view of those who may not see everything."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from filiation.access.hidden import Hidden
from filiation.access.rules import Access, Sight
from filiation.access.views import folder_of, read_shown
from filiation.core.errors import AtlasError
from filiation.ledger.person import Person
from filiation.server.policies import Policies
from filiation.server.room import LedgerRoom
from filiation.server.standing import AtlasReader, Portfolios, Standing

_NOT_BUILT = "What is shown to those who may not see everything is not built yet: run 'filiation views'."
MAX_SEEN = 64
"""So many sets of portfolios are kept ready."""


class Views:
    """The atlas as each person may see it; for one thread.

    Args:
        atlas: The whole atlas.
        portfolios: Names with refs, besides those of the file of access; everybody may see that they exist.
        room: The ledger.
        policies: What audits may follow.
        access: Who may see what; None where everybody sees everything.

    Raises:
        AtlasError: If there is no lineage, or the view for those whom nobody knows was not built.
    """

    def __init__(
        self, atlas: Path, portfolios: Portfolios, room: LedgerRoom, policies: Policies, access: Access | None = None
    ) -> None:
        self._atlas, self._room, self._policies, self._access = atlas, room, policies, access
        self._portfolios: Mapping[str, tuple[str, ...]] = {**portfolios, **(access.models() if access else {})}
        self._shared = tuple(portfolios)
        self._readers: dict[str, AtlasReader] = {}
        self._seen: OrderedDict[tuple[str, tuple[str, ...]], tuple[Standing, Standing]] = OrderedDict()
        self.standing(None)

    @property
    def tells_people_apart(self) -> bool:
        """Whether what is answered depends on who asks."""
        return self._access is not None

    def placed(self, person: Person) -> Person:
        """Return a person with the groups that count here."""
        if self._access is None:
            return person
        return msgspec.structs.replace(person, groups=tuple(sorted(self._access.groups_of(person))))

    def standing(self, person: Person | None) -> Standing:
        """Return what answers a person, None for one whom nobody knows.

        Raises:
            AtlasError: If what they may see was not built yet.
        """
        access = self._access
        if access is None:
            return self._reader("").standing()
        sight = access.sight(access.groups_of(person))
        return self._with_portfolios(self._built(sight), (*self._shared, *sight.portfolios))

    def standings(self) -> Iterator[Standing]:
        """Yield what stands of each that somebody asked for."""
        if self._access is None:
            yield self.standing(None)
        for digest, names in list(self._seen):
            yield self._with_portfolios(digest, names)

    def _built(self, sight: Sight) -> str:
        """Return the digest of the view for a sight: where it is not built, of the fullest that hides all of it and more."""
        if not sight.digest or sight.digest in self._readers or read_shown(self._atlas, sight.digest):
            return sight.digest
        assert self._access is not None  # noqa: S101  # there is no sight without it
        others = [other for _, other in self._access.sights() if set(sight.hidden) <= set(other.hidden)]
        for other in sorted(others, key=lambda one: len(one.hidden)):
            if read_shown(self._atlas, other.digest):
                return other.digest
        raise AtlasError(_NOT_BUILT)

    def _reader(self, digest: str) -> AtlasReader:
        if digest not in self._readers:
            room = self._partial_room(digest) if digest else self._room
            mine = self._portfolios if self._access is None else {}
            self._readers[digest] = AtlasReader(folder_of(self._atlas, digest), mine, room, self._policies, digest)
        return self._readers[digest]

    def _partial_room(self, digest: str) -> LedgerRoom:
        sights = [sight for _, sight in self._access.sights()] if self._access else []
        rules = next((sight.hidden for sight in sights if sight.digest == digest), ())
        known: dict[tuple[str, ...], Hidden] = {}

        def hidden() -> Hidden:
            shown = read_shown(self._atlas, digest)
            if shown is None:  # nobody knows then what is hidden
                raise AtlasError(_NOT_BUILT)
            if shown.names not in known:
                known.clear()
                known[shown.names] = Hidden(rules, shown.names)
            return known[shown.names]

        return self._room.partial(hidden)

    def _with_portfolios(self, digest: str, names: tuple[str, ...]) -> Standing:
        """Return what stands of a view with those portfolios alone; what does not depend on them is shared."""
        whole = self._reader(digest).standing()
        known = self._seen.get((digest, names))
        if known is None or known[0] is not whole:
            chosen = {name: self._portfolios[name] for name in dict.fromkeys(names)}
            known = whole, whole.with_portfolios(chosen)
            self._seen[digest, names] = known
            if len(self._seen) > MAX_SEEN:
                self._seen.popitem(last=False)
        return known[1]
