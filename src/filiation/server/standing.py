"""An atlas as it stands, and again when a new lineage is published: readers never wait for a writer."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path

import duckdb
import numpy as np

from filiation import __version__, lineage
from filiation.core.errors import AtlasError, FiliationError, SupersededError
from filiation.layout.shore import Shore, shore
from filiation.licenses.build import as_built
from filiation.licenses.node_terms import NodeTerms, node_terms
from filiation.lineage.applications import PREFIX, load_applications
from filiation.lineage.arrays import FOLDER, NULL, SUMMARY, Lineage, current_token
from filiation.lineage.columns import read_columns
from filiation.lineage.ground import Ground
from filiation.lineage.lookup import locate
from filiation.lineage.overview import OverviewTables, Scope
from filiation.lineage.stats import Stats, stats
from filiation.lineage.trends import TrendTables
from filiation.names.standing import names_stand
from filiation.server.bodies import Bodies
from filiation.server.once import Once
from filiation.server.places import drawn, places_of
from filiation.server.policies import Policies
from filiation.server.portraits import Portraits
from filiation.server.room import LedgerRoom
from filiation.server.undeclared import UndeclaredFacts
from filiation.store import search
from filiation.store.atlas import DATABASE, Atlas, explained
from filiation.store.info import Info, info
from filiation.store.stages import last_run

LOOK_SECONDS = 1.0
PATIENCE_SECONDS = 600.0
"""How long the lineage before is served while the search index or the map of a new one are not there yet."""
ROOM = 128 << 20
"""Memory for answers that are kept, in bytes."""
SHARED_ROOM = 4
"""The part of it that each has who sees other portfolios."""
Portfolios = Mapping[str, tuple[str, ...]]


class Standing:
    """What is served under one token. The database is opened when something of it is first asked for, and not kept open.

    Args:
        atlas: The atlas's folder.
        token: Of the lineage.
        portfolios: Names with the refs that belong to them.
        room: The ledger, as those who are answered may see it.
        policies: What audits may follow.
        view: The digest of the view that this is; empty for the whole atlas.
    """

    def __init__(
        self, atlas: Path, token: str, portfolios: Portfolios, room: LedgerRoom, policies: Policies, view: str = ""
    ) -> None:
        self.atlas = atlas
        self.token = token
        self.written = _written(atlas, token)
        self.view = view
        self.room = room
        self.policies = policies
        self.lineage = Lineage.load(atlas, token)
        self.drawn = drawn(atlas, token)
        self.places = places_of(atlas, token, self.lineage.size)
        self.bodies = Bodies(ROOM)
        self._portfolios = portfolios
        self.tag = self._tag()
        self.index = Once(lambda: search.open_index(atlas, token))
        self.names_stand = Once(self._names_stand)
        self.ground = Once(self._read_ground)
        self.licenses = Once(self._read_licenses)
        self.portraits = Once(self._read_portraits)
        self.undeclared = Once(self._read_undeclared)
        self.stats = Once(self._read_stats)
        self.trends = Once(lambda: TrendTables(self.ground()))
        self.applications = Once(lambda: load_applications(atlas, token))
        self.shore = Once(self._find_shore)
        self.overview = Once(lambda: OverviewTables(self.ground(), self._scopes()))

    def _tag(self) -> str:
        """Return what tells all that is answered here from any other, that of another view included."""
        shown = self.view, repr(sorted(self._portfolios.items()))
        told = "\n".join((self.token, str(self.written), str(self.drawn), _code_digest(), *shown))
        return sha256(told.encode()).hexdigest()[:16]

    def with_portfolios(self, portfolios: Portfolios) -> Standing:
        """Return the same with other portfolios; what does not depend on them is found once for both."""
        other = copy.copy(self)
        other._portfolios = portfolios
        other.tag = other._tag()
        other.bodies = Bodies(ROOM // SHARED_ROOM)
        other.overview = Once(lambda: OverviewTables(other.ground(), other._scopes()))
        return other

    @contextmanager
    def database(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the database to read from it.

        Raises:
            AtlasError: If it is being written.
            SupersededError: If it is ahead of this lineage, or another atlas is in its place.
        """
        with self._opened() as atlas:
            run = last_run(atlas.con, "lineage")
            if run is None or run.token != self.token or _written(self.atlas, self.token) != self.written:
                raise SupersededError(f"The atlas {self.atlas} is being built anew: try again in a moment.")
            with explained(self.atlas):
                yield atlas.con

    def _opened(self) -> Atlas:
        try:
            return Atlas.open(self.atlas)
        except AtlasError as error:
            if (self.atlas / DATABASE).exists():
                raise
            raise SupersededError(f"The atlas {self.atlas} is being replaced: try again in a moment.") from error

    def warm(self) -> None:
        """Find all that is expensive, so that the first who asks need not wait."""
        for value in (
            self.index,
            self.names_stand,
            self.portraits,
            self.licenses,
            self.undeclared,
            self.overview,
            self.trends,
            self.stats,
        ):
            value()

    def info(self) -> Info:
        """Return what the atlas holds at this moment."""
        with Atlas.open(self.atlas) as atlas, explained(self.atlas):
            return info(atlas.con)

    def _find_shore(self) -> Shore:
        places = self.places
        return shore(self.applications(), self.lineage, None if places is None else (places.x, places.y, places.r))

    def _names_stand(self) -> bool:
        with self.database() as con:
            return names_stand(con)

    def _read_ground(self) -> Ground:
        with self.database() as con:
            return Ground(self.lineage, read_columns(con))

    def _read_portraits(self) -> Portraits:
        columns = self.ground().columns
        with self.database() as con:
            return Portraits(con, self.lineage, columns)

    def _read_undeclared(self) -> UndeclaredFacts:
        with self.database() as con:
            return UndeclaredFacts(con, self.lineage, self.token)

    def _read_licenses(self) -> NodeTerms:
        with self.database() as con:
            return node_terms(self.lineage, as_built(con))

    def _read_stats(self) -> Stats:
        with self.database() as con:
            return stats(con)

    def _scopes(self) -> dict[str, Scope]:
        """Return the portfolios that were given, and one for each application, of the models that it uses."""
        used = {f"{PREFIX}{item.name}": tuple(used.ref for used in item.uses) for item in self.applications()}
        return {name: self._scope(name, refs) for name, refs in (used | dict(self._portfolios)).items()}

    def _scope(self, name: str, refs: tuple[str, ...]) -> Scope:
        nodes, unknown = set(), []
        for ref in refs:
            try:
                node = locate(self.lineage, ref).node
            except FiliationError:
                node = NULL
            if node == NULL:
                unknown.append(ref)
            else:
                nodes.add(node)
        return Scope(name, np.array(sorted(nodes), np.int64), tuple(unknown))


class AtlasReader:
    """The standing atlas; looks for a new lineage at most once a second, when it is asked."""

    def __init__(self, atlas: Path, portfolios: Portfolios, room: LedgerRoom, policies: Policies, view: str = "") -> None:
        self._atlas, self._portfolios, self._room, self._policies, self._view = atlas, portfolios, room, policies, view
        self._next_look = 0.0
        self._waiting: tuple[str, float] = ("", 0.0)
        self._standing = Standing(atlas, current_token(atlas), portfolios, room, policies, view)

    def standing(self) -> Standing:
        """Return the atlas as it stands."""
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + LOOK_SECONDS
            self._look(now)
        return self._standing

    def _look(self, now: float) -> None:
        try:
            token = current_token(self._atlas)
            anew = (token, _written(self._atlas, token)) != (self._standing.token, self._standing.written)
            if self._is_ready(token, now) if anew else drawn(self._atlas, token) != self._standing.drawn:
                self._standing = Standing(self._atlas, token, self._portfolios, self._room, self._policies, self._view)
        except AtlasError:
            return  # what stands is still served; the next look may find more

    def _is_ready(self, token: str, now: float) -> bool:
        """Return whether what readers have now, search and map, is there for that lineage too."""
        if self._waiting[0] != token:
            self._waiting = (token, now)
        searchable = (self._atlas / search.FOLDER / token).exists()
        mapped = self._standing.places is None or drawn(self._atlas, token) is not None
        return (searchable and mapped) or now - self._waiting[1] > PATIENCE_SECONDS


def _written(atlas: Path, token: str) -> int:
    """Return when the arrays of `token` were written, in nanoseconds; it tells two atlases apart that count their builds alike.

    Raises:
        AtlasError: If they are not there.
    """
    with explained(atlas):
        return (atlas / FOLDER / token / SUMMARY).stat().st_mtime_ns


@cache
def _code_digest() -> str:
    """Return a digest of what decides how an answer is told, so that another version's answers are not taken for ours."""
    digest = sha256((__version__ + lineage.version()).encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
