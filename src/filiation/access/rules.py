"""The file that says who may see what, and what follows from it for one person."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

import msgspec

from filiation.access.openid import VIA, OpenId
from filiation.core.errors import FiliationError
from filiation.core.portfolio import Portfolio
from filiation.formats.toml_file import TomlFile
from filiation.ledger.person import Person

MAX_BYTES = 4 << 20
MAX_STARS = 2
FORMAT = 1
"""Changes when a view is built in another way."""


class Private(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is kept for some groups.

    Attributes:
        groups: Who may see it; empty for nobody.
        refs: Names with at most two stars, each for any run of characters, whatever their case: ``acme/*``,
            ``dataset:acme/salaries``. Without a kind they cover every kind and registry.
        sources: Names of sources, such as ``measured``, or paths of what was charted, with stars as well.
    """

    groups: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


class Sight(msgspec.Struct, frozen=True):
    """What one person may not see, and the portfolios that they may.

    Attributes:
        hidden: The rules that keep something from them, in the order of the file.
        public: Sources whose records may name what is hidden all the same.
        portfolios: By name.
    """

    hidden: tuple[Private, ...]
    public: tuple[str, ...]
    portfolios: tuple[str, ...]

    @property
    def digest(self) -> str:
        """The name of the view that shows just this; empty where nothing is hidden. Who may see it is no part of that."""
        if not self.hidden:
            return ""
        said = sorted({(tuple(sorted(rule.refs)), tuple(sorted(rule.sources))) for rule in self.hidden})
        return sha256(msgspec.json.encode((FORMAT, said, sorted(set(self.public))))).hexdigest()[:16]


class Access(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of access.

    Attributes:
        groups: Members by group: names of tokens, and ``openid:SUBJECT`` of people whom the provider knows.
        private: What is kept for whom; a record that several of them name takes a group of each.
        portfolio: Lists of adopted models, with the groups that may see each.
        public: Sources that anybody could read elsewhere: what their records say is shown, though it names what is hidden.
            Any other record that names something hidden is hidden with it. ``hub`` is the Hub; of another registry the source
            is called ``REGISTRY:SOURCE``.
        views: Further sets of groups to build a view for, besides those that the members make.
        openid: The provider that people may come from.
    """

    groups: dict[str, tuple[str, ...]] = {}
    private: tuple[Private, ...] = ()
    portfolio: tuple[Portfolio, ...] = ()
    public: tuple[str, ...] = ()
    views: tuple[tuple[str, ...], ...] = ()
    openid: OpenId | None = None

    def groups_of(self, person: Person | None) -> frozenset[str]:
        """Return the groups of a person: those that name them, and of those that a provider sends the ones that we know."""
        if person is None:
            return frozenset()
        if person.via.startswith(VIA):
            return self._naming(person.via) | (frozenset(person.groups) & self.groups.keys())
        return frozenset() if person.name.startswith(VIA) else self._naming(person.name)

    def _naming(self, member: str) -> frozenset[str]:
        return frozenset(group for group, members in self.groups.items() if member in members)

    def sight(self, groups: Iterable[str]) -> Sight:
        """Return what somebody in `groups` may see.

        Law: whoever is in more groups sees no less.
        """
        mine = frozenset(groups)
        hidden = tuple(rule for rule in self.private if not mine.intersection(rule.groups))
        seen = tuple(item.name for item in self.portfolio if not item.groups or mine.intersection(item.groups))
        return Sight(hidden, self.public, seen)

    def sights(self) -> list[tuple[frozenset[str], Sight]]:
        """Return the views that have to be there: nobody's first, then each member's and each that is asked for; once each."""
        members = {member for members in self.groups.values() for member in members}
        sets = [
            frozenset(),
            *map(frozenset, self.views),
            *([name] for name in self.groups),
            *map(self._naming, sorted(members)),
        ]
        found: dict[str, tuple[frozenset[str], Sight]] = {}
        for groups in map(frozenset, sets):
            sight = self.sight(groups)
            if sight.digest:
                found.setdefault(sight.digest, (groups, sight))
        return list(found.values())

    def models(self) -> dict[str, tuple[str, ...]]:
        """Return the models of each portfolio."""
        return {item.name: item.models for item in self.portfolio}


_FILE = TomlFile(Access, "a file of access", MAX_BYTES, "docs/access.md shows one.")


def load(path: Path) -> Access:
    """Return the file of access at `path`.

    Raises:
        FiliationError: If it cannot be read, or speaks of a group that it does not list.
    """
    access = _FILE.read(path)
    _check(access, path)
    return access


def _check(access: Access, path: Path) -> None:
    named = [group for item in (*access.private, *access.portfolio) for group in item.groups]
    named += [group for groups in access.views for group in groups]
    for group in named:
        if group not in access.groups:
            raise FiliationError(
                f"{path} speaks of a group {group!r} that it does not list: add it to [groups], empty if need be."
            )
    for rule in access.private:
        if not rule.refs and not rule.sources:
            raise FiliationError(f"{path} has a [[private]] that names nothing: give it refs, or sources.")
        for pattern in (*rule.refs, *rule.sources):
            if not pattern.strip("* ") or pattern.count("*") > MAX_STARS:
                raise FiliationError(
                    f"{path} has {pattern!r}, which is no pattern: write a name with at most {MAX_STARS} stars."
                )
    names = [item.name for item in access.portfolio]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise FiliationError(f"{path} has two portfolios called {twice!r}: give one another name.")
