"""How the code reads, as far as a machine can tell."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAX_LINES = 400


@pytest.mark.parametrize("folder", ["src", "tests"])
def test_no_file_is_long(folder):
    paths = [*(ROOT / folder).rglob("*.py"), *(ROOT / folder).rglob("*.sql")]
    lines = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in paths}
    assert lines
    assert {name: count for name, count in lines.items() if count >= MAX_LINES} == {}


def test_every_verb_is_documented():
    page = ROOT / "docs" / "cli.md"
    if not page.exists():
        pytest.skip("docs/cli.md is not written yet")
    text = page.read_text(encoding="utf-8")
    verbs = [path.stem for path in (ROOT / "src/filiation/cli/verbs").glob("[a-z]*.py")]
    assert len(verbs) >= 11
    assert [verb for verb in verbs if f"filiation {verb}" not in text and f"`{verb}" not in text] == []
