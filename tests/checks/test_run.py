"""How checks are run: what is replaced, what is said of what is not known, in which words."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from filiation.checks import checks, named, pages, version
from filiation.checks.run import _MESSAGE, _wording, depths, explain, run
from filiation.core.check import Check, Example, among, model
from filiation.core.check_queries import words
from filiation.core.decision import evidence_digest
from filiation.core.errors import FiliationError
from filiation.core.finding import Finding, Severity
from filiation.licenses import conflict_names

ROOT = Path(__file__).parents[2]
ABOUT_FILES = {"card-missing", "pickle-weights", "weights-missing", "license-file-missing", "library-contradicts-files"}


def test_every_finding_of_the_other_stages_has_a_check():
    elsewhere = {check.name for check in checks() if check.made_by != "checks"}
    assert elsewhere == {*conflict_names(), "base-model-cycle", "base-model-self-reference"}


def test_nothing_is_said_of_files_that_are_not_listed(checked):
    found = checked([model("o/listed", files=["pytorch_model.bin"]), model("o/unlisted")], ABOUT_FILES - {"weights-missing"})
    assert {row["name"] for row in found if row["check_name"] in ABOUT_FILES} == {"o/listed"}


def test_what_a_small_atlas_lacks_is_less_surely_missing(checked, tmp_path):
    lacking = [model("o/child", tags=["base_model:gone/parent"])]
    held = [item for i in range(40) for item in (model(f"p/{i}"), model(f"c/{i}", tags=[f"base_model:p/{i}"]))]
    [alone] = [row for row in checked(lacking, ["base-model-missing"]) if row["check_name"] == "base-model-missing"]
    among_many = checked([*lacking, *held], ["base-model-missing"])
    [surer] = [row for row in among_many if row["check_name"] == "base-model-missing"]
    assert alone["confidence"] < 0.3
    assert surer["confidence"] > 0.8


@pytest.mark.parametrize("more", [1, 40])
def test_what_changes_daily_changes_no_evidence(checked, more):
    def found(downloads: int, children: int) -> set[tuple[str, str, str]]:
        held = [model("o/root", downloads=downloads, likes=downloads, files=["pytorch_model.bin"])]
        names = [f"{of}/{of}-{i}" for of in ("c", "d") for i in range(children)]
        below = [
            model(name, downloads=downloads, tags=[f"base_model:{'o/root' if name[0] == 'c' else 'gone/base'}"])
            for name in names
        ]
        rows = checked([*held, *below])
        digests = {
            (row["check_name"], row["name"], evidence_digest(_as_finding(row)))
            for row in rows
            if row["name"] in {"o/root", "gone/base", "c/c-0", "d/d-0"}
        }
        assert {"upstream-concentration", "repository-missing", "pickle-weights"} <= {name for name, _, _ in digests}
        return digests

    assert found(3, 110) == found(90_000, 110 + more)


def _as_finding(row: dict) -> Finding:
    severity, places, words = Severity(row["severity"]), tuple(row["locations"]), tuple(row["details"] or ())
    return Finding(row["check_name"], row["name"], row["message"], severity, row["confidence"], places, "", words)


@pytest.mark.parametrize("owner", ["outputs", "ckpts_SFT", "model"])
def test_a_folder_is_no_owner_whose_name_is_free(checked, owner):
    found = checked([model("o/child", tags=[f"base_model:{owner}/parent"]), model("p/q")], ["namespace-vacant"])
    assert [row for row in found if row["check_name"] == "namespace-vacant"] == []


def test_what_converts_is_not_asked_what_it_was_trained_on(checked):
    card = {"README.md": "# A bird model\n\nSmaller and faster than the one it was made from.\n"}
    names = ["o/bird-GGUF", "o/bird-int2bit-smashed", "o/bird-pruned50", "o/bird-gguf-tuned"]
    found = checked([model(name, beside=card) for name in names], ["training-data-undocumented"])
    assert {row["name"] for row in found if row["check_name"] == "training-data-undocumented"} == {"o/bird-gguf-tuned"}


def test_a_tag_may_say_what_loads_a_model(checked):
    found = checked([model("o/told", tags=["gguf"]), model("o/mute", tags=["onnxish"])], ["library-undeclared"])
    assert {row["name"] for row in found if row["check_name"] == "library-undeclared"} == {"o/mute"}


def _of_each_need() -> list[Check]:
    """Return one check for some of the sets of needs."""
    return list({check.needs: check for check in reversed(checks()) if check.made_by == "checks"}.values())[
        ::4
    ]  # they take long


@pytest.mark.parametrize("example", _of_each_need(), ids=lambda check: check.name)
def test_what_a_check_needs_hides_nothing(checked, monkeypatch, example):
    spared = checked(example.bad.records)
    unneeding = tuple(structs.replace(check, needs=()) for check in checks())
    monkeypatch.setattr("filiation.checks.run.checks", lambda: unneeding)
    assert checked(example.bad.records) == spared


def test_a_second_run_replaces_the_first(checked):
    records = [model("o/bare", files=["config.json"])]
    first = checked(records, ["card-missing", "weights-missing"])
    assert {row["check_name"] for row in first} >= {"card-missing", "weights-missing"}
    assert checked(records, ["card-missing", "weights-missing"], times=2) == first


@pytest.mark.parametrize(("name", "why"), [("no-such", "is no check"), ("license-removed", "another stage")])
def test_only_checks_of_ours_can_be_chosen(name, why):
    with pytest.raises(FiliationError, match=why):
        run(duckdb.connect(), None, [name])  # pyrefly: ignore  # refused before the lineage is looked at


@given(
    st.lists(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])), max_size=3),
    st.sampled_from(checks()),
)
def test_sql_and_python_fill_a_message_alike(details, check):
    con = duckdb.connect()
    con.register("wording", _wording([check]))
    said = con.execute(f"SELECT {_MESSAGE} FROM wording, (SELECT ?::VARCHAR[] AS details)", [details]).fetchall()
    assert said[0][0] == explain(check, details, "en").message


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=30))
def test_depth_is_the_longest_chain(pairs):
    edges = sorted({(max(pair), min(pair)) for pair in pairs if pair[0] != pair[1]})
    child, parent = (np.array([edge[i] for edge in edges], np.int32) for i in (0, 1))
    above = {node: [low for high, low in edges if high == node] for node in range(13)}

    def longest(node: int) -> int:
        return max((longest(low) + 1 for low in above[node]), default=0)

    assert depths(child, parent, 13).tolist() == [longest(node) for node in range(13)]


def test_an_example_asks_about_its_first_record():
    assert among(model("o/a"), model("o/b")) == Example("model:o/a", (model("o/a"), model("o/b")))
    assert words(["it's", "b"]) == "['it''s', 'b']"


def test_pages_and_version_cover_every_check():
    assert set(pages()) == set(named())
    assert all(pages().values())
    assert len(version()) == 12


def test_the_version_goes_by_all_that_makes_a_query(monkeypatch):
    read = []
    monkeypatch.setattr("filiation.checks.recipe", lambda files: read.extend(path.name for path in files) or "")
    version.__wrapped__()
    assert {"check_queries.py", "license_missing.py", "subject.sql", "checks.toml"} <= set(read)


def test_the_page_of_the_checks_is_up_to_date():
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        from make_check_docs import PAGE, checks_page

        assert PAGE.read_text(encoding="utf-8") == checks_page(), "run python scripts/make_docs.py"
    finally:
        sys.path.pop(0)
