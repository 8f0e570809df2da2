"""Source trees made on the spot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from filiation.uses import Found, find


@pytest.fixture
def tree(tmp_path) -> Callable[..., Found]:
    """Write files, by name, and say what they load."""

    def tree(**files: str) -> Found:
        for name, text in files.items():
            path = tmp_path / name.replace("__init__py", "\0").replace("__", ".").replace("SLASH", "/").replace(
                "\0", "__init__.py"
            )
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return find(tmp_path)

    return tree


@pytest.fixture
def python(tmp_path) -> Callable[[str], list]:
    """What a Python text loads, as (line, ref, revision)."""

    def python(text: str) -> list[tuple[int, str | None, str | None]]:
        (tmp_path / "a.py").write_text(text, encoding="utf-8")
        return [(use.line, use.ref, use.revision) for use in find(Path(tmp_path)).uses]

    return python
