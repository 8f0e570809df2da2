"""The verbs that write bills of materials: of one, of several, of an application, each in a folder; and when they cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from filiation.bill.bill import Bill, Component
from filiation.bill.score import completeness, scored_refs
from filiation.cli.billing import Asked, bills, file_name, made_at
from filiation.core.errors import FiliationError
from filiation.export.cyclonedx import cyclonedx
from filiation.export.cyclonedx_read import read_cyclonedx

AT = made_at("2024-07-12T08:30:00Z")


@pytest.fixture
def tree(tmp_path) -> Path:
    """Source text that loads two models that the atlas knows, one that it does not, and one that only shows when it runs."""
    folder = tmp_path / "shop"
    folder.mkdir()
    commit = "a" * 40
    (folder / "app.py").write_text(
        "from transformers import AutoModel, pipeline\n"
        f"AutoModel.from_pretrained('eve/llama-8b-trinity', revision='{commit}')\n"
        "pipeline(model='ada/llama-8b')\n"
        "AutoModel.from_pretrained('nobody/knows-this')\n"
        "AutoModel.from_pretrained(input())\n"
    )
    return folder


def made(atlas, asked, *, apart=False, skipped=None) -> list[Bill]:
    return list(bills(atlas, asked, AT, None, apart=apart, skipped=[] if skipped is None else skipped))


def test_a_portfolio_names_each_thing_once(small, tmp_path):
    names = tmp_path / "names.txt"
    names.write_text("eve/llama-8b-trinity  # ours\nbob/llama-8b-chat, x\nno/such-thing\n", encoding="utf-8")
    skipped: list[str] = []
    (bill,) = made(small, Asked(("ada/llama-8b",), (names,), name="ours"), skipped=skipped)
    assert bill.name == "ours"
    assert bill.subjects == ("model:ada/llama-8b", "model:eve/llama-8b-trinity", "model:bob/llama-8b-chat")
    refs = [item.ref for item in bill.components]
    assert len(refs) == len(set(refs))
    assert skipped == ["no/such-thing: the atlas does not know it"]
    assert "component" not in cyclonedx(bill)["metadata"]
    assert read_cyclonedx(cyclonedx(bill)) == bill


def test_an_application_stands_on_what_it_loads(small, tree):
    (bill,) = made(small, Asked(tree=tree))
    assert set(scored_refs(bill)) == {item.parent for item in bill.parents("application:shop")}
    assert bill.subjects == ("application:shop",)
    used = {item.parent for item in bill.parents("application:shop")}
    assert used == {"model:eve/llama-8b-trinity", "model:ada/llama-8b", "model:nobody/knows-this"}
    assert bill.component("model:nobody/knows-this").state == "unlisted"
    assert bill.component("model:cem/llama-8b-code").licenses  # what a model stands on is in the bill too
    reasons = [gap.reason for gap in bill.gaps]
    assert any("only when it runs" in reason or "shows only" in reason for reason in reasons)
    document = cyclonedx(bill)
    loaded = next(item for item in document["components"] if item["bom-ref"] == "model:ada/llama-8b")
    (place,) = loaded["evidence"]["occurrences"]
    assert (place["location"], place["line"], place["symbol"]) == ("app.py", 3, "pipeline")
    assert read_cyclonedx(json.loads(json.dumps(document))) == bill


def test_an_application_may_load_nothing_that_is_known(small, tmp_path):
    (tmp_path / "a.py").write_text("from transformers import AutoModel\nAutoModel.from_pretrained('zz/none-such')\n")
    (bill,) = made(small, Asked(tree=tmp_path / "a.py"))
    assert [item.state for item in bill.components] == ["present", "unlisted"]
    assert bill.component("model:zz/none-such").purl == "pkg:huggingface/zz/none-such"


def test_one_file_for_each_and_the_same_each_time(run, small, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1720773000")
    for folder in ("one", "two"):
        done = run("export", "cyclonedx", "--top", "3", "--into", tmp_path / folder, "--json", atlas=small)
        assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["bills"]) == 3
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*.json"))
    assert Path("ada/llama-8b.cdx.json") in files
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert json.loads((tmp_path / "one" / files[0]).read_text())["metadata"]["timestamp"] == "2024-07-12T08:30:00Z"


def test_it_prints_the_document_or_the_score(run, small):
    printed = run("export", "spdx", "ada/llama-8b", "--at", "2024-07-12", atlas=small)
    assert json.loads(printed.stdout)["@graph"][0]["created"] == "2024-07-12T23:59:59Z"
    scored = run("export", "spdx", "ada/llama-8b", "--score", atlas=small)
    assert scored.stdout.startswith("model:ada/llama-8b: 0.")
    assert "declared-license" in scored.stdout


@pytest.mark.parametrize(
    ("asked", "apart", "said"),
    [
        (Asked(), False, "Whose bill"),
        (Asked(("no/such-thing",)), False, "There is no model:no/such-thing"),
        (Asked(("ada/llama-8b",), tree=Path()), False, "separately"),
        (Asked(tree=Path()), True, "one bill"),
        (Asked(lists=(Path("no-list"),)), False, "no-list"),
    ],
)
def test_what_it_cannot_do(small, asked, apart, said):
    with pytest.raises(FiliationError, match=said):
        made(small, asked, apart=apart)


def test_a_moment_that_is_none(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    with pytest.raises(FiliationError, match="number of seconds"):
        made_at(None)


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/../b", "/etc/passwd", "x" * 900, "a\x00b", "\u202e"])
def test_no_name_leaves_the_folder(name):
    bill = Bill("x", "repositories", (f"model:{name}",), (Component(f"model:{name}", "model", "malformed"),), (), (), AT)
    path = file_name(bill, ".cdx.json")
    assert not path.is_absolute()
    assert len(path.parts) == 1
    assert len(path.name) < 200


def test_the_score_is_the_sum_of_its_parts(small):
    (bill,) = made(small, Asked(("eve/llama-8b-trinity",)))
    found = completeness(bill, "model:eve/llama-8b-trinity")
    counted = [part for part in found.parts if part.met is not None]
    share = sum(part.weight * part.met for part in counted) / sum(part.weight for part in counted)
    assert found.score == pytest.approx(share, abs=0.001)
    assert all(part.met is None or 0 <= part.met <= 1 for part in found.parts)
    assert set(found.groups) == {part.group for part in found.parts}
