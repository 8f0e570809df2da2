"""Where the built page lies."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "static"
