from __future__ import annotations

import runpy
from pathlib import Path

from filiation.licenses.license import Clause, License, Naming

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "licenses.md"


def test_the_tables_are_those_of_the_knowledge():
    page = PAGE.read_text(encoding="utf-8")
    written = runpy.run_path(str(ROOT / "scripts" / "make_license_docs.py"))["written"]
    assert written(page) == page, "run python scripts/make_license_docs.py"
    assert page.count("| `") >= 58


def test_every_field_is_documented():
    page = PAGE.read_text(encoding="utf-8")
    fields = {name for struct in (License, Clause, Naming) for name in struct.__struct_fields__}
    assert {name for name in fields if f"`{name}`" not in page} == set()
