"""Advisories find whom they are about, and reach what stands on that."""

from __future__ import annotations

import json
import zipfile
from datetime import datetime, timedelta

import pytest
from packaging.version import Version

from filiation.advisories.about import AboutModel, is_affected, model_confidence
from filiation.advisories.matching import read_package
from filiation.advisories.severity import cvss3
from filiation.core.advisory import Affected, Range, Turn, parse_advisory
from filiation.core.event import Change
from filiation.core.record import ReadOptions, Skipped
from filiation.core.ref import Kind
from filiation.lineage.arrays import Lineage
from filiation.pipeline import build, observe
from filiation.registry.osv_advisories import SOURCE
from filiation.store.atlas import Atlas
from filiation.uses.requirements import pinned
from filiation.watch.advised import advisory_events
from filiation.watch.advisory_list import listed
from filiation.watch.observed import Window

FIRST = datetime(2024, 7, 9, 12)  # noqa: DTZ001  # the atlas keeps naive UTC
END = datetime(2025, 1, 1)  # noqa: DTZ001  # as above
DIGEST = "ab" * 32


def advisory(id_: str, purl: str, **fields) -> dict:
    about = {name: fields.pop(name) for name in ("versions", "ranges") if name in fields}
    return {"id": id_, "modified": "2024-07-01T00:00:00Z", "affected": [{"package": {"purl": purl}} | about]} | fields


@pytest.fixture(scope="module")
def atlas(tmp_path_factory, dump):
    """Three models on one another, one file in two places, an application; five advisories, one of them withdrawn later."""
    folder = tmp_path_factory.mktemp("advised")
    file = {"siblings": [{"rfilename": "model.safetensors", "lfs": {"sha256": DIGEST}}]}
    models = dump(
        folder / "models.jsonl",
        [
            {"id": "o/a", "tags": [], "sha": "c" * 40},
            {"id": "o/b", "tags": ["base_model:o/a"]},
            {"id": "o/c", "tags": ["base_model:o/b"]},
            {"id": "o/x", "tags": [], **file},
            {"id": "o/copy", "tags": [], **file},
            {"id": "o/free", "tags": [], "sha": "d" * 40},
        ],
    )
    (folder / "tree").mkdir()
    (folder / "tree" / "requirements.txt").write_text("Transformers==4.30.0  # old\ntorch>=2\nnumpy==2.0 --hash=sha256:x\n")
    (folder / "tree" / "app.py").write_text("from transformers import AutoModel\nAutoModel.from_pretrained('o/c')\n")
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "4.36.0"}]}]
    first = {
        "EX-1": advisory("EX-1", "pkg:huggingface/o/a", summary="It <b>sends</b>\x1b[2J data.", aliases=["CVE-2024-1"]),
        "EX-2": advisory(
            "EX-2", f"pkg:generic/model.safetensors?checksum=sha256:{DIGEST}", database_specific={"severity": "LOW"}
        ),
        "EX-3": advisory("EX-3", "pkg:huggingface/o/free", versions=["e" * 40]),
        "EX-4": advisory("EX-4", "pkg:pypi/transformers", ranges=ranges),
        "MAL-5": advisory("MAL-5", "pkg:huggingface/nobody/here"),
    }
    osv = folder / "osv"
    osv.mkdir()
    for id_, body in first.items():
        (osv / f"{id_}.json").write_text(json.dumps(body))
    path = folder / "a"
    with Atlas.open(path, "create") as opened:
        observe(opened, [models], FIRST, None, lambda *_: None)
        from filiation.cli.applying import observe_applications

        observe_applications(opened, [f"shop={folder / 'tree'}"], FIRST, lambda *_: None)
        observe(opened, [osv], FIRST + timedelta(1), None, lambda *_: None)
        (osv / "EX-1.json").write_text(json.dumps(first["EX-1"] | {"withdrawn": "2024-07-10T00:00:00Z"}))
        (osv / "EX-2.json").write_text(json.dumps(first["EX-2"] | {"modified": "2024-07-11T00:00:00Z"}))
        build(opened, lambda *_: None, without=("predict", "search"))
        yield path, osv, opened


def test_an_advisory_reaches_what_stands_on_it(atlas):
    _, _, opened = atlas
    rows = opened.con.execute(
        "SELECT check_name, name, severity, round(confidence::DOUBLE, 2), details FROM finding JOIN node USING (node_id)"
        " WHERE starts_with(check_name, 'advisory') ORDER BY ALL"
    ).fetchall()
    assert [row[:4] for row in rows] == [
        ("advisory-open", "o/a", "high", 0.95),
        ("advisory-open", "o/copy", "low", 0.97),
        ("advisory-open", "o/x", "low", 0.97),
        ("advisory-upstream", "o/b", "high", pytest.approx(0.81, abs=0.02)),
        ("advisory-upstream", "o/c", "high", pytest.approx(0.69, abs=0.03)),
    ]
    assert rows[-1][4][:2] == ["o/a", "EX-1"]
    assert opened.con.execute("SELECT count(*) FROM node WHERE registry = 'osv'").fetchall() == [(0,)]


def test_advisories_are_listed_with_whom_they_are_about(atlas):
    answer = listed(atlas[2])
    found = {item.id: item for item in answer.advisories}
    assert answer.known == 5
    assert found.keys() == {"EX-1", "EX-2", "EX-4"}
    assert [(node.ref, node.how, node.descendants) for node in found["EX-1"].matches] == [("model:o/a", "model", 2)]
    assert [(use.application, use.package, use.file) for use in found["EX-4"].applications] == [
        ("shop", "transformers==4.30.0", "requirements.txt")
    ]
    assert [item.id for item in listed(atlas[2], ["CVE-2024-1"]).advisories] == ["EX-1"]


def test_publishing_and_withdrawing_are_events(atlas):
    _, osv, opened = atlas
    lineage = Lineage.load(opened.path)
    new = advisory_events(opened.con, lineage, Window(END, FIRST))
    assert {(item.event.ref, item.event.field) for item in new} == {
        ("model:o/a", "EX-1"),
        ("model:o/x", "EX-2"),
        ("model:o/copy", "EX-2"),
        ("application:shop", "EX-4"),
    }
    assert all(item.event.change is Change.ADVISORY and item.event.before is None for item in new)
    observe(opened, [osv], FIRST + timedelta(2), None, lambda *_: None)
    (gone,) = advisory_events(opened.con, lineage, Window(END, FIRST + timedelta(1)))
    assert (gone.event.ref, gone.event.field, gone.event.after) == ("model:o/a", "EX-1", None)
    assert listed(opened).withdrawn == 1


def test_an_archive_and_what_is_no_advisory(tmp_path):
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("EX-1.json", json.dumps(advisory("EX-1", "pkg:pypi/x")))
        archive.writestr("EX-2.json", '{"id": "EX-2", "modified": "yesterday", "affected": []}')
        archive.writestr("EX-3.json", json.dumps(advisory("EX-3", "pkg:pypi/x", ranges=[{"type": "SEMVER", "events": []}])))
        archive.writestr("EX-4.json", "[" * 100_000)
        archive.writestr("x.json", json.dumps(advisory("../../etc", "pkg:pypi/x")))
    assert SOURCE.recognises(path)
    found = list(SOURCE.read(path, ReadOptions()))
    assert sum(len(item.table) for item in found if not isinstance(item, Skipped)) == 1
    assert len([item for item in found if isinstance(item, Skipped)]) == 4
    for text in (b"", b"{}", b"PK\x03\x04 no archive"):
        other = tmp_path / "other.json"
        other.write_bytes(text)
        assert not SOURCE.recognises(other)


def test_versions_lie_in_ranges_as_a_plain_walk_says():
    events = [Turn(introduced="1.0"), Turn(fixed="1.5"), Turn(introduced="2.0rc1"), Turn(last_affected="2.3")]
    affected = Affected(ranges=[Range("ECOSYSTEM", events[::-1])], versions=["0.5"])
    for text in ("0.5", "0.9", "1.0", "1.4.9", "1.5", "2.0a1", "2.0rc1", "2.3", "2.3.1", "no version"):
        try:
            version = Version(text)
        except ValueError:
            wanted = False
        else:
            wanted = (
                text == "0.5" or Version("1.0") <= version < Version("1.5") or Version("2.0rc1") <= version <= Version("2.3")
            )
        assert is_affected(affected, text) is wanted, text


def test_a_revision_that_is_not_known_is_told_apart_from_one_that_is_fixed():
    listed_only = AboutModel(Kind.MODEL, "o/a", ("bad",), (), False)
    assert [model_confidence(listed_only, revision) for revision in ("bad", "good", None)] == [0.95, 0.0, 0.5]
    ranged = AboutModel(Kind.MODEL, "o/a", (), ("good",), True)
    assert [model_confidence(ranged, revision) for revision in ("good", "other", None)] == [0.0, 0.5, 0.5]


def test_the_score_of_a_vector_is_that_of_the_standard():
    """Vectors and scores of the examples of FIRST: CVE-2013-1937, CVE-2014-0160, CVE-2013-0375, CVE-2015-8252."""
    for vector, score in (
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 7.5),
        ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 6.4),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0.0),
        ("CVSS:3.1/AV:N", None),
    ):
        assert cvss3(vector) == score


def test_cards_name_packages_in_many_ways():
    for text, wanted in (
        ("Transformers 4.38.1", ("transformers", "4.38.1")),
        ("Pytorch 2.1.0+cu121", ("torch", "2.1.0+cu121")),
        ("Sentence Transformers: 3.0.1", ("sentence-transformers", "3.0.1")),
        ("spaCy==3.7", ("spacy", "3.7")),
        ("Python 3.10", ("", "3.10")),
        ("no version", ("", "")),
        ("a" * 100_000, ("", "")),
    ):
        assert read_package(text) == wanted


def test_locks_are_read_and_nothing_is_run(tmp_path):
    (tmp_path / "uv.lock").write_text('[[package]]\nname = "Torch"\nversion = "2.1"\n[[package]]\nname = 3\n')
    (tmp_path / "Pipfile.lock").write_text('{"default": {"peft": {"version": "==0.9"}, "x": 1}}')
    (tmp_path / "requirements-dev.txt").write_text(
        "-r other.txt\nfoo @ https://example.org/x\nbar==1.*\nBaz[all]==2 ; python_version > '3'\n"
    )
    (tmp_path / "poetry.lock").write_text("not = = toml")
    assert [(item.name, item.version, item.file) for item in pinned(tmp_path)] == [
        ("baz", "2", "requirements-dev.txt"),
        ("peft", "0.9", "Pipfile.lock"),
        ("torch", "2.1", "uv.lock"),
    ]


def test_what_says_too_much_is_no_advisory():
    with pytest.raises(ValueError, match="exactly one"):
        parse_advisory(json.dumps(advisory("E", "x", ranges=[{"type": "GIT", "events": [{"introduced": "0", "fixed": "1"}]}])))
    with pytest.raises(ValueError, match="2,000 packages"):
        parse_advisory(json.dumps({"id": "E", "modified": "2024-07-01T00:00:00Z", "affected": [{}] * 2001}))
