"""A Hub as its own client asks it: its connections, token, headers and reading of errors; the answers kept as they came.

The client's `list_models` cannot go on from the middle of a listing and hands over objects of its own, not what was served;
so pages are asked for here in the same words, which a test holds against what `list_models` sends.

Source:
    https://huggingface.co/docs/hub/api; huggingface_hub 2.4, `hf_api.py` and `utils/_http.py`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import uniform
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlencode, urljoin, urlsplit

import msgspec

from filiation import __version__
from filiation.core.errors import FiliationError
from filiation.core.gone import Gone, How
from filiation.core.ref import Kind, is_name
from filiation.knowledge import load
from filiation.registry.live.asking import Answer, Asker, same_origin, shown

if TYPE_CHECKING:
    import httpx2

MAX_REASON_CHARS = 120
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_STALE = frozenset({400, 404, 410, 422})
"""What an address of a later page may answer once it is too old."""


class StaleError(FiliationError):
    """The place in a listing that was kept is not known any more: the listing begins anew."""


class TokenError(FiliationError):
    """The registry does not accept who we are: that says nothing of what it holds."""


class Listed(NamedTuple):
    """One page of a listing.

    Attributes:
        rows: Records, each a JSON object as it was served.
        following: Address of the next page; empty after the last.
        at: When the Hub says it answered, naive UTC; null where it does not.
    """

    rows: list[bytes]
    following: str
    at: datetime | None


class Found(NamedTuple):
    """A repository that the Hub hands out; `name` differs from what was asked for where it was renamed."""

    name: str
    body: bytes


class Hub:
    """A Hub at an endpoint, its token taken from where its own client keeps it.

    Args:
        endpoint: Such as ``https://hub.example.com``; empty for the one that the client is set to (``HF_ENDPOINT``).
        sleep: Waits.
        chance: Gives a number between two.

    Raises:
        FiliationError: If the endpoint is no address.
    """

    def __init__(
        self,
        endpoint: str = "",
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[float, float], float] = uniform,
    ) -> None:
        from huggingface_hub import constants, get_token  # noqa: PLC0415  # half a second, that only a live Hub pays
        from huggingface_hub.utils import build_hf_headers  # noqa: PLC0415

        self.endpoint = checked_endpoint(endpoint or constants.ENDPOINT)
        self.token = (get_token() or "") if may_be_told(self.endpoint) and not constants.HF_HUB_DISABLE_IMPLICIT_TOKEN else ""
        headers = build_hf_headers(token=self.token or False, library_name="filiation", library_version=__version__)
        self.asker = Asker(self.endpoint, headers, _session, sleep, chance)
        self._known = load("live")["hub"]

    def first(self, kind: Kind, *, changed: bool) -> str:
        """Return the address of the first page: of all repositories, or with `changed` the last modified ones first."""
        sort = self._known["sort_changed" if changed else "sort_all"]
        pairs = [("sort", sort), ("limit", str(self._known["page"]))]
        pairs += [("expand", field) for field in self._known["expand"][kind]]
        return f"{self.endpoint}/api/{kind}s?{urlencode(pairs)}"

    def page(self, url: str, *, later: bool = False) -> Listed:
        """Return the page at `url`, which `first` or, for a `later` one, an earlier page gave.

        Raises:
            StaleError: If the Hub knows that place in its listing no more.
            FiliationError: If it cannot be had, or is none.
        """
        from huggingface_hub.utils import fix_hf_endpoint_in_url  # noqa: PLC0415

        answer = self._get(url)
        if answer.status in _STALE and later:
            raise StaleError(f"{shown(url)} answers {answer.status}: its place in the listing is known no more.")
        if answer.status != 200:
            raise self._refused(answer)
        try:
            rows = [bytes(row) for row in msgspec.json.decode(answer.body, type=list[msgspec.Raw])]
        except (msgspec.DecodeError, RecursionError) as error:
            raise FiliationError(f"{shown(url)} is no listing of a Hub ({error}): check --endpoint.") from error
        following = answer.response.links.get("next", {}).get("url", "")
        if following:
            following = urljoin(url, fix_hf_endpoint_in_url(following, self.endpoint))
            if not same_origin(following, self.endpoint):
                raise FiliationError(f"{shown(url)} goes on at {shown(following)}, which is not its own: it was not asked.")
        return Listed(rows, following, _date(answer.headers))

    def info(self, kind: Kind, name: str, *, whole: bool = False) -> Found | Gone | None:
        """Return what the Hub says of one repository; None where it is there and its record is not for us to see.

        Args:
            kind: Of the repository.
            name: As ``owner/name``.
            whole: With the size and digest of each file, and what the Hub's scanners found.

        Raises:
            TokenError: If the token is refused.
            FiliationError: If there is no answer to go by.
        """
        if not is_name(name):
            raise FiliationError(f"{name[:100]!r} is no name of a repository.")
        query = "?blobs=true&securityStatus=true" if whole and kind is Kind.MODEL else "?blobs=true" if whole else ""
        answer = self._get(f"{self.endpoint}/api/{kind}s/{quote(name)}{query}")
        if answer.status != 200:
            return self._absence(answer)
        try:
            told = msgspec.json.decode(answer.body, type=_Named)
        except (msgspec.DecodeError, RecursionError) as error:
            raise FiliationError(f"{shown(answer.url)} is no record of a repository ({error}).") from error
        if not is_name(told.id) or not same_origin(answer.url, self.endpoint):
            raise FiliationError(f"{shown(answer.url)} is no record of a repository of {self.endpoint}.")
        return Found(told.id, answer.body)

    def file_url(self, kind: Kind, name: str, revision: str, path: str) -> str:
        """Return where a file of a repository is had."""
        folder = "datasets/" if kind is Kind.DATASET else ""
        return f"{self.endpoint}/{folder}{quote(name)}/resolve/{quote(revision, safe='')}/{quote(path)}"

    def _get(self, url: str) -> Answer:
        from huggingface_hub.errors import OfflineModeIsEnabled  # noqa: PLC0415

        try:
            return self.asker.get(url)
        except OfflineModeIsEnabled as error:
            raise FiliationError("HF_HUB_OFFLINE is set, so that no Hub may be asked: unset it, and run this again.") from error

    def _absence(self, answer: Answer) -> Gone | None:
        """Return why a repository is not handed out; 401 tells only that we may not look.

        Raises:
            TokenError: If the token is refused.
            FiliationError: If the answer tells nothing of the repository.
        """
        from huggingface_hub.errors import DisabledRepoError, GatedRepoError, HfHubHTTPError  # noqa: PLC0415
        from huggingface_hub.utils import hf_raise_for_status  # noqa: PLC0415

        code = answer.headers.get("x-error-code", "")
        said = f"{answer.status} {code or answer.headers.get('x-error-message', '')}".strip()[:MAX_REASON_CHARS]
        try:
            hf_raise_for_status(answer.response)
        except DisabledRepoError:
            return Gone(How.DISABLED, said)
        except GatedRepoError:
            return None
        except HfHubHTTPError:
            pass
        if _is_bad_token(answer):
            raise self._refused(answer)
        hows = {401: How.UNSEEN, 404: How.UNSEEN, 403: How.PRIVATE, 410: How.DELETED, 451: How.DISABLED}
        if answer.status not in hows:
            raise self._refused(answer)
        return Gone(hows[answer.status], said)

    def _refused(self, answer: Answer) -> FiliationError:
        if _is_bad_token(answer) or (answer.status == 401 and not self.token):
            what = "does not accept the token" if self.token else "asks who you are"
            return TokenError(f"{self.endpoint} {what}: sign in with 'hf auth login', or set HF_TOKEN.")
        return FiliationError(f"{shown(answer.url)} answers {answer.status}: check --endpoint, and what the token may read.")


class _Named(msgspec.Struct):
    id: str


def checked_endpoint(endpoint: str) -> str:
    """Return an endpoint without a slash at its end.

    Raises:
        FiliationError: If it is no address over http or https, or says more than where.
    """
    try:
        parts = urlsplit(endpoint)
        good = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1) and not parts.username
    except ValueError:
        good = False
    if not good or urlsplit(endpoint).query or urlsplit(endpoint).fragment:
        raise FiliationError(
            f"{endpoint[:100]!r} is no address of a registry: write https://HOST, without a name or a token in it."
        )
    return endpoint.rstrip("/")


def may_be_told(endpoint: str) -> bool:
    """Return whether a token may be shown to `endpoint`: over https, or on this machine."""
    parts = urlsplit(endpoint)
    return parts.scheme == "https" or parts.hostname in LOOPBACK


def _session() -> httpx2.Client:
    from huggingface_hub.utils import get_session  # noqa: PLC0415  # as above

    return get_session()


def _is_bad_token(answer: Answer) -> bool:
    return answer.status == 401 and answer.headers.get("x-error-message", "") == "Invalid credentials in Authorization header"


def _date(headers: Mapping[str, str]) -> datetime | None:
    try:
        return parsedate_to_datetime(headers.get("date", "")).astimezone(UTC).replace(tzinfo=None)
    except (ValueError, TypeError):
        return None
