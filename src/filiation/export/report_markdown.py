"""A report as GitHub-flavoured Markdown: for a pull request, a job's summary, a wiki."""

from __future__ import annotations

import html
import re

from filiation.core.report import Answer, Block, Heading, Paragraph, Points, Report, Table

SIGNS = {"pass": "✅", "review": "⚠️", "block": "⛔"}
_MEANT = re.compile(r"([\\`*_{}\[\]()#+!|~@-])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def markdown(report: Report) -> str:
    """Return the report. What comes from strangers cannot become markup: every sign that Markdown reads is escaped."""
    return "\n\n".join(_block(block) for block in report.blocks) + "\n"


def escaped(text: str) -> str:
    """Return `text` as one line that Markdown shows as it is; a bare address or a mention links to nothing."""
    line = _MEANT.sub(r"\\\1", _CONTROL.sub(" ", text))
    return html.escape(line, quote=False).replace("://", ":&#47;&#47;").replace("www.", "www&#46;")


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"{'#' * block.level} {escaped(block.text)}"
    if isinstance(block, Answer):
        return f"{SIGNS.get(block.verdict, '')} **{escaped(block.line)}**".lstrip()
    if isinstance(block, Points):
        return "\n".join(f"- {escaped(item)}" for item in block.items)
    if isinstance(block, Table):
        return "\n".join([_row(block.columns), _row(["---"] * len(block.columns), plain=True), *map(_row, block.rows)])
    if isinstance(block, Paragraph):
        return escaped(block.text)
    raise TypeError(f"no such block: {block!r}")


def _row(cells: list[str], *, plain: bool = False) -> str:
    return f"| {' | '.join(cell if plain else escaped(cell) for cell in cells)} |"
