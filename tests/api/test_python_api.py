"""The Python API answers what the command line does."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner

import filiation as fl
from filiation.cli import filiation
from filiation.core.errors import AtlasError, FiliationError, UnknownRefError

AT = "2026-01-01T00:00:00"
SAME = [
    (["find", "child"], lambda atlas: atlas.find("child")),
    (["show", "o/base"], lambda atlas: atlas.show("o/base")),
    (["trace", "o/child-GGUF"], lambda atlas: atlas.trace("o/child-GGUF")),
    (["trace", "o/base", "--down", "--depth", "1"], lambda atlas: atlas.trace("o/base", down=True, depth=1)),
    (["impact", "o/base", "--top", "1"], lambda atlas: atlas.impact("o/base", 1)),
    (["history", "o/base", "--last", "0"], lambda atlas: atlas.history("o/base", last=0)),
    (["critical", "--by", "dominated"], lambda atlas: atlas.critical("dominated")),
    (["license", "o/child", "--for", "commercial product"], lambda atlas: atlas.license("o/child", "commercial product")),
    (["license", "o/child", "--under", "mit"], lambda atlas: atlas.license("o/child", under="mit")),
    (["audit", "o/base", "o/child", "--at", AT], lambda atlas: atlas.audit(["o/base", "o/child"], at=AT)),
    (["audit", "o/child@main", "--lang", "ja", "--policy", "product", "--at", AT],
     lambda atlas: atlas.audit("o/child@main", "product", lang="ja", at=AT)),
]  # fmt: skip


@pytest.mark.parametrize(("words", "ask"), SAME, ids=[" ".join(words) for words, _ in SAME])
def test_it_says_what_the_verb_says(small_path, small, words, ask):
    done = CliRunner().invoke(filiation, [*words, "--json", "--atlas", str(small_path)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    assert json.loads(ask(small).json()) == json.loads(done.stdout)


@pytest.mark.parametrize(("words", "ask"), [
    (["info"], lambda atlas: atlas.info()),
    (["name", "o/child-GGUF"], lambda atlas: atlas.name("o/child-GGUF")),
    (["predict", "o/child"], lambda atlas: atlas.predict("o/child")),
])  # fmt: skip
def test_plain_answers_are_the_verbs_too(small_path, small, words, ask):
    import msgspec

    done = CliRunner().invoke(filiation, [*words, "--json", "--atlas", str(small_path)])
    assert json.loads(msgspec.json.encode(ask(small))) == json.loads(done.stdout)


def test_importing_it_costs_nothing():
    code = "import sys, filiation; print(sorted({'numpy', 'duckdb', 'pyarrow', 'msgspec', 'click'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_stub_names_what_is_there():
    import ast
    from pathlib import Path

    stub = ast.parse(Path(fl.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    named = {alias.asname for node in stub.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert named | {"__version__"} == set(fl.__all__)
    assert all(hasattr(fl, name) for name in fl.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        fl.nothing  # noqa: B018  # to name it is to ask


@pytest.mark.parametrize("ask", [
    lambda atlas: atlas.show("o/chidl"), lambda atlas: atlas.trace("o/chidl"), lambda atlas: atlas.audit("o/chidl"),
])  # fmt: skip
def test_an_unknown_name_suggests_the_nearest(small, ask):
    with pytest.raises(UnknownRefError) as caught:
        ask(small)
    assert "model:o/child" in caught.value.suggestions


@pytest.mark.parametrize(("ask", "says"), [
    (lambda atlas: atlas.find("x", 0), "ask for 1 or more"),
    (lambda atlas: atlas.find("nonsense:x"), "asks for no element"),
    (lambda atlas: atlas.trace("o/base", depth=0), "ask for 1 or more"),
    (lambda atlas: atlas.audit([]), "Nothing to audit"),
    (lambda atlas: atlas.audit("o/base", "no-such-policy"), "no-such-policy"),
    (lambda atlas: atlas.license("o/base", under="nothing-known"), "no license that we know"),
    (lambda atlas: atlas.query("SELEC 1"), "could not"),
    (lambda atlas: atlas.query("DROP TABLE node"), "cannot be written"),
    (lambda atlas: atlas.events("tomorrow"), "no date"),
    (lambda atlas: atlas.map(width=3), "wider than 0"),
    (lambda _: fl.open("/nowhere"), "no lineage"),
])  # fmt: skip
def test_what_cannot_be_answered_is_one_sentence(small, ask, says):
    with pytest.raises(FiliationError, match=says):
        ask(small)


def test_what_changed_is_told_of_all_and_of_some(small):
    rows = list(small.events("2024-07-10"))
    assert [(row.change, row.ref, row.field, row.before, row.after, row.descendants) for row in rows] == [
        ("license", "model:o/base", "license", "llama2", "apache-2.0", 2)
    ]
    assert list(small.events("2024-07-10", refs=["o/base"])) == rows
    assert not len(small.events("2024-07-10", refs=["o/alone"]))
    assert not len(small.events("2024-07-11"))


def test_an_earlier_day_is_asked_of_an_atlas_that_may_be_written(small_path, tmp_path):
    shutil.copytree(small_path, tmp_path / "a.atlas")
    atlas = fl.open(tmp_path / "a.atlas")
    assert atlas.trace("o/base", down=True, as_of="2024-07-10").answer.total == 2
    assert atlas.trace("o/base", down=True).answer.as_of is None
    told = atlas.diff("2024-07-10", "2024-07-12")
    assert [(row.ref, row.before, row.after) for row in told.licenses] == [("model:o/base", "llama2", "apache-2.0")]
    assert told.to_arrow().num_rows == 1
    with pytest.raises(FiliationError, match="name the earlier one first"):
        atlas.diff("2024-07-12", "2024-07-10")


def test_an_atlas_that_was_built_anew_is_opened_again(small_path, tmp_path):
    shutil.copytree(small_path, tmp_path / "a.atlas")
    atlas = fl.open(tmp_path / "a.atlas")
    (tmp_path / "a.atlas" / "lineage" / "CURRENT").write_text("another", encoding="utf-8")
    with pytest.raises(AtlasError, match="open it again"):
        atlas.find("child")
    assert atlas.trace("o/base", down=True).answer.total == 2


def test_a_waiver_of_the_ledger_counts_and_one_that_ended_does_not(small_path, tmp_path):
    ledger = str(tmp_path / "own.db")
    atlas = fl.open(small_path, ledger=ledger)
    check = fl.open(small_path).audit("o/child").findings[0].check
    rest = ["--atlas", str(small_path), "--ledger", ledger]
    CliRunner().invoke(filiation, ["ledger", "init", *rest])
    opened = CliRunner().invoke(filiation, ["review", "open", "o/child", check, *rest, "--json"])
    item = str(json.loads(opened.stdout)["items"][0]["id"])
    CliRunner().invoke(filiation, ["review", "waive", item, "--why", "known", "--until", "2030-01-01", *rest])
    assert {row.check for row in atlas.audit("o/child").findings if row.waived == "known"} == {check}
    assert not any(row.waived for row in atlas.audit("o/child", at="2031-01-01").findings)


def test_of_several_the_unknown_are_skipped_and_that_is_said(small):
    told = small.audit(["o/base", "o/none"])
    assert [row.ref for row in told.targets] == ["model:o/base"]
    assert "There is no model:o/none" in told.answer.skipped[0]


def test_it_says_what_it_is(small):
    assert repr(small).endswith("4 models, 0 datasets, 2 edges>")
    assert len(small) == 4
    assert "o/base" in small
    assert "o/none" not in small
    assert "not a name" not in small
