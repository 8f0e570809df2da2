"""Ask a registry over HTTP, patiently: retries with jitter, what it says of its limits, bounded answers.

Source:
    RFC 9110, section 10.2.3 (Retry-After); draft-ietf-httpapi-ratelimit-headers-09 (RateLimit), as the Hub sends it;
    Brooker 2015, "Exponential backoff and jitter" (full jitter).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import uniform
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from filiation.core.errors import FiliationError
from filiation.knowledge import load

if TYPE_CHECKING:
    import httpx2

MAX_ANSWER_BYTES = 128 << 20
"""Longest answer that is read: a page of a thousand records with all that the Hub lists of each is some 10 MB."""
MAX_ADDRESS_CHARS = 16_000
JITTER = 0.1
"""What a registry asks to wait is made this much longer at most, so that those who wait do not all come back at once."""
_LIMIT = re.compile(r'"[^"]{0,100}"\s*;\s*r\s*=\s*(\d{1,9})\s*;\s*t\s*=\s*(\d{1,9})')
_OF_TRANSPORT = frozenset({"content-encoding", "content-length", "transfer-encoding"})
"""Headers that speak of the body as it came, which is decoded here."""
Client = Callable[[], "httpx2.Client"]
"""Gives the connections; asked each time, because the Hub's client may make new ones."""


class UnreachableError(FiliationError):
    """A registry does not answer, or asks for more patience than we have; what came before is kept."""


class Answer(NamedTuple):
    """What came back.

    Attributes:
        status: As HTTP counts.
        headers: Case does not matter; empty where a redirect was not followed.
        body: Decoded, whole.
        url: Where it came from in the end.
        redirected: Whether that is elsewhere than was asked.
        response: As the client gave it, with its body read: for the client's own reading of errors.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    redirected: bool
    response: httpx2.Response


class Asked(NamedTuple):
    """What asking came to so far.

    Attributes:
        requests: All, those that failed included.
        throttled: Answered 429, or told to wait.
        failed: Broken off, or answered with a fault of the server.
        bytes: Of bodies.
        waited_seconds: Between attempts.
    """

    requests: int = 0
    throttled: int = 0
    failed: int = 0
    bytes: int = 0
    waited_seconds: float = 0.0


class Asker:
    """Asks one endpoint; several threads may share it, and wait together where it asks to wait.

    Args:
        endpoint: Scheme and host, with a path where the registry lies below one.
        headers: Sent with each request to the endpoint; a client drops a token where it is led elsewhere.
        client: Gives the connections.
        sleep: Waits.
        chance: Gives a number between two.
    """

    def __init__(
        self,
        endpoint: str,
        headers: Mapping[str, str],
        client: Client,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[float, float], float] = uniform,
    ) -> None:
        self.endpoint = endpoint.rstrip("/")
        self.asked = Asked()
        self._headers = dict(headers)
        self._client = client
        self._sleep = sleep
        self._chance = chance
        self._lock = Lock()
        self._not_before = 0.0
        self._ways = load("live")["patience"]
        self._again = frozenset(self._ways["again"])

    def get(self, url: str, limit_bytes: int = MAX_ANSWER_BYTES, given: bytes | None = None) -> Answer:
        """Return the answer to a GET, or to a POST of what is `given`, once it is none that another attempt may mend.

        Args:
            url: At the endpoint, whole.
            limit_bytes: Longest body.
            given: A question in JSON that changes nothing there.

        Raises:
            UnreachableError: If no attempt came through, or the registry asks to wait too long.
            FiliationError: If the answer is too long, or `url` is not at the endpoint.
        """
        if len(url) > MAX_ADDRESS_CHARS or not same_origin(url, self.endpoint):
            raise FiliationError(f"{self.endpoint} names the address {shown(url)}, which is not its own: it was not asked.")
        attempts, reason = self._ways["attempts"], ""
        for failures in range(1, attempts + 1):
            self._wait_turn()
            told = None
            try:
                answer = self._once(url, limit_bytes, given)
            except _BrokenError as error:
                reason = str(error)
            else:
                told = self._told(answer)
                if answer.status not in self._again:
                    return answer
                reason = f"it answers {answer.status}"
            self.count(**{"failed" if told is None else "throttled": 1})
            if failures < attempts:
                self._pause(failures, told)
        raise UnreachableError(
            f"{self.endpoint} was given up after {attempts} attempts ({reason}): run the same command again later;"
            " what came is kept."
        )

    def _once(self, url: str, limit: int, given: bytes | None) -> Answer:
        import httpx2  # noqa: PLC0415  # 0.4 s, that only a registry elsewhere pays

        self.count(requests=1)
        timeout, method = self._ways["timeout_seconds"], "GET" if given is None else "POST"
        headers = self._headers if given is None else self._headers | {"Content-Type": "application/json"}
        try:
            with self._client().stream(method, url, content=given, headers=headers, timeout=timeout) as response:
                body = _bounded(response, limit)
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            raise _BrokenError(str(error) or type(error).__name__) from error
        except (httpx2.InvalidURL, httpx2.TooManyRedirects, UnicodeError) as error:
            raise FiliationError(f"{shown(url)} cannot be asked ({error}): check --endpoint.") from error
        self.count(bytes=len(body))
        headers = {name: value for name, value in response.headers.items() if name not in _OF_TRANSPORT}
        read = httpx2.Response(response.status_code, headers=headers, content=body, request=response.request)
        return Answer(response.status_code, read.headers, body, str(response.url), bool(response.history), read)

    def _told(self, answer: Answer) -> float | None:
        """Return the seconds that the answer asks to wait, None where it does not; others wait for them too."""
        told = retry_after(answer.headers.get("retry-after", "")) if answer.status in self._again else None
        limit = _LIMIT.search(answer.headers.get("ratelimit", ""))
        if told is None and limit and int(limit[1]) == 0:
            told = float(limit[2])
        if told is None:
            return 0.0 if answer.status == 429 else None
        with self._lock:
            self._not_before = max(self._not_before, time.monotonic() + told + self._chance(0, min(1.0, told * JITTER)))
        return told

    def _pause(self, failures: int, told: float | None) -> None:
        """Wait a random part of what the number of failures calls for; what the registry asked for is waited by turn."""
        if told:
            return
        longest = min(self._ways["first_pause_seconds"] * 2 ** (failures - 1), self._ways["longest_pause_seconds"])
        self._rest(self._chance(0, longest))

    def _wait_turn(self) -> None:
        with self._lock:
            left = self._not_before - time.monotonic()
        if left > self._ways["longest_told_seconds"]:
            raise UnreachableError(
                f"{self.endpoint} asks to wait {left / 60:.0f} minutes: run the same command again then; what came is kept."
            )
        if left > 0:
            self._rest(left)

    def _rest(self, seconds: float) -> None:
        self.count(waited_seconds=seconds)
        self._sleep(seconds)

    def count(self, **more: float) -> None:
        """Add to what asking came to, by the names of `Asked`."""
        with self._lock:
            self.asked = self.asked._replace(**{name: getattr(self.asked, name) + value for name, value in more.items()})


class _BrokenError(Exception):
    """A connection failed, or broke off in the middle."""


def _bounded(response: httpx2.Response, limit: int) -> bytes:
    parts, got = [], 0
    for part in response.iter_bytes():
        got += len(part)
        if got > limit:
            raise FiliationError(f"{shown(str(response.url))} answers with more than {limit >> 20} MB: that is not read.")
        parts.append(part)
    return b"".join(parts)


def own_client() -> Client:
    """Return what gives the connections to a registry that has no client of its own here; redirects are not followed."""
    kept: list[httpx2.Client] = []

    def client() -> httpx2.Client:
        import httpx2  # noqa: PLC0415  # as above

        if not kept:
            kept.append(httpx2.Client(follow_redirects=False))
        return kept[0]

    return client


def same_origin(url: str, endpoint: str) -> bool:
    """Return whether two addresses are of one scheme, host and port."""
    try:
        one, other = urlsplit(url), urlsplit(endpoint)
        return (one.scheme, one.hostname, one.port) == (other.scheme, other.hostname, other.port) and not one.username
    except ValueError:
        return False


def shown(url: str) -> str:
    """Return an address for a message: without its query, and not too long."""
    return url.partition("?")[0][:200]


def retry_after(told: str) -> float | None:
    """Return the seconds that a server asks to wait; None where it does not say so clearly."""
    told = told.strip()
    if told.isascii() and told.isdigit():
        return float(told[:9])
    try:
        return max(0.0, (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
