"""A look into one repository: its whole record, texts that extractors read, headers of its weights; or how it is gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from filiation.core.errors import FiliationError, WeightsError
from filiation.core.gone import Gone, How
from filiation.core.ref import Kind
from filiation.formats.model_files import EVAL_RESULTS, LICENSES, MAX_EVAL_RESULTS, MAX_TEXT_BYTES, TEXTS
from filiation.live.listing import row_of
from filiation.registry.byte_ranges import HttpFile, Later, Link, RangeError
from filiation.registry.live.asking import UnreachableError
from filiation.registry.live.hub import Hub

LOOKS = "looks"
MAX_SHARDS = 128
MAX_FILES = 20_000
_SETTINGS = (".index.json", "config.json")
NOTHING = msgspec.Raw(b"null")


class Look(msgspec.Struct, omit_defaults=True):
    """What a look told.

    Attributes:
        name: Of the repository.
        stamp: The revision that was looked at; empty where there was nothing to see.
        whole: Whether files were looked at too.
        body: The record as it was served; null where there is none.
        gone: How it is gone.
        files: Texts by name.
        headers: Those of its weights, as `structure.headers` writes them, by the name that they lie under.
        skipped: What could not be looked at, and why.
    """

    name: str
    stamp: str = ""
    whole: bool = False
    body: msgspec.Raw = NOTHING
    gone: Gone | None = None
    files: dict[str, str] = {}
    headers: dict[str, str] = {}
    skipped: list[str] = []


class _Sibling(msgspec.Struct):
    path: str = msgspec.field(default="", name="rfilename")
    size: int | None = None


class _Record(msgspec.Struct):
    sha: str = ""
    siblings: list[_Sibling] = []


def look(hub: Hub, link: Link, kind: Kind, name: str, *, whole: bool) -> list[Look]:
    """Return what there is to see of a repository: under its old name and its new one where it was renamed.

    Args:
        hub: Asked for the record.
        link: To the same endpoint; asked for files.
        kind: Of the repository.
        name: As ``owner/name``.
        whole: Look at files too.

    Raises:
        UnreachableError: If the registry does not answer.
        FiliationError: If it does not accept the token.
    """
    found = hub.info(kind, name, whole=whole)
    if found is None:
        return [Look(name, skipped=["it is there, and its record is not for us to see"])]
    if isinstance(found, Gone):
        return [Look(name, gone=found)]
    old = [] if found.name == name else [Look(name, gone=Gone(How.RENAMED, "redirected", found.name))]
    seen = Look(found.name, _stamp(found.body), whole, msgspec.Raw(found.body))
    if whole:
        try:
            _add_files(hub, link, kind, seen)
        except RangeError as error:
            if isinstance(error.__cause__, Later):
                raise UnreachableError(str(error)) from error
            seen.skipped.append(f"its files cannot be had ({error})")
    return [*old, seen]


def _stamp(body: bytes) -> str:
    row = row_of(body)
    return row.sha or row.modified or ""


def _add_files(hub: Hub, link: Link, kind: Kind, seen: Look) -> None:
    try:
        record = msgspec.json.decode(seen.body, type=_Record)
    except (msgspec.DecodeError, RecursionError) as error:
        seen.skipped.append(f"its files are not listed ({error})")
        return
    if not record.sha:
        return
    listed = record.siblings[:MAX_FILES]
    files = {
        item.path: link.file(hub.file_url(kind, seen.name, record.sha, item.path), item.path, _size(item)) for item in listed
    }
    for path in _texts(files):
        try:
            seen.files[path] = _text(files[path])
        except ValueError as error:
            seen.skipped.append(f"{path}: {error}")
    if kind is Kind.MODEL:
        _add_headers(seen, files)


def _texts(files: dict[str, HttpFile]) -> Iterator[str]:
    """Yield the names of files that extractors read."""
    results = 0
    for path in files:
        if path in TEXTS or LICENSES.fullmatch(path):
            yield path
        elif EVAL_RESULTS.fullmatch(path) and results < MAX_EVAL_RESULTS:
            results += 1
            yield path


def _text(file: HttpFile) -> str:
    if file.size_bytes > MAX_TEXT_BYTES:
        raise ValueError(f"longer than {MAX_TEXT_BYTES >> 20} MB")
    return file.read(0, file.size_bytes).decode("utf-8-sig")


def _add_headers(seen: Look, files: dict[str, HttpFile]) -> None:
    """Add the headers of safetensors files; no value is read."""
    shards = [path for path in files if path.endswith(".safetensors")]
    if not shards or len(shards) > MAX_SHARDS:
        seen.skipped.extend([f"the headers of more than {MAX_SHARDS} files of weights are not read"] if shards else [])
        return
    from filiation.structure.headers import FILE, encoded, headers_of  # noqa: PLC0415  # numpy, which a listing does without
    from filiation.weights.checkpoint import open_checkpoint  # noqa: PLC0415

    parts: Sequence[HttpFile] = [files[path] for path in files if path in shards or path.endswith(_SETTINGS)]
    try:
        with open_checkpoint(parts) as checkpoint:
            seen.headers[FILE] = encoded(headers_of(checkpoint))
    except (WeightsError, ValueError) as error:
        if isinstance(error.__cause__, Later):
            raise UnreachableError(str(error)) from error
        seen.skipped.append(f"the headers of its weights cannot be read ({error})")


def _size(item: _Sibling) -> int | None:
    return item.size if item.size is not None and item.size >= 0 else None


def failed(name: str, error: FiliationError) -> Look:
    """Return the look that came to nothing, and says why."""
    return Look(name, skipped=[str(error)])
