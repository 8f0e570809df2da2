"""The pages on attributes and cost say what the knowledge says."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from filiation.assess.cost_model import defaults
from filiation.assess.formula import formula

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("name", ["attributes.md", "cost.md"])
def test_the_tables_are_those_of_the_knowledge(name):
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    written = runpy.run_path(str(ROOT / "scripts" / "make_assess_docs.py"))["written"]
    assert written(name, page) == page, "run python scripts/make_assess_docs.py"


def test_every_part_and_value_has_a_row():
    attributes, cost = ((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("attributes.md", "cost.md"))
    assert [part.id for part in formula().parts if f"(`{part.id}`)" not in attributes] == []
    assert [value.id for value in defaults().value if f"| `{value.id}` |" not in cost] == []
