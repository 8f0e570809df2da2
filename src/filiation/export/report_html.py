"""A report as one HTML file that asks nothing of anybody: to print, to mail, to keep."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from filiation.core.report import Report

if TYPE_CHECKING:
    from jinja2 import Template


def html(report: Report) -> str:
    """Return the report as a whole document. Everything in it is escaped, and it may load or run nothing."""
    return _template().render(report=report)


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415  # only who asks for HTML pays for it

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.tests["block"] = lambda block, name: type(block).__name__ == name
    return environment.from_string(files("filiation.export").joinpath("report.html.jinja").read_text(encoding="utf-8"))
