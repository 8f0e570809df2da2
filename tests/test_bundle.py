"""The proof that the page in the package is what its sources build, as far as it needs no Node."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from runpy import run_path

import pytest

SCRIPT = Path(__file__).parent.parent / "scripts" / "check_bundle.py"


def test_every_difference_is_named(tmp_path):
    built, kept = tmp_path / "built", tmp_path / "kept"
    for folder in (built, kept):
        (folder / "assets").mkdir(parents=True)
        (folder / "index.html").write_text("same")
        (folder / "assets" / "a.js").write_text(folder.name)
    differences = run_path(str(SCRIPT))["differences"]
    assert differences(built, built) == []
    (built / "new.js").touch()
    (kept / "assets" / "old.js").touch()
    assert differences(built, kept) == [
        "built, not in the package: new.js",
        "in the package, not built: assets/old.js",
        "differs: assets/a.js",
    ]


@pytest.mark.parametrize(("required", "code"), [("", 0), ("browser", 0), ("node", 1), ("browser,node", 1)])
def test_without_npm_it_says_so_and_fails_where_required(tmp_path, required, code):
    environment = os.environ | {"PATH": str(tmp_path), "FILIATION_REQUIRE": required}
    done = subprocess.run([sys.executable, SCRIPT], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert "npm is not on PATH" in done.stdout
