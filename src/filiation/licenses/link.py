"""Addresses of licence texts, as they are compared."""

from __future__ import annotations

import re
from urllib.parse import unquote

MAX_LINK = 500
"""Longest address that is looked at."""
_SCHEME = re.compile(r"^[a-z]+://(?:www\.)?")
_REPOSITORY = re.compile(r"^(?:huggingface\.co|hf\.co)/(?P<kind>datasets/|spaces/)?(?P<name>[\w.-]+/[\w.-]+)(?:/|$)")


def address(link: str) -> str:
    """Return the address without scheme, ``www.``, query, fragment and slash at the end, in lower case; "" if too long."""
    if len(link) > MAX_LINK:
        return ""
    text = unquote(link.strip()).lower().split("#")[0].split("?")[0]
    text = _SCHEME.sub("", text).rstrip("/")
    return text.replace("/resolve/", "/blob/").replace("/raw/", "/blob/")


def repository(link: str) -> str | None:
    """Return the model of the Hub whose file `link` points to, as ``owner/name`` in lower case; None where it is none."""
    found = _REPOSITORY.match(address(link))
    return None if found is None or found["kind"] else found["name"]
