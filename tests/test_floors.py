"""The floors hold, and the contract that says so can fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PLANTED = {
    "filiation/core/ref.py": "import filiation.lineage\n",
    "filiation/registry/hub_dump.py": "import filiation.registry.hub_tar\n",
    "filiation/lineage/stats.py": "import filiation.layout\n",
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    program = "from importlinter.cli import lint_imports_command as run; run(['--no-cache'])"
    environment = os.environ | {"PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "snapshot", "static"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_each_floor_imports_only_floors_below(copy):
    result = lint(copy)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("file", PLANTED)
def test_a_planted_violation_fails(copy, file):
    path = copy / "src" / file
    path.write_text(path.read_text().replace("from __future__ import annotations\n", "", 1) + PLANTED[file])
    result = lint(copy)
    assert result.returncode != 0
    assert "BROKEN" in result.stdout
