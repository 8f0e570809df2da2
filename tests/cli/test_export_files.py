"""``filiation export`` of the graph, the events, the tables and the findings: printed or in a file, and told in JSON."""

from __future__ import annotations

import json
from importlib import import_module
from xml.etree import ElementTree as ET

import jsonschema
import msgspec
import pytest

from filiation.cli import module_of

FORMATS = ("graphml", "openlineage", "sarif")


@pytest.mark.parametrize("name", FORMATS)
def test_the_file_is_the_same_wherever_it_goes(run, small, tmp_path, name):
    printed = run("export", name, atlas=small)
    assert (printed.returncode, printed.stderr) == (0, "")
    told = run("export", name, "--out", str(tmp_path / "f"), "--json", atlas=small)
    answer = json.loads(told.stdout)
    module, kind = module_of(f"export {name}").ANSWER.split(":")
    jsonschema.validate(answer, msgspec.json.schema(getattr(import_module(module), kind)))
    assert (tmp_path / "f").read_text(encoding="utf-8") == printed.stdout
    assert answer["bytes"] == (tmp_path / "f").stat().st_size
    assert answer["nodes"] > 2


def test_what_is_written_reads_back(run, small):
    graph = ET.fromstring(run("export", "graphml", "eve/llama-8b-trinity", atlas=small).stdout)  # noqa: S314  # our own
    assert len([item for item in graph.iter() if item.tag.endswith("}edge")]) >= 3
    events = [json.loads(line) for line in run("export", "openlineage", atlas=small).stdout.splitlines()]
    assert {"job", "inputs", "outputs"} < set(events[0])
    log = json.loads(run("export", "sarif", "--severity", "medium", "--lang", "ja", atlas=small).stdout)
    assert log["runs"][0]["language"] == "ja"
    assert {result["level"] for result in log["runs"][0]["results"]} <= {"error", "warning"}


def test_a_model_s_findings_are_those_of_its_audit(run, small):
    audited = json.loads(run("audit", "ada/llama-8b", "--json", "--fail-on", "never", atlas=small).stdout)
    log = json.loads(run("export", "sarif", "ada/llama-8b", atlas=small).stdout)
    found = sorted(result["ruleId"] for result in log["runs"][0]["results"])
    assert found == sorted(item["check"] for item in audited["targets"][0]["findings"])


def test_tables(run, small, tmp_path):
    answer = json.loads(run("export", "parquet", str(tmp_path / "t"), "--table", "edge", "--json", atlas=small).stdout)
    assert answer["schema"] == "filiation/export-parquet/v1"
    assert [table["name"] for table in answer["tables"]] == ["edge"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("graphml", "--json"), "name it with --out"),
        (("graphml", "nobody/nothing"), "nobody/nothing"),
        (("sarif", "--check", "no-such-check"), "'filiation checks' lists them"),
        (("openlineage", "--at", "yesterday"), "is no date"),
        (("parquet", ".", "--table", "nodes"), "no table 'nodes'"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(run, small, words, said):
    done = run("export", *words, atlas=small)
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
