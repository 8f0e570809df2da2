"""Write the tables of ``docs/licenses.md`` from the knowledge: ``python scripts/make_license_docs.py``."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from filiation.licenses.catalog import catalog
from filiation.licenses.terms import terms

PAGE = Path(__file__).parent.parent / "docs" / "licenses.md"


def vocabulary() -> str:
    """Return the terms as a table."""
    rows = ["| bit | term | kind | says | flows | answer |", "|--:|---|---|---|---|---|"]
    for term in terms().values():
        answer = f"{term.answer}, commercial" if term.commercial else term.answer
        flows = ", ".join(sorted(term.flows)) or "-"
        rows.append(f"| {term.bit} | `{term.id}` | {term.kind} | {term.en} | {flows} | {answer} |")
    return "\n".join(rows)


def holdings() -> str:
    """Return the licences as a table by kind."""
    kinds = Counter(item.kind for item in catalog().licenses.values())
    rows = ["| kind | licences | ids |", "|---|--:|---|"]
    for kind, count in kinds.most_common():
        ids = ", ".join(f"`{item.id}`" for item in catalog().licenses.values() if item.kind == kind)
        rows.append(f"| {kind} | {count} | {ids} |")
    return "\n".join(rows)


def written(page: str) -> str:
    """Return the page with its tables as they should be."""
    for name, table in (("vocabulary", vocabulary()), ("holdings", holdings())):
        marks = f"<!-- {name} -->", f"<!-- end of {name} -->"
        pattern = f"{marks[0]}\n.*?{marks[1]}"
        page = re.sub(pattern, lambda _, marks=marks, table=table: f"{marks[0]}\n{table}\n{marks[1]}", page, flags=re.DOTALL)
    return page


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
