"""Addresses of licence texts, as they are compared."""

from __future__ import annotations

import re
from urllib.parse import unquote

MAX_LINK = 500
"""Longest address that is looked at."""
_SCHEME = re.compile(r"^[a-z]+://(?:www\.)?")


def address(link: str) -> str:
    """Return the address without scheme, ``www.``, query, fragment and slash at the end, in lower case; "" if too long."""
    if len(link) > MAX_LINK:
        return ""
    text = unquote(link.strip()).lower().split("#")[0].split("?")[0]
    text = _SCHEME.sub("", text).rstrip("/")
    return text.replace("/resolve/", "/blob/").replace("/raw/", "/blob/")
