"""How often each caller may ask: a bucket that fills with time, and of which every request takes one."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256

from starlette.types import Scope

from filiation.server.access import CALLER

MAX_CALLERS = 65_536
"""So many buckets are kept; those that were not asked of for longest go, and are full again."""
KNOWN_SECONDS = 600.0
"""How long what a caller sent to say who they are is taken to be theirs."""
IPV6_PREFIX = 64
"""One line of one customer has so many bits in common; counted singly, each has more addresses than we could keep."""
BURST_SECONDS = 5
"""So many seconds' worth may come at once, where nothing else is said: a page asks for all of its tiles together."""


class Rates:
    """The buckets of one process, in its memory.

    Who was let in by a token or a login has a bucket of their own, wherever they ask from. What anybody claims without that is
    counted with their address: a wrong token is no way around.

    Args:
        rate: Requests a second that a bucket fills by.
        burst: How many requests it holds; None for five seconds' worth.
        clock: Seconds since whenever.
    """

    def __init__(self, rate: float, burst: int | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock = rate, clock
        self._room = max(1.0, burst or math.ceil(rate * BURST_SECONDS))
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._known: OrderedDict[bytes, tuple[str, float]] = OrderedDict()

    def wait(self, scope: Scope) -> float:
        """Take one request from the bucket of whoever asks; return 0, or for how many seconds it is empty."""
        now, caller = self._clock(), self._caller(scope)
        left, at = self._buckets.pop(caller, (self._room, now))
        left = min(self._room, left + (now - at) * self._rate)
        missing = 1.0 - left
        self._buckets[caller] = (left if missing > 0 else left - 1.0), now
        _bound(self._buckets)
        return max(0.0, missing) / self._rate

    def learn(self, scope: Scope) -> None:
        """Take in whom a request turned out to come from, once it is answered."""
        name, shown = scope.get(CALLER), _shown(scope)
        if name is not None and shown is not None:
            self._known.pop(shown, None)
            self._known[shown] = name, self._clock() + KNOWN_SECONDS
            _bound(self._known)

    def _caller(self, scope: Scope) -> str:
        shown = _shown(scope)
        name, until = self._known.get(shown, ("", 0.0)) if shown else ("", 0.0)
        return f"person {name}" if until > self._clock() else _place(scope)


def _bound(kept: OrderedDict) -> None:
    if len(kept) > MAX_CALLERS:
        kept.popitem(last=False)


def _shown(scope: Scope) -> bytes | None:
    """Return a digest of what a request shows to say who asks, None where it shows nothing."""
    shown = [value for name, value in scope["headers"] if name in {b"authorization", b"cookie"}]
    return sha256(b"\n".join(shown)).digest() if shown else None


def _place(scope: Scope) -> str:
    """Return the address that a request comes from, of IPv6 the network; a proxy that we trust says whose it is."""
    return _network((scope.get("client") or ("",))[0][:64])


@lru_cache(4096)
def _network(host: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return f"place {host}"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return f"place {address.ipv4_mapped}"
        return f"place {int(address) >> (128 - IPV6_PREFIX):x}"
    return f"place {host}"
