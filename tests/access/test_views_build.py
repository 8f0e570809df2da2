"""Law: a view is the atlas of the records that may be seen, however it came to be."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from filiation.access.rules import Access, Private
from filiation.access.views import Making, Shown, build_views, folder_of, read_shown
from filiation.pipeline import build, observe
from filiation.store.atlas import Atlas

DAYS = [datetime(2024, 7, day) for day in (1, 2, 3)]  # noqa: DTZ001  # the atlas keeps naive UTC
LESS = ("names", "predict", "audit", "search")
QUICKLY = Making(lambda *_: None, without=LESS)
TABLES = {
    "record": "registry, kind, id, source, seen_at, body",
    "node": "node_id, registry, kind, name, state, downloads, license",
    "edge": "child, parent, relation, basis, confidence",
    "claim": "claim_id, record_id, predicate, value",
}


def record(name: str, *parents: str, **more) -> dict:
    return {"id": name, "tags": [f"base_model:{parent}" for parent in parents]} | more


FIRST = [record("o/base"), record("acme/x", "o/base"), record("o/child", "acme/x"), record("o/other", "o/base")]
THEN = [record("o/late", "o/other"), record("acme/y", "o/late"), record("o/base", downloads=7)]
HERS = [record("o/base", downloads=9), record("p/only", "o/base")]


def rows(atlas: Path) -> dict[str, list]:
    with Atlas.open(atlas) as opened:
        return {
            table: sorted(opened.con.execute(f"SELECT {columns} FROM {table}").fetchall(), key=repr)
            for table, columns in TABLES.items()
        }


@pytest.fixture
def charted(tmp_path, dump):
    """Ingest what comes into an atlas, and build it unless it is the whole, of which only the records matter."""

    def charted(name: str, *days: list[dict]) -> Path:
        atlas = tmp_path / name
        for number, day in enumerate(days):
            with Atlas.open(atlas, "create") as opened:
                path = dump(tmp_path / f"{name}-models-{number}.jsonl", day)
                observe(opened, [path], DAYS[number], None, lambda *_: None)
                if name != "whole":
                    build(opened, lambda *_: None, without=LESS)
        return atlas

    return charted


def made(atlas: Path, access: Access) -> Shown:
    return build_views(atlas, access, QUICKLY)[0]


ACME = Access({"lab": ()}, (Private(("lab",), ("acme/*",)),))


def test_a_view_grows_as_the_atlas_does_and_is_what_a_new_one_would_be(charted, tmp_path):
    whole = charted("whole", FIRST)
    first = made(whole, ACME)
    assert (first.records, first.hidden, first.mentions) == (2, 1, {"hub": 1})
    view = folder_of(whole, first.digest)
    assert rows(view) == rows(charted("seen", [FIRST[0], FIRST[3]]))
    born = (view / "atlas.duckdb").stat().st_ino
    charted("whole", FIRST, THEN)
    second = made(whole, ACME)
    assert (second.digest, second.records, second.hidden) == (first.digest, 4, 2)
    assert (view / "atlas.duckdb").stat().st_ino == born  # taken over
    assert rows(view) == rows(charted("both", [FIRST[0], FIRST[3]], [THEN[0], THEN[2]]))
    assert made(whole, ACME) == second


def test_what_is_named_from_now_on_takes_back_what_was_shown(charted, dump, tmp_path):
    whole = charted("whole", [record("o/a"), record("o/b", "p/only")])
    access = Access({}, (Private(sources=("*secret*",)),))
    assert made(whole, access).records == 2
    secret = dump(tmp_path / "secret-models.jsonl", HERS)
    with Atlas.open(whole, "write") as opened:
        observe(opened, [secret], DAYS[1], None, lambda *_: None)
    after = made(whole, access)
    assert (after.records, after.hidden, after.names) == (1, 2, ("o/base", "p/only"))
    assert [row[2] for row in rows(folder_of(whole, after.digest))["record"]] == ["o/a"]


def test_what_anybody_could_read_elsewhere_may_name_it(charted):
    whole = charted("whole", FIRST)
    shown = made(whole, Access({}, (Private((), ("acme/*",)),), public=("hub",)))
    assert (shown.records, shown.mentions) == (3, {})
    names = {(row[3], row[4]) for row in rows(folder_of(whole, shown.digest))["node"]}
    assert ("acme/x", "missing") in names  # as it would be had it never been charted
    with Atlas.open(whole, "write") as opened:
        opened.con.execute("UPDATE record SET registry = 'ours' WHERE id = 'o/child'")
    assert made(whole, Access({}, (Private((), ("acme/*",)),), public=("hub",))).mentions == {"ours:hub": 1}


def test_views_that_nobody_needs_any_more_are_removed(charted):
    whole = charted("whole", FIRST)
    first = made(whole, ACME)
    assert build_views(whole, Access(), QUICKLY) == []
    assert read_shown(whole, first.digest) is None
    assert list((whole / "views").iterdir()) == []
