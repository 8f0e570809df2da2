"""Parts of files behind HTTP, by range requests: a header is read without the gigabytes that follow it.

Source:
    RFC 9110, sections 14 (ranges), 15.4 (redirects) and 10.2.3 (Retry-After).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from filiation.core.errors import WeightsError

if TYPE_CHECKING:
    import httpx2

AHEAD_BYTES = 96 << 10
"""Read of each file at first: the headers of most shards are shorter, and cost one request."""
MAX_WHOLE_BYTES = 16 << 20
"""Most that is taken of a server that knows no ranges and sends the file from its beginning."""
MAX_REDIRECTS = 5
ATTEMPTS = 5
MAX_PAUSE_SECONDS = 30.0
TIMEOUT_SECONDS = 30.0
GRACE_SECONDS = 60
SLOWEST_BYTES_PER_SECOND = 20_000
"""An answer that comes slower than this, after the time of grace, is cut off."""
BYTES_FOR_ANOTHER_ATTEMPT = 1 << 20
"""So much progress makes good for one failure."""
KEPT_BYTES = 1 << 20
"""Of the beginning of each file so much is kept."""
_RANGE = re.compile(r"bytes (\d{1,19})-(\d{1,19})/(\d{1,19})")
_EMPTY = re.compile(r"bytes \*/(\d{1,19})")
_MOVED = frozenset({301, 302, 303, 307, 308})
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_EXPIRED = frozenset({400, 401, 403, 404, 410})
"""What an address that a redirect gave may answer once it is too old."""


class RangeError(WeightsError, OSError):
    """A part of a file could not be had over HTTP."""


class Later(Exception):  # noqa: N818  # not a fault, but a reason to try again
    """An attempt failed and another may not, after `pause` seconds if the server says when."""

    def __init__(self, reason: str, pause: float | None = None) -> None:
        super().__init__(reason)
        self.pause = pause


class Link:
    """How files are asked for: over which connections, how patiently, and whom the token is shown.

    Args:
        endpoint: Scheme and host that the token is for, such as ``https://huggingface.co``. What it redirects to is
            followed over https only, and without the token; the endpoint itself may be http.
        token: Shown to the endpoint; empty for none.
        client: Connections; made when first needed without. One that is given stays open.
        budget_bytes: More than this is not taken in all; None for any.
        sleep: Waits before another attempt.
    """

    def __init__(
        self,
        endpoint: str,
        token: str = "",
        client: httpx2.Client | None = None,
        budget_bytes: int | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.endpoint = endpoint.rstrip("/")
        self.bytes_read = 0
        self.requests = 0
        self._origin = _origin(self.endpoint)
        self._token = token
        self._client = client
        self._own = client is None
        self._budget = budget_bytes
        self._sleep = sleep
        self._lock = Lock()

    def file(self, url: str, name: str = "", size_bytes: int | None = None) -> HttpFile:
        """Return the file at `url`; nothing is asked yet. `size_bytes` is what a listing says of it, and is checked."""
        return HttpFile(self, url, name or urlsplit(url).path.rpartition("/")[2], size_bytes)

    def close(self) -> None:
        """Let go of the connections that were made here."""
        if self._own and self._client is not None:
            self._client.close()
            self._client = None

    def __enter__(self) -> Link:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def checked(self, url: str, before: str = "") -> str:
        """Return the whole of `url` if it may be asked; `before` redirected to it.

        Raises:
            RangeError: If it is neither at the endpoint nor https somewhere that the endpoint, or one after it, named.
        """
        try:
            url = urljoin(before, url)
        except ValueError as error:
            raise RangeError(f"{shown(url)} is no address ({error})") from error
        origin = _origin(url)
        if origin == self._origin or (before and origin[0] == "https" and not _is_private(origin[1])):
            return url
        raise RangeError(f"{shown(url)} is not at {self.endpoint}, nor a public https address that it redirects to")

    @contextmanager
    def get(self, url: str, headers: dict[str, str]) -> Iterator[httpx2.Response]:
        """Give the response to one GET, its body not yet read; redirects are not followed.

        Raises:
            RangeError: If `url` is no address.
            Later: If the connection fails, here or while the body is read.
        """
        import httpx2  # noqa: PLC0415  # 0.4 s, that only a model elsewhere pays

        if self._client is None:
            self._client = httpx2.Client(timeout=TIMEOUT_SECONDS)
        with self._lock:
            self.requests += 1
        try:
            with self._client.stream("GET", url, headers=self._told(url) | headers, follow_redirects=False) as response:
                yield response
        except httpx2.TransportError as error:
            raise Later(str(error) or type(error).__name__) from error
        except (httpx2.InvalidURL, UnicodeError) as error:
            raise RangeError(f"{shown(url)} is no address ({error})") from error

    def pieces(self, response: httpx2.Response) -> Iterator[bytes]:
        """Yield the body as it comes, undecoded.

        Raises:
            RangeError: If the budget is spent.
            Later: If it comes too slowly.
        """
        begun, got = time.monotonic(), 0
        for piece in response.iter_raw():
            got += len(piece)
            with self._lock:
                self.bytes_read += len(piece)
            if self._budget is not None and self.bytes_read > self._budget:
                raise RangeError(f"more than the {self._budget:,} bytes that may be read")
            yield piece
            if time.monotonic() - begun > GRACE_SECONDS + got / SLOWEST_BYTES_PER_SECOND:
                raise Later("it comes too slowly")

    def pause(self, later: Later, failures: int) -> None:
        """Wait before another attempt, longer after each failure.

        Raises:
            RangeError: If there were enough.
        """
        if failures >= ATTEMPTS:
            raise RangeError(
                f"{self.endpoint} was given up after {failures} attempts: {later}; HF_ENDPOINT names another"
            ) from later
        self._sleep(min(0.5 * 2 ** (failures - 1) if later.pause is None else later.pause, MAX_PAUSE_SECONDS))

    def _told(self, url: str) -> dict[str, str]:
        told = {"User-Agent": "filiation", "Accept-Encoding": "identity"}
        return told | {"Authorization": f"Bearer {self._token}"} if self._token and _origin(url) == self._origin else told


class HttpFile:
    """A file behind HTTP, as `core.tensor.Bytes`; made by `Link.file`. It counts what came over the network.

    The first read takes `AHEAD_BYTES` at once. The address that a redirect gave is kept, and asked for anew once it has
    expired. A file that changes in between is refused. One thread at a time reads it; several may read files of one link.
    """

    def __init__(self, link: Link, url: str, name: str, size_bytes: int | None = None) -> None:
        self.name = name
        self.url = link.checked(url)
        self.bytes_read = 0
        self.requests = 0
        self._link = link
        self._size = size_bytes
        self._tag = ""
        self._target = ""
        self._head: bytes | None = None

    @property
    def size_bytes(self) -> int:
        """The file's length; where no listing said it, the first look is a request.

        Raises:
            RangeError: If it cannot be had.
        """
        if self._size is None:
            self._begin(AHEAD_BYTES)
        return self._size or 0

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` up to `stop`.

        Raises:
            RangeError: If they cannot be had, or the server lies about them.
            ValueError: If `stop` is beyond the end.
        """
        known = self._begin(max(stop, AHEAD_BYTES)) if self._head is None and start < AHEAD_BYTES else b""
        if not 0 <= start <= stop <= self.size_bytes:
            raise ValueError(f"{self.name} holds {self.size_bytes:,} bytes, not {start:,} to {stop:,}")
        known = max(known, self._head or b"", key=len)
        return known[start:stop] + self._fetch(max(start, len(known)), stop)

    def _begin(self, stop: int) -> bytes:
        content = self._fetch(0, stop)
        if self._head is None:  # else the whole file came, and is kept
            self._head = content[:KEPT_BYTES]
        return max(content, self._head, key=len)

    def _fetch(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` up to `stop`, or up to the end; what is cut off is gone on with."""
        parts: list[bytes] = []
        got = failures = 0
        while self._size is None or start + got < min(stop, self._size):
            try:
                for piece in self._ask(start + got, stop if self._size is None else min(stop, self._size)):
                    parts.append(piece)
                    got += len(piece)
            except Later as later:
                failures += 1
                self._link.pause(later, failures - got // BYTES_FOR_ANOTHER_ATTEMPT)
        return b"".join(parts)

    def _ask(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield what one answer gives of that part: its beginning, if not all."""
        url = self._target or self.url
        for _ in range(MAX_REDIRECTS + 1):
            with self._link.get(url, {"Range": f"bytes={start}-{stop - 1}"}) as response:
                self.requests += 1
                if response.status_code in _MOVED and "location" in response.headers:
                    url = self._link.checked(response.headers["location"], url)
                elif url == self._target and response.status_code in _EXPIRED:
                    url, self._target, self._tag = self.url, "", ""
                else:
                    yield from self._answer(response, start, stop)
                    self._target = "" if url == self.url else url
                    return
        raise RangeError(f"{shown(self.url)} redirects more than {MAX_REDIRECTS} times")

    def _answer(self, response: httpx2.Response, start: int, stop: int) -> Iterator[bytes]:
        status = response.status_code
        if status in _AGAIN:
            raise Later(f"it answers {status}", _retry_after(response.headers.get("retry-after", "")))
        if response.headers.get("content-encoding", "identity") != "identity":
            raise RangeError(f"{shown(self.url)} comes compressed, which was not asked for")
        if status == 416 and (empty := _EMPTY.fullmatch(response.headers.get("content-range", ""))):
            self._settle(int(empty[1]), response)
            if start < int(empty[1]):
                raise RangeError(f"{shown(self.url)} refuses a part that it has")
        elif status == 206:
            yield from self._exactly(response, self._length(response, start, stop))
        elif status == 200:
            self._head = self._whole(response)
            yield self._head[start:stop]
        else:
            hint = " (not there, private, or gated)" if status in _EXPIRED else ""
            raise RangeError(f"{shown(self.url)} answers {status}{hint}")

    def _length(self, response: httpx2.Response, start: int, stop: int) -> int:
        """Return how many bytes a part has, once its head agrees with what was asked and what is known."""
        found = _RANGE.fullmatch(response.headers.get("content-range", ""))
        if not found:
            raise RangeError(f"{shown(self.url)} sends a part and does not say which of how many bytes")
        first, last, size = (int(number) for number in found.groups())
        if first != start or not first <= last < min(stop, size):
            raise RangeError(f"{shown(self.url)} sends bytes {first:,} to {last:,} of {size:,}, which were not asked for")
        self._settle(size, response)
        return last + 1 - first

    def _settle(self, size: int, response: httpx2.Response) -> None:
        tag = response.headers.get("etag", "")
        if self._size not in {None, size}:
            raise RangeError(f"{shown(self.url)} holds {size:,} bytes now and {self._size:,} before")
        if self._tag and tag and tag != self._tag:
            raise RangeError(f"{shown(self.url)} changed while it was read")
        self._size, self._tag = size, tag

    def _exactly(self, response: httpx2.Response, length: int) -> Iterator[bytes]:
        left = length
        for piece in self._link.pieces(response):
            self.bytes_read += len(piece)
            if len(piece) > left:
                raise RangeError(f"{shown(self.url)} sends more than the {length:,} bytes that it speaks of")
            left -= len(piece)
            yield piece
        if left:
            raise Later(f"it ended {left:,} bytes early")

    def _whole(self, response: httpx2.Response) -> bytes:
        """Return the whole file from a server that knows no ranges, if it is small."""
        parts: list[bytes] = []
        got = 0
        for piece in self._link.pieces(response):
            self.bytes_read += len(piece)
            parts.append(piece)
            got += len(piece)
            if got > MAX_WHOLE_BYTES:
                raise RangeError(f"{shown(self.url)} comes only whole, and is more than {MAX_WHOLE_BYTES >> 20} MB")
        self._settle(got, response)
        return b"".join(parts)


def shown(url: str) -> str:
    """Return an address for a message: without what signs it, and not too long."""
    return url.partition("?")[0][:200]


def _origin(url: str) -> tuple[str, str, int | None]:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError as error:
        raise RangeError(f"{shown(url)} is no address ({error})") from error


def _is_private(host: str) -> bool:
    """Return whether `host` is a number of this machine or network, or the name of this machine."""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))


def _retry_after(told: str) -> float | None:
    """Return the seconds that a server asks to wait; None where it does not say so clearly."""
    if told.isascii() and told.isdigit():
        return float(told[:9])
    try:
        return max(0.0, (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
