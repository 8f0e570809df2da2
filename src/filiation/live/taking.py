"""What the spool holds becomes observations: in one transaction, with what is known of the same revision beside it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import msgspec
import pyarrow as pa

from filiation.core.gone import FIELD, Gone, How
from filiation.core.record import MAX_RECORD_BYTES, Batch, Skipped
from filiation.core.ref import Kind
from filiation.formats.json_rows import MAX_DEPTH, nesting
from filiation.live.listing import ALL, PAGES, row_of
from filiation.live.looks import LOOKS, Look
from filiation.live.spool import Head, Spool, Standing, head_of, rows_of
from filiation.store.atlas import Atlas
from filiation.store.ingest import Ingested, ingest

SOURCE = "hub"
HEADERS = "headers"
"""Who speaks where only the headers of weights do; see `lineage.reading_headers`."""
UNSEEN = "unseen.json"
DEEP_BYTES = 64 << 10
"""A shorter record cannot nest deep enough to do harm; a longer one is measured."""


class Place(NamedTuple):
    """Where what a spool holds belongs: in which registry, under which host, of which kind."""

    registry: str
    host: str
    kind: Kind


class Unseen(NamedTuple):
    """A repository of ours that a full listing lacked; `to` is its new name where the listing shows it."""

    name: str
    repo_id: str
    to: str = ""


def take_listing(atlas: Atlas, spool: Spool, place: Place) -> Ingested:
    """Ingest the pages of a pass that came to its end, and keep what it tells for the next one.

    Law: ended anywhere and done again, it comes to the same.

    Raises:
        AtlasError: If the atlas cannot be written; the pages stay.
    """
    pages = spool.pages(PAGES)
    head = head_of(pages[-1])
    listed: list[tuple[str, str]] = []
    reading = _Carrying(atlas, spool, place).batches(pages, listed if head.mode == ALL else None)
    path = Path(place.host) / f"api/{place.kind}s"
    done = ingest(atlas, path, reading, datetime.fromisoformat(head.at), lambda _: None)
    spool.stand(_standing(atlas, spool, place, head, listed))
    spool.clear(PAGES)
    return done


def _standing(atlas: Atlas, spool: Spool, place: Place, head: Head, listed: list[tuple[str, str]]) -> Standing:
    before = spool.standing()
    if head.mode != ALL:
        return msgspec.structs.replace(before, since=head.began)
    unseen = _unseen(atlas.con, place, listed)
    spool.write(UNSEEN, msgspec.json.encode(unseen))
    return Standing(head.began, head.at, len(unseen))


def _unseen(con: duckdb.DuckDBPyConnection, place: Place, listed: list[tuple[str, str]]) -> list[Unseen]:
    """Return what the registry said it holds and did not list, in order of name."""
    names, numbers = zip(*listed, strict=True) if listed else ((), ())
    con.register("listed", pa.table({"id": pa.array(names, pa.string()), "repo_id": pa.array(numbers, pa.string())}))
    rows = con.execute(
        _UNSEEN, {"registry": place.registry, "kind": str(place.kind), "source": SOURCE, "gone": f'"{FIELD}"'}
    ).fetchall()
    con.unregister("listed")
    return [Unseen(*row) for row in rows]


def take_looks(atlas: Atlas, spool: Spool, place: Place) -> Ingested:
    """Ingest the answers about single repositories, of which there are some; the pages stay.

    Raises:
        AtlasError: If the atlas cannot be written.
    """
    pages = spool.pages(LOOKS)
    at = datetime.fromisoformat(head_of(pages[-1]).at)
    reading = _Carrying(atlas, spool, place).answers(pages)
    return ingest(atlas, Path(place.host) / f"api/{place.kind}s/looks", reading, at, lambda _: None)


class _Carrying:
    """Turns rows into batches, and carries over what is known.

    A listing tells less of a repository than a look into it: what the look told stays while the revision is the same, and what
    the listing tells counts beside it.
    """

    def __init__(self, atlas: Atlas, spool: Spool, place: Place) -> None:
        self._con = atlas.con.cursor()
        self._place = place
        self._looked = looked(spool)
        self._line = 0

    def batches(self, pages: list[Path], listed: list[tuple[str, str]] | None) -> Iterator[Batch | Skipped]:
        """Yield the records of a listing, page by page; add name and number of each to `listed`."""
        for page in pages:
            kept: list[tuple[str, str | None, int]] = []
            rows = rows_of(page)
            heads = [row_of(row) for row in rows]
            if listed is not None:
                listed.extend((head.id, head.repo_id) for head in heads)
            again = [
                head.id for head in heads if head.id in self._looked and self._looked[head.id] == (head.sha or head.modified)
            ]
            known = self._known(again)
            for row, head in zip(rows, heads, strict=True):
                self._line += 1
                if reason := _unfit(row):
                    yield Skipped(f"{self._place.host} {page.name}", self._line, reason)
                    continue
                kept.append((*_carried(row.decode(), known.get(head.id)), self._line))
            if kept:
                yield self._batch(kept, page, SOURCE)

    def answers(self, pages: list[Path]) -> Iterator[Batch | Skipped]:
        """Yield what looks told, page by page."""
        for page in pages:
            looks = [msgspec.json.decode(row, type=Look) for row in rows_of(page)]
            known = self._known([look.name for look in looks])
            kept, headers = [], []
            for look in looks:
                self._line += 1
                for reason in look.skipped:
                    yield Skipped(f"{self._place.host} {look.name}", self._line, reason)
                body, files = self._told(look, known.get(look.name))
                if body and not (reason := _unfit(body.encode())):
                    kept.append((body, files, self._line))
                if look.headers:
                    about = msgspec.json.encode({"id": look.name}).decode()
                    headers.append((about, msgspec.json.encode(look.headers).decode(), self._line))
            if kept:
                yield self._batch(kept, page, SOURCE)
            if headers:
                yield self._batch(headers, page, HEADERS)

    def _told(self, look: Look, known: tuple[str, str | None] | None) -> tuple[str, str | None]:
        """Return body and files of the record that a look makes; an empty body for none."""
        if look.gone is not None:
            if known is None and look.gone.how is not How.RENAMED:
                return "", None  # a name that the registry never held for us says nothing by not being there
            return _departed(look, look.gone, known), known[1] if known and look.gone.how is not How.RENAMED else None
        body = bytes(look.body).decode()
        if body in ("", "null"):
            return "", None
        if look.whole:
            return body, msgspec.json.encode(look.files).decode() if look.files else None
        head, before = row_of(body.encode()), row_of(known[0].encode()) if known else None
        same = before is not None and head.sha is not None and head.sha == before.sha
        return _carried(body, known if same else None)

    def _known(self, names: list[str]) -> dict[str, tuple[str, str | None]]:
        """Return body and files of what the registry said last of some repositories."""
        if not names:
            return {}
        given = [names, self._place.registry, str(self._place.kind), SOURCE]
        rows = self._con.execute(_KNOWN, given).fetchall()
        return {name: (body, files) for name, body, files in rows}

    def _batch(self, rows: list[tuple[str, str | None, int]], page: Path, source: str) -> Batch:
        bodies, files, lines = zip(*rows, strict=True)
        table = pa.table(
            {
                "body": pa.array(bodies, pa.large_string()),
                "files": pa.array(files, pa.large_string()),
                "line": pa.array(lines, pa.int64()),
            }
        )
        return Batch(self._place.kind, source, f"{self._place.host} {page.name}", table, self._place.registry)


def looked(spool: Spool) -> dict[str, str]:
    """Return the revision at which each repository was looked into, by name."""
    path = spool.folder / "looked.jsonl"
    found: dict[str, str] = {}
    if path.exists():
        with path.open("rb") as lines:
            for line in lines:
                try:
                    name, stamp = msgspec.json.decode(line, type=tuple[str, str])
                except msgspec.DecodeError:  # a line that was cut off
                    continue
                found[name] = stamp
    return found


def _unfit(row: bytes) -> str:
    """Return why a record cannot be taken; empty where it can."""
    if len(row) > MAX_RECORD_BYTES:
        return f"longer than {MAX_RECORD_BYTES >> 20} MB, more than any record"
    if len(row) > DEEP_BYTES and nesting(row) > MAX_DEPTH:
        return f"nested more than {MAX_DEPTH} deep"
    try:
        row.decode()
    except UnicodeDecodeError as error:
        return f"not UTF-8 ({error.reason})"
    return ""


def _carried(body: str, known: tuple[str, str | None] | None) -> tuple[str, str | None]:
    """Return a record with what is known of the same revision: the newer words count, the fuller list of files stays."""
    if known is None:
        return body, None
    now, before = _object(body), _object(known[0])
    merged = {key: value for key, value in (before | now).items() if key != FIELD}
    if "siblings" in before:
        merged["siblings"] = before["siblings"]
    return known[0] if merged == before else msgspec.json.encode(merged).decode(), known[1]


def _departed(look: Look, gone: Gone, known: tuple[str, str | None] | None) -> str:
    """Return the record of what is gone: what it said last, with how it went; of what has another name now, only that."""
    before = _object(known[0]) if known else {}
    if gone.how is How.RENAMED:
        before = {key: before[key] for key in ("_id",) if key in before}
    return msgspec.json.encode({"id": look.name} | before | {FIELD: msgspec.to_builtins(gone)}).decode()


def _object(body: str) -> dict[str, Any]:
    return msgspec.json.decode(body, type=dict[str, Any])


_KNOWN = """
SELECT id, body, files FROM record
WHERE id IN (SELECT unnest($1)) AND registry = $2 AND kind = $3::kind AND source = $4
QUALIFY row_number() OVER (PARTITION BY id ORDER BY seen_at DESC, length(body) DESC, body DESC) = 1
"""

# What the registry said it holds when it was asked last, and what its listing shows it as now.
_UNSEEN = """
SELECT known.id, coalesce(known.repo_id, ''), coalesce(any_value(now.id), '')
FROM (
    SELECT id, any_value(repo_id) AS repo_id, arg_max(record_id, (seen_at, length(body), body)) AS record_id
    FROM record WHERE registry = $registry AND kind = $kind::kind AND source = $source GROUP BY id
) AS known
JOIN record USING (record_id)
ANTI JOIN listed ON listed.id = known.id
LEFT JOIN listed AS now ON now.repo_id = known.repo_id AND now.repo_id <> ''
WHERE NOT contains(record.body, $gone)
GROUP BY ALL ORDER BY known.id
"""
