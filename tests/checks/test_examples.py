"""Every check finds something in its bad example, and nothing in its good one, through the real stages."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from filiation.checks import checks, find
from filiation.checks.run import explain
from filiation.core.check import Check
from filiation.core.finding import Severity

LEAST = 40
CHECKS = pytest.mark.parametrize("check", checks(), ids=lambda check: check.name)
LOCATION = re.compile(r"(edge|claim)/\d+|(field|file|section)/.+|name|[\w.-]+#.+|card#.+|id")


def test_there_are_enough():
    assert len(checks()) >= LEAST
    assert len({check.name for check in checks()}) == len(checks())


@CHECKS
def test_the_bad_example_is_found(checked, check: Check):
    found = [row for row in checked(check.bad.records, _only(check)) if _is_of(row, check, check.bad.subject)]
    assert found, f"{check.name} finds nothing in its bad example"
    for row in found:
        assert explain(check, row["details"] or [], "en").message == row["message"]
        assert row["remedy"] == check.en.remedy
        assert row["severity"] in tuple(Severity)
        assert 0 < row["confidence"] <= 1
        assert all(LOCATION.fullmatch(location) for location in row["locations"]), row["locations"]
        assert row["locations"] or check.made_by != "checks"
        assert len(row["details"] or []) == len(set(re.findall(r"\{\d+\}", check.en.message)))


@CHECKS
def test_the_good_example_is_not(checked, check: Check):
    assert [
        row
        for row in checked(check.good.records, _only(check))
        if row["check_name"] == check.name and _named(row) == check.good.subject
    ] == []


@CHECKS
def test_it_is_described_in_both_languages(check: Check):
    places = [set(re.findall(r"\{(\d+)\}", words.message)) for words in (check.en, check.ja)]
    assert places[0] == places[1]
    for words in (check.en, check.ja):
        assert words.title
        assert words.message.endswith((".", "。"))
        assert words.remedy.endswith((".", "。"))
    assert re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", check.ja.title + check.ja.message)


@CHECKS
def test_its_page_says_what_a_reader_asks(check: Check):
    module = f"filiation.checks.{check.name.replace('-', '_')}"
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        pytest.skip("added by another package")
    page = ast.get_docstring(ast.parse(Path(spec.origin).read_text(encoding="utf-8"))) or ""
    for heading in ("**Why it matters.**", "**What to do.**", "**When it is wrong.**"):
        assert heading in page
    assert import_module(module).CHECK is check
    assert (check.query == "") == (check.made_by != "checks")


def _only(check: Check) -> list[str]:
    return [check.name] if check.made_by == "checks" else []


def _is_of(row: dict, check: Check, subject: str) -> bool:
    return row["check_name"] == check.name and _named(row) == subject


def _named(row: dict) -> str:
    return f"{row['kind']}:{row['name']}"


def test_a_check_is_found_by_its_name_alone():
    assert [find(check.name) for check in checks()] == list(checks())
    assert [find(name) for name in ("", "run", "no-such-check", "__init__", "../core/check")] == [None] * 5
