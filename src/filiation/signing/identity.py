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
_WORD = re.compile(r"[a-z0-9]+")
Words = tuple[str, ...]


def is_owner(owner: str, identity: str, organisation: str = "") -> bool | None:
    """Return whether an identity belongs to the owner of a repository; None where names do not tell.

    An account on a host that people know, and the domain of a mail address, tell: they may also say that it is another. A free
    name, such as that of a certificate, only tells where it agrees.

    Args:
        owner: First part of the repository's name.
        identity: A mail address, the URI of a workflow or an account, or a free name.
        organisation: As a certificate says it.
    """
    ours = _telling(owner, "plain")
    if not ours or not identity:
        return None
    if _domain_is_of(owner, _domain(identity)):
        return True
    theirs = _claimed(identity)
    if theirs is None:
        return True if _agree(ours, _telling(f"{identity} {organisation}", "nobody")) else None
    if _agree(ours, theirs) or _agree(ours, _telling(organisation, "nobody")):
        return True
    return None if _is_for_all(_domain(identity)) else False


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


def _claimed(identity: str) -> Words | None:
    """Return the words that name whose an identity is; None for a free name, which claims nothing."""
    if "://" in identity:
        try:
            parts = urlsplit(identity)
        except ValueError:
            return None
        account = parts.path.strip("/").partition("/")[0]
        return _telling(account, "plain") if (parts.hostname or "") in load("signing")["hosts"] else None
    user, at, domain = identity.rpartition("@")
    if not at:
        return None
    return _telling(user, "plain") if _is_for_all(domain) else _telling(domain, "nobody")


def _domain(identity: str) -> str:
    if "://" in identity:
        return ""
    return identity.rpartition("@")[2].lower() if "@" in identity else ""


def _is_for_all(domain: str) -> bool:
    return domain.lower() in load("signing")["mail_for_all"]


def _domain_is_of(owner: str, domain: str) -> bool:
    known = load("signing")["domains"].get(owner.lower(), [])
    return any(domain == one or domain.endswith(f".{one}") for one in known)


def _telling(text: str, common: str) -> Words:
    """Return the words of a name, less those that many names have."""
    idle = load("signing")[common]
    return tuple(word for word in _WORD.findall(text.lower()) if word not in idle)


def _agree(ours: Words, theirs: Words) -> bool:
    """Return whether two names share a word; one may run together what the other writes apart."""
    return bool(set(_spelled(ours)) & set(_spelled(theirs)))


def _spelled(words: Words) -> Words:
    return (*words, "".join(words)) if words else ()
