"""Where the built page lies."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "static"
PAGES = ("/", "/trends", "/overview", "/audit", "/review", "/assess")
"""The addresses that open it."""
