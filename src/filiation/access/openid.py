"""People whom an OpenID provider knows: how it is configured, and what its tokens say of them."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from filiation.core.errors import FiliationError
from filiation.ledger.person import Person, Role

VIA = "openid:"
MAX_NAME_CHARS = 200
MAX_GROUPS = 1000
Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""All that are not symmetric: with those, whoever can check a token could make one."""


class OpenId(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A provider, and what of it is believed.

    Attributes:
        issuer: Its address, as its tokens give it; https, but on this machine.
        client: The id under which it knows this server.
        audience: Whom a bearer token must be made for; empty for `client`.
        secret_file: A file with the client's secret; empty for a client that has none.
        public_url: Where browsers reach this server, for the way back from the provider; empty offers no login.
        algorithms: Those that a signature may have.
        hosts: Further hosts, as ``host`` or ``host:port``, that the provider's own description may send us to.
        name: The claim that says what a person is called in the ledger.
        groups_claim: The claim that lists their groups; dots lead into objects, as in ``realm_access.roles``.
        roles: For a role of ours, the values of `groups_claim` that give it; whoever has none of them is a reader.
        scopes: What is asked for at login.
        skew_seconds: How far clocks may be apart.
        session_minutes: How long a login holds.
    """

    issuer: str
    client: str
    audience: str = ""
    secret_file: str = ""
    public_url: str = ""
    algorithms: tuple[Algorithm, ...] = ("RS256", "ES256", "EdDSA")
    hosts: tuple[str, ...] = ()
    name: str = "preferred_username"
    groups_claim: str = "groups"
    roles: dict[Role, tuple[str, ...]] = {}
    scopes: tuple[str, ...] = ("openid", "profile")
    skew_seconds: int = 30
    session_minutes: int = 480


def person_of(config: OpenId, claims: dict[str, Any]) -> Person:
    """Return the person whom the claims of a checked token speak of, with the values of its claim of groups.

    Raises:
        FiliationError: If the claims name nobody.
    """
    subject, called = claims.get("sub"), claims.get(config.name)
    if not isinstance(subject, str) or not subject or len(subject) > MAX_NAME_CHARS:
        raise FiliationError("The token names no subject: ask who runs the provider.")
    name = called if isinstance(called, str) and called.strip() else subject
    groups = _texts(claims, config.groups_claim)
    return Person(name.strip()[:MAX_NAME_CHARS], _role(config, groups), f"{VIA}{subject}", tuple(sorted(groups)))


def _role(config: OpenId, groups: frozenset[str]) -> Role:
    given = [role for role, values in config.roles.items() if groups.intersection(values)]
    return max(given, key=tuple(Role).index, default=Role.READER)


def _texts(claims: dict[str, Any], path: str) -> frozenset[str]:
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for step in path.split("."):
            found = found.get(step) if isinstance(found, dict) else None
    words = [found] if isinstance(found, str) else found if isinstance(found, list) else []
    return frozenset(word for word in words[:MAX_GROUPS] if isinstance(word, str))
