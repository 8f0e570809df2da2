"""The files of one repository of the Hub, to be read in parts; what it says of their contents without a download.

Source:
    https://huggingface.co/docs/hub/api (``GET /api/models/{repo_id}/revision/{revision}?blobs=true``)
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote

import msgspec

from filiation.core.errors import WeightsError
from filiation.core.ref import is_name
from filiation.formats.blob_name import SHA256
from filiation.formats.json_file import json_of
from filiation.registry.byte_ranges import HttpFile, Link

MAX_FILES = 20_000
MAX_PATH_CHARS = 1_000


class HubRepository(NamedTuple):
    """One revision of a repository.

    Attributes:
        id: ``owner/name``.
        revision: The commit that a branch's name stood for when it was asked; the files are all of it.
        files: In the listing's order, each under its path; nothing of them has been asked for yet.
        sha256: Digests of whole files that the Hub stores as large ones, by path, as it tells them.
    """

    id: str
    revision: str
    files: tuple[HttpFile, ...]
    sha256: dict[str, str]


class _Large(msgspec.Struct):
    sha256: str = ""
    size: int | None = None


class _Sibling(msgspec.Struct):
    path: str = msgspec.field(name="rfilename")
    size: int | None = None
    lfs: _Large | None = None


class _Listing(msgspec.Struct):
    sha: str
    siblings: list[_Sibling] = []


def hub_repository(link: Link, name: str, revision: str = "main") -> HubRepository:
    """Return the files of a model's repository; one request.

    Raises:
        WeightsError: If `name` is none, the listing cannot be had, is too long or is not one.
    """
    if not is_name(name):
        raise WeightsError(f"{name[:100]!r} is no name of a repository")
    listing = link.file(f"{link.endpoint}/api/models/{name}/revision/{quote(revision, safe='')}?blobs=true", name)
    told = json_of(listing, _Listing)
    if not told.sha.isalnum() or len(told.siblings) > MAX_FILES:
        raise WeightsError(f"the listing of {name} has no commit, or more than {MAX_FILES:,} files")
    files, digests = [], {}
    for sibling in told.siblings:
        if not _is_path(sibling.path):
            continue
        url = f"{link.endpoint}/{name}/resolve/{told.sha}/{quote(sibling.path)}"
        files.append(link.file(url, sibling.path, _size(sibling)))
        if sibling.lfs and SHA256.fullmatch(sibling.lfs.sha256):
            digests[sibling.path] = sibling.lfs.sha256
    return HubRepository(name, told.sha, tuple(files), digests)


def _is_path(path: str) -> bool:
    return 0 < len(path) <= MAX_PATH_CHARS and path.isprintable() and not {"", ".", ".."} & set(path.split("/"))


def _size(sibling: _Sibling) -> int | None:
    size = sibling.lfs.size if sibling.lfs and sibling.lfs.size is not None else sibling.size
    return size if size is not None and size >= 0 else None
