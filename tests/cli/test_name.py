"""The verb `name`."""

from __future__ import annotations

import json

import jsonschema
import msgspec

from filiation.cli.naming import Named


def answer(run, *names):
    done = run("name", *names, "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    jsonschema.validate(said, msgspec.json.schema(Named))
    assert next(iter(said.items())) == ("schema", "filiation/name/v1")
    return said


def test_one_name(run):
    said = answer(run, "o/bert-base-ner")
    assert [item["element"] for item in said["elements"]] == ["architecture", "size", "task"]
    assert said["convention"] == "IT"
    assert "names" not in said


def test_several_names(run):
    said = answer(run, "o/bert", "o/puffy")
    assert [name["convention"] for name in said["names"]] == ["I", "O"]
    assert "elements" not in said


def test_a_table_for_people(run):
    done = run("name", "o/bert-7b", "o/\x1b[31mred")
    assert done.returncode == 0
    assert "architecture  bert" in done.stdout
    assert "\x1b" not in done.stdout
