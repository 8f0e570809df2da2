"""Whether a signer is the owner of the repository, as far as names can tell."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from filiation.core.ref import is_name
from filiation.knowledge import load

MAX_CONFIG_BYTES = 256 << 10
MAX_PATH_PARTS = 4
_CACHED = re.compile(r"(?:models|datasets)--(?P<owner>[^/]+?)--(?P<name>[^/]+)")

_REMOTE = re.compile(
    r"^\s*url\s*=\s*(?:https?://|ssh://)?(?:[^@/\s]{1,100}@)?(?:hf\.co|huggingface\.co)[:/](?P<path>[\w./-]{1,200})\s*$",
    re.MULTILINE,
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_MARKS = re.compile(r"[^a-z0-9]+")


def is_owner(owner: str, identity: str) -> bool | None:
    """Return whether an identity is of the owner of a repository; None where names do not tell.

    Of a mail address the domain tells, and of the address of a workflow the account; the part before an ``@`` and the common
    name of a certificate anybody may choose. Another than the owner it is said to be only where it is of an organisation that
    publishes models itself: people sign with addresses of universities and employers.

    Args:
        owner: First part of the repository's name.
        identity: A mail address, or the address of a workflow or an account.
    """
    names = _names(identity)
    if not owner or not names:
        return None
    if names & _spellings(owner) or names & set(load("signing")["domains"].get(owner.lower(), [])):
        return True
    return False if names & set(load("signing")["publishers"]) else None


def repository_of(path: Path) -> str:
    """Return ``owner/name`` where a folder shows which repository it is of: the Hub's cache, or git's remote; else nothing."""
    for part in (path.name, *(parent.name for parent in list(path.absolute().parents)[:MAX_PATH_PARTS])):
        match = _CACHED.fullmatch(part)
        if match:
            return f"{match['owner']}/{match['name']}"
    try:
        with (path / ".git" / "config").open("rb") as file:
            config = file.read(MAX_CONFIG_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
    for match in _REMOTE.finditer(config):
        name = match["path"].removeprefix("datasets/").removesuffix("/").removesuffix(".git")
        if is_name(name) and "/" in name:
            return name
    return ""


def _names(identity: str) -> set[str]:
    """Return the names of the organisation or account that an identity is of, none of a free name."""
    if "://" in identity:
        try:
            parts = urlsplit(identity)
            account = parts.path.strip("/").partition("/")[0]
            return _spellings(account) if parts.hostname in load("signing")["hosts"] else set()
        except ValueError:
            return set()
    user, _, domain = identity.lower().rpartition("@")
    return _registered(domain) if user else set()


def _registered(domain: str) -> set[str]:
    """Return the names under which a domain is registered: of ``us.ibm.com`` it is ``ibm``, whatever stands before."""
    labels = domain.split(".")
    if len(labels) > 2 and labels[-2] in load("signing")["shared_suffixes"]:
        labels = labels[:-1]
    return {labels[-2], _MARKS.sub("", labels[-2]), _MARKS.sub("", labels[-2] + labels[-1])} if len(labels) > 1 else set()


def _spellings(name: str) -> set[str]:
    """Return the ways in which a name may stand elsewhere: its words that name something, and all of it run together."""
    idle = load("signing")["plain"]
    words = {word.lower() for word in _WORD.findall(name)}
    return {word for word in words if word not in idle and len(word) > 1} | {_MARKS.sub("", name.lower()), name.lower()}
